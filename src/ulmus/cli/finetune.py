"""`ulmus finetune`."""

from pathlib import Path
from typing import TYPE_CHECKING

from ulmus.cli.corpora import corpus_of, refuse_beside_corpus
from ulmus.cli.options import (
    ActivationStats,
    BundleArgument,
    DocumentKind,
    Encoding,
    Epochs,
    HandedIn,
    Out,
    Overrides,
    PrintSettings,
    Resume,
    Seed,
    SettingsFile,
    SourceOrCorpus,
    TextColumns,
    Valid,
    ValidShare,
    Workers,
)
from ulmus.cli.values import (
    settled,
    source_values,
)

if TYPE_CHECKING:
    from ulmus.recipes.finetune import FinetuneSettings


def run(
    bundle: BundleArgument,
    source: SourceOrCorpus,
    out: Out,
    text: TextColumns = None,
    document: DocumentKind = None,
    encoding: Encoding = None,
    valid: Valid = None,
    valid_share: ValidShare = None,
    epochs: Epochs = None,
    tokenizer: HandedIn = None,
    workers: Workers = None,
    resume: Resume = False,
    activation_stats: ActivationStats = None,
    settings: SettingsFile = None,
    set_: Overrides = None,
    print_settings: PrintSettings = False,
    seed: Seed = None,
) -> None:
    """Bring a language model to your kind of text and its words.

    Words that the model knows keep what it has learned of them.
    """
    from ulmus.recipes.finetune import FinetuneSettings

    read = source_values(text, None, document, encoding)
    chosen = settled(
        FinetuneSettings,
        file=settings,
        overrides=set_,
        print_settings=print_settings,
        values={
            "prepare": {
                "source": read,
                "valid_share": valid_share,
                "workers": workers,
                "seed": seed,
            },
            "language_model": {"epochs": epochs, "activation_stats": activation_stats},
            "engine": {"seed": seed},
        },
    )
    flags = {**read, "valid": valid, "valid_share": valid_share, "workers": workers}
    refuse_beside_corpus(source, flags)
    _finetune(bundle, source, out, chosen, valid=valid, tokenizer=tokenizer, resume=resume)


def _finetune(
    bundle: Path,
    source: str,
    out: Path,
    settings: "FinetuneSettings",
    *,
    valid: str | None,
    tokenizer: str | None,
    resume: bool,
) -> None:
    from ulmus.bundle.manifest import MARKER
    from ulmus.bundle.reader import load_language_model
    from ulmus.cli.interruption import resumable
    from ulmus.cli.showing import progress_console, show_bundle
    from ulmus.files import check_replaceable
    from ulmus.recipes.finetune import finetune
    from ulmus.recipes.finish import checkpoint_of
    from ulmus.training.engine import Engine
    from ulmus.training.processes import join_processes

    check_replaceable(out, MARKER)
    model = load_language_model(bundle, tokenizer=tokenizer)
    engine = Engine(settings.engine, join_processes())
    making = corpus_of(
        source,
        valid=valid,
        out=out,
        settings=settings.prepare,
        splitter=model.processor.splitter,
        known=model.processor.vocabulary if settings.language_model.keep_words else None,
        tokenizer=tokenizer,
        processes=engine.processes,
    )
    with resumable(checkpoint_of(out)), making as corpus:
        made = finetune(
            model,
            corpus,
            out,
            settings.language_model,
            engine,
            console=progress_console(),
            resume=resume,
        )
    show_bundle(made, out)

"""`ulmus classifier`."""

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
    LabelColumn,
    Out,
    Overrides,
    PrintSettings,
    Resume,
    Seed,
    Separator,
    SettingsFile,
    SourceOrCorpus,
    Target,
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
    from ulmus.recipes.classifier_settings import ClassifierVerbSettings


def run(
    bundle: BundleArgument,
    source: SourceOrCorpus,
    out: Out,
    text: TextColumns = None,
    label: LabelColumn = None,
    target: Target = None,
    separator: Separator = None,
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
    """Train a classifier upon a language model."""
    from ulmus.recipes.classifier_settings import ClassifierVerbSettings

    read = source_values(text, label, document, encoding, target=target, separator=separator)
    chosen = settled(
        ClassifierVerbSettings,
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
            "classifier": {"epochs": epochs, "activation_stats": activation_stats},
            "engine": {"seed": seed},
        },
    )
    flags = {**read, "valid": valid, "valid_share": valid_share, "workers": workers}
    refuse_beside_corpus(source, flags)
    _classifier(bundle, source, out, chosen, valid=valid, tokenizer=tokenizer, resume=resume)


def _classifier(
    bundle: Path,
    source: str,
    out: Path,
    settings: "ClassifierVerbSettings",
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
    from ulmus.recipes.finish import checkpoint_of
    from ulmus.recipes.train_classifier import train_classifier
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
        vocabulary=model.processor.vocabulary,
        tokenizer=tokenizer,
        processes=engine.processes,
    )
    with resumable(checkpoint_of(out)), making as corpus:
        made = train_classifier(
            model,
            corpus,
            out,
            settings.classifier,
            engine,
            console=progress_console(),
            resume=resume,
        )
    show_bundle(made, out)

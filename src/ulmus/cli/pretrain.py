"""`ulmus pretrain`."""

from typing import Annotated

import typer

from ulmus.cli.options import (
    ActivationStats,
    CorpusArgument,
    Epochs,
    HandedIn,
    Model,
    Out,
    Overrides,
    PrintSettings,
    Resume,
    Seed,
    SettingsFile,
)
from ulmus.cli.values import (
    settled,
)


def run(
    corpus: CorpusArgument,
    out: Out,
    model: Model = None,
    backward: Annotated[
        bool | None, typer.Option("--backward", help="Read every document from its end.")
    ] = None,
    epochs: Epochs = None,
    tokenizer: HandedIn = None,
    resume: Resume = False,
    activation_stats: ActivationStats = None,
    settings: SettingsFile = None,
    set_: Overrides = None,
    print_settings: PrintSettings = False,
    seed: Seed = None,
) -> None:
    """Train a language model on a corpus, from the start."""
    from ulmus.cli.interruption import resumable
    from ulmus.cli.showing import progress_console, show_bundle
    from ulmus.corpus.reader import open_corpus
    from ulmus.recipes.finish import checkpoint_of
    from ulmus.recipes.pretrain import PretrainSettings, pretrain
    from ulmus.training.engine import Engine
    from ulmus.training.processes import join_processes

    chosen = settled(
        PretrainSettings,
        file=settings,
        overrides=set_,
        print_settings=print_settings,
        values={
            "language_model": {
                "model": model,
                "backward": backward,
                "epochs": epochs,
                "activation_stats": activation_stats,
            },
            "engine": {"seed": seed},
        },
    )
    with resumable(checkpoint_of(out)):
        bundle = pretrain(
            open_corpus(corpus, tokenizer),
            out,
            chosen.language_model,
            Engine(chosen.engine, join_processes()),
            console=progress_console(),
            resume=resume,
        )
    show_bundle(bundle, out)

"""Second ULMFiT stage: a language model is brought to a domain."""

from pathlib import Path

import torch
from rich.console import Console

from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.corpus.layout import TRAIN
from ulmus.corpus.reader import Corpus
from ulmus.models.language_model import LanguageModel, build_language_model
from ulmus.models.transfer import UNSEEN, copy_language_model
from ulmus.recipes.finish import QUIET
from ulmus.recipes.language_model_settings import LanguageModelSettings
from ulmus.recipes.language_model_training import LanguageModelRun
from ulmus.recipes.prepare import PrepareSettings
from ulmus.recipes.time_limit import TrainingTime
from ulmus.settings import Settings
from ulmus.text.vocabulary import Vocabulary
from ulmus.training.engine import Engine, EngineSettings


class FinetuneSettings(Settings):
    """Everything `ulmus finetune` can be told."""

    prepare: PrepareSettings = PrepareSettings()
    language_model: LanguageModelSettings = LanguageModelSettings()
    engine: EngineSettings = EngineSettings()


def finetune(
    source: LanguageModelBundle,
    corpus: Corpus,
    out: Path,
    settings: LanguageModelSettings,
    engine: Engine,
    *,
    console: Console = QUIET,
    resume: bool = False,
    time: TrainingTime | None = None,
) -> LanguageModelBundle:
    """Bring a language model to a domain and to the domain's vocabulary, and write it.

    Embedding and decoder learn first, while the layers are frozen; then everything does. Stages
    in the settings take the place of these two.

    Args:
        source: The model to start from.
        corpus: The domain's text.
        out: The bundle's folder.
        settings: How.
        engine: Where.
        console: Where progress is shown.
        resume: Whether to go on from the checkpoint an interrupted run left.
        time: How long it may take; None for as long as it takes.

    Raises:
        CheckpointError: `resume` without a fitting checkpoint.
        CorpusError: Too little text, or a corpus with other rules or another tokenizer.
    """
    corpus.require_splitter(source.processor.splitter)
    settings = settings.with_(backward=source.manifest.backward)
    engine.start()
    rows = vocabulary_map(corpus.vocabulary, source.processor.vocabulary)
    model = adapted(source, rows, settings).to(engine.device)
    title = f"fine-tuning the {'backward ' if settings.backward else ''}language model"
    run = LanguageModelRun(corpus, out, settings, engine, console, resume, title, time)
    before = run.perplexity(model)
    provenance = {
        "pretraining_tokens": source.manifest.pretraining_tokens,
        "vocabulary_known": float((rows != UNSEEN).float().mean()),
        "valid_perplexity_before": before.per_token,
    }
    stages = settings.training_stages(finetuned_on=corpus.split(TRAIN).token_count)
    return run.train(model, stages, provenance)


def adapted(
    source: LanguageModelBundle, rows: torch.Tensor, settings: LanguageModelSettings
) -> LanguageModel:
    """Return a copy of a language model with the vocabulary that a row map describes.

    Shapes:
        rows: (V,) int64, see `models.transfer.copy_language_model`.
    """
    model = build_language_model(source.manifest.encoder, len(rows), settings.scaled_dropouts())
    copy_language_model(source.model, model, rows)
    return model


def vocabulary_map(new: Vocabulary, old: Vocabulary) -> torch.Tensor:
    """Return for each token of a vocabulary its id in another one, or `UNSEEN`.

    Shapes:
        returned: (V of the new vocabulary,) int64.
    """
    known = {token: index for index, token in reversed(list(enumerate(old.tokens)))}
    return torch.tensor([known.get(token, UNSEEN) for token in new.tokens])

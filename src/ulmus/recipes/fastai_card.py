"""The README.md of an export for fastai: how to load it there, and how to take it back."""

import shlex

from ulmus.bundle.manifest import Manifest
from ulmus.models.number_scale import NumberScale
from ulmus.text.processor import TextProcessor
from ulmus.text.tokenizers import SubwordTokenizer

BLOCKS = {
    "class": "CategoryBlock(vocab=LABELS): see labels.json",
    "tags": "MultiCategoryBlock(vocab=LABELS): see labels.json",
    "number": "RegressionBlock()",
}
TAKE_BACK = "ulmus import-fastai model.pth vocab.pkl --out DIR"


def fastai_card(manifest: Manifest, processor: TextProcessor) -> str:
    """Return the text, in Markdown.

    Args:
        manifest: The facts of the bundle that was exported.
        processor: Its rules, tokenizer and vocabulary.
    """
    size = manifest.encoder
    config = f"emb_sz={size.embedding_size}, n_hid={size.hidden_size}, n_layers={size.layer_count}"
    config += ", bidir=True" if size.bidirectional else ""
    is_model = manifest.kind == "language-model"
    code = _language_model(config) if is_model else _classifier(config, manifest)
    direction = "its end: give fastai reversed texts" if manifest.backward else "its beginning"
    lines = [
        f"# A {manifest.kind.replace('-', ' ')} for fastai 2",
        "",
        "fastai looks for `model.pth`, `encoder.pth` and `vocab.pkl` in "
        f"`learn.path/learn.model_dir`. The model reads a text from {direction}. Rules "
        f"`{processor.rules.name}`, tokenizer `{processor.tokenizer.spec}`.",
        "",
        "```python",
        "from fastai.text.all import *",
        'vocab = load_pickle("vocab.pkl")',
        *code,
        "```",
        "",
        "Back into a bundle:",
        "",
        "```",
        " ".join([TAKE_BACK, *_flags(manifest, processor)]),
        "```",
        "",
    ]
    return "\n".join(lines)


def _language_model(config: str) -> list[str]:
    return [
        f"config = {{**awd_lstm_lm_config, **dict({config})}}",
        "learn = language_model_learner(dls, AWD_LSTM, config=config, pretrained=False,",
        '                               pretrained_fnames=["model", "vocab"])',
        "# dls of other words get the known rows. With text_vocab=vocab they get all of them, and",
        '# learn.load("model") or learn.load_encoder("encoder") does as well.',
    ]


def _classifier(config: str, manifest: Manifest) -> list[str]:
    assert manifest.classifier is not None
    reading, scale = manifest.classifier, manifest.number
    more = f", y_range=({scale.low}, {scale.high})" if scale and scale.low is not None else ""
    return [
        f"# dls = ... TextBlock(..., vocab=vocab), {BLOCKS[manifest.target]}",
        f"config = {{**awd_lstm_clas_config, **dict({config})}}",
        "learn = text_classifier_learner(dls, AWD_LSTM, config=config, pretrained=False,",
        f"                                seq_len={reading.sequence_length}, "
        f"max_len={reading.max_length}, lin_ftrs=[{reading.head_size}]{more})",
        'learn.load("model")  # or, for other classes: learn.load_encoder("encoder")',
        *_scale(scale),
    ]


def _scale(scale: NumberScale | None) -> list[str]:
    if scale is None or scale.low is not None or (scale.mean, scale.deviation) == (0, 1):
        return []
    return [f"# The number is {scale.mean!r} + {scale.deviation!r} * what the learner gives."]


def _flags(manifest: Manifest, processor: TextProcessor) -> list[str]:
    flags = [f"--tokenizer {shlex.quote(processor.tokenizer.spec)}"]
    flags.append(f"--rules {processor.rules.name}")
    if isinstance(processor.tokenizer, SubwordTokenizer):
        flags.append("--sentencepiece spm.model")
    if manifest.backward:
        flags.append("--backward")
    if manifest.classifier is not None:
        flags += [f"--target {manifest.target}", *_told_of_target(manifest)]
        flags += [
            f"--sequence-length {manifest.classifier.sequence_length}",
            f"--max-length {manifest.classifier.max_length}",
        ]
    return flags


def _told_of_target(manifest: Manifest) -> list[str]:
    if manifest.number is None:
        return ["--labels labels.json"]
    low, high = manifest.number.low, manifest.number.high
    return [] if low is None else [f"--number-range {low!r} {high!r}"]

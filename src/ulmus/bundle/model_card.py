"""The README.md of a bundle, for whoever finds the folder."""

import re

from ulmus.bundle.manifest import Manifest
from ulmus.printable import printable

USE = {
    "language-model": 'print(bundle.generate("", max_tokens=50, temperature=0.7, seed=1))',
    "text-classifier": 'print(bundle.predict(["a text to judge"]))',
}


def model_card(manifest: Manifest, tokenizer: str) -> str:
    """Return the model card as Markdown.

    Args:
        manifest: The facts of the bundle.
        tokenizer: The spec of its tokenizer; a function has to be handed in.
    """
    handed_in = f', tokenizer="{printable(tokenizer)}"' if tokenizer.startswith("function:") else ""
    size = manifest.encoder
    direction = "from its end" if manifest.backward else "from its beginning"
    lines = [
        f"# A {manifest.kind.replace('-', ' ')} made with ulmus",
        "",
        f"AWD-LSTM: embedding {size.embedding_size}, hidden {size.hidden_size}, "
        f"{size.layer_count} layers, {manifest.vocabulary_size:,} tokens in the vocabulary "
        f"(tokenizer {_plain(tokenizer)}). "
        f"It reads a text {direction}.",
        "",
        "```python",
        "import ulmus",
        "",
        f'bundle = ulmus.load("this folder"{handed_in})',
        USE[manifest.kind],
        "```",
    ]
    if manifest.labels:
        kind = "Tags" if manifest.target == "tags" else "Classes"
        lines += [
            "",
            f"## {kind} ({len(manifest.labels)})",
            "",
            ", ".join(map(_plain, manifest.labels)),
        ]
    if manifest.number is not None:
        scale = manifest.number
        told = f"mean {scale.mean:.4g}, standard deviation {scale.deviation:.4g} in training"
        if scale.low is not None:
            told += f", never outside of {scale.low:.4g} to {scale.high:.4g}"
        lines += ["", "## A number", "", told]
    lines += _table("Figures measured when it was made", manifest.metrics)
    lines += _table("Where it comes from", manifest.provenance)
    lines += [
        "",
        "## Limits",
        "",
        "It has learned from the text named above and carries its errors and prejudices. The "
        "figures hold for text of the same kind; measure on your own before you rely on it.",
        "",
    ]
    return "\n".join(lines)


def _table(title: str, facts: dict[str, object]) -> list[str]:
    if not facts:
        return []
    rows = [f"| {_name(name)} | {_cell(value)} |" for name, value in facts.items()]
    return ["", f"## {title}", "", "| | |", "|---|---|", *rows]


def _name(name: str) -> str:
    return name if name.isidentifier() else _plain(name)


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else _plain(" ".join(str(value).split()))


def _plain(text: str) -> str:
    """Return text in which nothing commands, in Markdown, HTML or a terminal."""
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", printable(text))

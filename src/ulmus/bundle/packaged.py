"""Pretrained language models that come with the package, by name."""

from pathlib import Path

from ulmus.bundle.manifest import MARKER, PROCESSOR
from ulmus.text.processor import TextProcessor
from ulmus.text.rules import rule_set
from ulmus.text.tokenizers import default_rules

PACKAGED = Path(__file__).resolve().parent.parent / "pretrained"
"""Where they lie: a folder for each, which is called as the model is."""

ENGLISH = ("en", "en-backward")
"""The English ones, forward and backward."""


def located(path: Path) -> Path:
    """Return a bundle's folder: the path, or a packaged model's folder if that is its name.

    A folder of the user's that is called alike comes first.
    """
    packaged = PACKAGED / path
    is_name = len(path.parts) == 1 and not path.exists() and (packaged / MARKER).exists()
    return packaged if is_name else path


def packaged_processor(tokenizer: str, rules: str | None) -> TextProcessor | None:
    """Return the English models' processor if it cuts text as is asked for; else None.

    Args:
        tokenizer: A spec.
        rules: Name of a rule set; None for the one that suits the tokenizer.
    """
    processor = TextProcessor.load(PACKAGED / ENGLISH[False] / PROCESSOR)
    asked = tokenizer, rule_set(rules or default_rules(tokenizer)).name
    return processor if asked == (processor.tokenizer.spec, processor.rules.name) else None

"""Small language models that you own.

Importing this package is cheap: what is heavy is imported when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ulmus.bundle.language_model import LanguageModelBundle
    from ulmus.bundle.reader import load
    from ulmus.bundle.text_classifier import TextClassifierBundle
    from ulmus.errors import UlmusError, UlmusWarning
    from ulmus.estimators import UlmfitClassifier, UlmfitRegressor
    from ulmus.evaluation.perplexity import Perplexity
    from ulmus.text.processor import TextProcessor

_HOMES = {
    "LanguageModelBundle": "ulmus.bundle.language_model",
    "Perplexity": "ulmus.evaluation.perplexity",
    "TextClassifierBundle": "ulmus.bundle.text_classifier",
    "TextProcessor": "ulmus.text.processor",
    "UlmfitClassifier": "ulmus.estimators",
    "UlmfitRegressor": "ulmus.estimators",
    "UlmusError": "ulmus.errors",
    "UlmusWarning": "ulmus.errors",
    "load": "ulmus.bundle.reader",
}

__all__ = [
    "LanguageModelBundle",
    "Perplexity",
    "TextClassifierBundle",
    "TextProcessor",
    "UlmfitClassifier",
    "UlmfitRegressor",
    "UlmusError",
    "UlmusWarning",
    "load",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ulmus' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])

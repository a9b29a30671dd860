"""What suits a language: tokenizer and rules by its code.

A preset decides nothing but these two. The size of the vocabulary and the least frequency are
those of any language, for which the reference and thai2fit chose alike; subwords know neither.
"""

import warnings
from typing import NamedTuple

from ulmus.errors import TokenizerError, UlmusWarning
from ulmus.text.tokenizers import default_rules
from ulmus.text.tokenizers.segmenters import SEGMENTERS

# As many pieces as MultiFiT's models of seven languages had (Eisenschlos and others, 2019). The
# usual quarter of the distinct words means nothing where no spaces show words.
SUBWORDS = "subwords:15000"


class LanguagePreset(NamedTuple):
    """What suits one language.

    Attributes:
        name: The language in English.
        tokenizer: Its words.
        rules: The rule set that goes with all tokenizers but characters.
        word_rules: The one that goes with its words, and functions, in the place of that; empty
            for none.
        fallback: The tokenizer where the words' segmenter is not installed.
    """

    name: str
    tokenizer: str
    rules: str = "unicode"
    word_rules: str = ""
    fallback: str = ""


PRESETS = {
    "de": LanguagePreset("German", "words:de"),
    "en": LanguagePreset("English", "words:en", "fastai"),
    "ja": LanguagePreset("Japanese", "words:ja", fallback=f"{SUBWORDS}:language=ja:space=<_>"),
    "th": LanguagePreset(
        "Thai",
        "words:th",
        word_rules="thai2fit",
        fallback=f"{SUBWORDS}:language=th:space=<_>",
    ),
    "vi": LanguagePreset("Vietnamese", "words:vi", fallback=f"{SUBWORDS}:language=vi"),
    "zh": LanguagePreset("Chinese", "words:zh", fallback=f"{SUBWORDS}:language=zh:space=<_>"),
}


def language_preset(code: str) -> LanguagePreset:
    """Return the preset of a language.

    Args:
        code: `de`, `en`, `ja`, `th`, `vi` or `zh`.

    Returns:
        The preset.

    Raises:
        TokenizerError: There is none for that code.
    """
    if code in PRESETS:
        return PRESETS[code]
    raise TokenizerError(
        "no preset for this language",
        given=code,
        accepted=", ".join(f"{known} ({preset.name})" for known, preset in PRESETS.items()),
        remedy="For another language of spaCy write --tokenizer words:CODE, with --rules unicode "
        "where its letters are not ASCII",
    )


def language_settings(
    code: str, *, tokenizer: str | None = None, rules: str | None = None
) -> dict[str, str]:
    """Return the tokenizer and the rules for a language, as they go into settings.

    Where the extra of the language's words is not installed, that is subwords, and an
    `UlmusWarning` says so.

    Args:
        code: See `language_preset`.
        tokenizer: A spec that was asked for, which wins; None for the language's own.
        rules: The name of a rule set that was asked for, which wins; None for those that suit
            the tokenizer.

    Returns:
        `tokenizer` and `rules`.

    Raises:
        TokenizerError: There is no preset for that code.
    """
    preset = language_preset(code)
    chosen = _installed(code, preset) if tokenizer is None else tokenizer
    return {"tokenizer": chosen, "rules": _rules(preset, chosen) if rules is None else rules}


def _installed(code: str, preset: LanguagePreset) -> str:
    segmenter = SEGMENTERS.get(code)
    if segmenter is None or segmenter.is_installed():
        return preset.tokenizer
    warnings.warn(
        UlmusWarning(
            f"{preset.name} is cut into subwords, as its word segmenter is not installed; for "
            f'words run: pip install "ulmus[{segmenter.extra}]"'
        ),
        stacklevel=3,
    )
    return preset.fallback


def _rules(preset: LanguagePreset, tokenizer: str) -> str:
    if tokenizer.startswith((preset.tokenizer, "function:")):
        return preset.word_rules or preset.rules
    return preset.rules if default_rules(tokenizer) == "fastai" else default_rules(tokenizer)

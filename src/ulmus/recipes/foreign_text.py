"""The rules and the tokenizer that a model from elsewhere was trained with."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ulmus.errors import TokenizerError
from ulmus.interop.fastai_vocabulary import holds_pieces
from ulmus.text.languages import PRESETS
from ulmus.text.special_tokens import FILLER, SPECIAL_TOKENS
from ulmus.text.splitter import TextSplitter, build_splitter
from ulmus.text.tokenizers.subword_options import parse_subword_spec
from ulmus.text.tokenizers.subwords import subwords_from_file

SUBWORDS = "subwords"
FUNCTION = "function:"
LEAST_SHARE = 0.5
"""Of a vocabulary's tokens, how many a SentencePiece model must know if it made them."""


def foreign_splitter(
    tokens: Sequence[str],
    *,
    tokenizer: str | None,
    rules: str | None,
    sentencepiece: Path | None,
    language: str,
) -> TextSplitter:
    """Return rules and tokenizer for a foreign vocabulary.

    Args:
        tokens: The vocabulary, which shows whether its tokens are words or pieces of words.
        tokenizer: Its spec; None: subwords if there is a SentencePiece model, else words.
        rules: Name of the rule set; None: what models of the language were trained with.
        sentencepiece: File of the SentencePiece model.
        language: Code of the texts' language.

    Raises:
        TokenizerError: The tokenizer is unknown or unusable, or its SentencePiece model is
            missing, or is not the one that made the vocabulary.
    """
    if sentencepiece is not None:
        if tokenizer is not None and not tokenizer.startswith(SUBWORDS):
            raise TokenizerError(
                "a SentencePiece model beside another tokenizer",
                given=tokenizer,
                accepted=SUBWORDS,
                remedy="Leave --tokenizer or --sentencepiece away",
            )
        subwords = subwords_from_file(sentencepiece, language=language)
        if tokenizer is not None:
            subwords = replace(subwords, options=parse_subword_spec(tokenizer))
        _check_made_by(subwords.pieces(), tokens, sentencepiece)
        return build_splitter(subwords, rules=rules)
    spec = tokenizer or _words(language)
    if spec.startswith(SUBWORDS) or (holds_pieces(tokens) and not spec.startswith(FUNCTION)):
        raise TokenizerError(
            "the SentencePiece model is missing, for the tokens are pieces of words",
            given=spec,
            accepted="--sentencepiece FILE",
            remedy="Name the spm.model that lies beside the vocabulary",
        )
    return build_splitter(spec, rules=_usual_rules(spec, language) if rules is None else rules)


def _words(language: str) -> str:
    return PRESETS[language].tokenizer if language in PRESETS else f"words:{language}"


def _usual_rules(spec: str, language: str) -> str | None:
    """Return the rules that models of a language were trained with, where they are not fastai's.

    That is thai2fit for Thai words. What suits a language best, as `unicode` does German, is not
    what fastai did.
    """
    own = PRESETS[language].word_rules if language in PRESETS else ""
    return own if own and spec == _words(language) else None


def _check_made_by(pieces: Sequence[str], tokens: Sequence[str], path: Path) -> None:
    known = set(pieces)
    asked = [token for token in tokens if token not in {*SPECIAL_TOKENS, FILLER}]
    found = sum(token in known for token in asked)
    if found < LEAST_SHARE * len(asked):
        raise TokenizerError(
            f"the SentencePiece model knows {found:,} of the vocabulary's {len(asked):,} tokens",
            given=path,
            accepted="the model that made the vocabulary's tokens",
            remedy="Name the spm.model that lies beside the vocabulary",
        )

"""What a subword model is asked to be."""

from dataclasses import dataclass

from ulmus.errors import TokenizerError
from ulmus.text.rules import SPACE_MARK

PREFIX = "subwords"
MODEL_TYPES = ("unigram", "bpe")
LEAST_SIZE, MOST_SIZE = 29, 1_000_000

# The official languages of the European Union, as in the reference. Their letters are few enough
# for nearly all to become pieces of their own.
EUROPEAN_LANGUAGES = "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv"
EUROPEAN_COVERAGE, OTHER_COVERAGE = 0.99999, 0.9998


@dataclass(frozen=True, slots=True)
class SubwordOptions:
    """What a subword model is trained with.

    Args:
        size: Number of pieces; None: a quarter of the distinct words, rounded up to eight.
        model_type: `unigram` or `bpe`.
        language: Code of the texts' language: European ones have their letters covered wholly.
        space: A token such as `<_>` that stands for a space; empty: pieces begin with `▁`.
    """

    size: int | None = None
    model_type: str = "unigram"
    language: str = "en"
    space: str = ""

    @property
    def spec(self) -> str:
        """The text that names such a tokenizer: only what differs from the defaults."""
        parts = [PREFIX]
        if self.size is not None:
            parts.append(str(self.size))
        if self.model_type != "unigram":
            parts.append(self.model_type)
        if self.language != "en":
            parts.append(f"language={self.language}")
        if self.space:
            parts.append(f"space={self.space}")
        return ":".join(parts)

    @property
    def character_coverage(self) -> float:
        """The share of all characters that pieces must cover."""
        european = self.language in EUROPEAN_LANGUAGES.split()
        return EUROPEAN_COVERAGE if european else OTHER_COVERAGE


def parse_subword_spec(spec: str) -> SubwordOptions:
    """Read `subwords[:SIZE][:unigram|bpe][:language=CODE][:space=TOKEN]`.

    Args:
        spec: The text; the parts behind `subwords` may come in any order.

    Returns:
        The options it names.

    Raises:
        TokenizerError: A part means nothing, or a size is out of range.
    """
    size: int | None = None
    model_type, language, space = "unigram", "en", ""
    for part in spec.split(":")[1:]:
        name, _, value = part.partition("=")
        if part.isascii() and part.isdigit() and len(part) < 10:
            size = int(part)
        elif part in MODEL_TYPES:
            model_type = part
        elif name == "language" and value:
            language = value
        elif name == "space" and value and " " not in value and SPACE_MARK not in value:
            space = value
        else:
            raise _not_a_spec(spec)
    if size is not None and not LEAST_SIZE <= size <= MOST_SIZE:
        raise _not_a_spec(spec)
    return SubwordOptions(size=size, model_type=model_type, language=language, space=space)


def _not_a_spec(spec: str) -> TokenizerError:
    return TokenizerError(
        "not a subword tokenizer",
        given=spec,
        accepted=f"subwords[:SIZE][:unigram|bpe][:language=CODE][:space=TOKEN] with SIZE from "
        f"{LEAST_SIZE} to {MOST_SIZE:,}",
        remedy="Write for example subwords:8000",
    )

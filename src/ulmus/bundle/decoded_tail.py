"""The end of a long document decoded as if all of the document were there."""

from collections.abc import Sequence

from ulmus.text.decoding import REPETITIONS, apply_specials
from ulmus.text.processor import TextProcessor
from ulmus.text.special_tokens import CAPITAL, FIELD, REPEAT, UPPER, WORD_REPEAT
from ulmus.text.tokenizers import Tokenizer
from ulmus.text.tokenizers.detokenizing import joining_context
from ulmus.text.tokenizers.special_parts import SPECIALS

WORDS_REACHED = {REPEAT: 2, WORD_REPEAT: 2, FIELD: 2, UPPER: 1, CAPITAL: 1}
"""How many words behind a special token decoding it may change: a number and what it repeats, or
a column's number and the word that a case in front of it is for."""
LETTER = "a"
"""What makes any word longer that is not ended by its last token."""
KEPT = 8
"""Tokens at the end that are never dropped: they are seldom certain."""


class DecodedTail:
    """The last tokens of a document and their text.

    Those before may be dropped where no special token reaches across. What must be known of them
    is only what joining tokens to a text looks back at: a few tokens, the context.

    Args:
        processor: Tokens to text.
        tokens: The document, or its end.
        context: What stands for the tokens before, special ones obeyed.
    """

    def __init__(
        self, processor: TextProcessor, tokens: Sequence[str] = (), context: Sequence[str] = ()
    ) -> None:
        self.tokens = list(tokens)
        self.text = ""
        self._processor = processor
        self._context = tuple(context)

    def decode(self) -> str:
        """Return, and keep, the text of the context and the tokens."""
        self.text = self._joined(self._applied(self.tokens))
        return self.text

    def shortened(self, certain: int) -> "DecodedTail":
        """Return a shorter tail, decoded, whose text ends as this one's and will always do so.

        Args:
            certain: How many characters of the text as it is now no later token can change.

        Returns:
            A tail without tokens whose text is certain, or this one if it cannot be cut.
        """
        latest = len(self.tokens) - KEPT
        place = settled_place(self.tokens, self._processor.tokenizer, latest)
        before = self._applied(self.tokens[:place])
        dropped = self._joined(before)
        # White space at the cut might be one with what follows.
        if not dropped[-1:].strip() or len(dropped) > certain:
            return self
        context = joining_context([*self._context, *before])
        shorter = DecodedTail(self._processor, self.tokens[place:], context)
        # A tokenizer of the caller's making may look at more than its context.
        return shorter if shorter.decode().endswith(self.text[len(dropped) :]) else self

    def repeats_last_word(self) -> bool:
        """Tell whether the last word is repeated and may still become longer.

        Then all its repetitions change with it, and might be alike at their beginning by chance.
        """
        special = _last_special(self.tokens, len(self.tokens))
        if special < 0 or self.tokens[special] not in REPETITIONS:
            return False
        tokenizer = self._processor.tokenizer
        word = _behind_words(self.tokens, special + 1, 1, tokenizer)
        length = len(self.tokens)
        return word < length < tokenizer.word_end([*self.tokens, LETTER], word)

    def _applied(self, tokens: Sequence[str]) -> list[str]:
        tokens = self._processor.rules.begin_decoding(list(tokens))
        return apply_specials(tokens, self._processor.tokenizer)

    def _joined(self, applied: Sequence[str]) -> str:
        tokens = [*self._context, *applied]
        text = self._processor.tokenizer.join(tokens, self._processor.vocabulary)
        return self._processor.rules.restore(text)


def settled_place(tokens: list[str], tokenizer: Tokenizer, latest: int) -> int:
    """Return the last place across which no special token reaches; 0 if there is none.

    Args:
        tokens: Tokens, of which none before them reaches the first.
        tokenizer: What made them.
        latest: The last place that will do, before the last token.
    """
    place = latest
    while place > 0:
        special = _last_special(tokens, place)
        # Rules that count behind a character reach back to the token before.
        if REPEAT in tokens[place]:
            place -= 1
        elif special < 0 or _reach(tokens, special, tokenizer) <= place:
            return place
        else:
            place = special
    return 0


def _last_special(tokens: list[str], end: int) -> int:
    """Return where the last special token before `end` stands, or -1."""
    places = (i for i in range(end - 1, -1, -1) if tokens[i] in SPECIALS or REPEAT in tokens[i])
    return next(places, -1)


def _reach(tokens: list[str], special: int, tokenizer: Tokenizer) -> int:
    """Return the end of what a special token may change."""
    words = WORDS_REACHED.get(tokens[special], 2 * (REPEAT in tokens[special]))
    return _behind_words(tokens, special + 1, words, tokenizer)


def _behind_words(tokens: list[str], start: int, count: int, tokenizer: Tokenizer) -> int:
    """Return the place behind some words and the white space around them."""
    end = _behind_spaces(tokens, start, tokenizer)
    for _ in range(count):
        if end < len(tokens):
            end = _behind_spaces(tokens, tokenizer.word_end(tokens, end), tokenizer)
    return end


def _behind_spaces(tokens: list[str], start: int, tokenizer: Tokenizer) -> int:
    while start < len(tokens) and tokenizer.is_space(tokens[start]):
        start += 1
    return start

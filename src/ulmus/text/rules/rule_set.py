"""What a named set of rules is, and how several columns become one text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ulmus.text.rules.fastai import SPACE_MARK, Rule, replace_space
from ulmus.text.special_tokens import FIELD

TokensRule = Callable[[list[str]], list[str]]


class PieceRules(NamedTuple):
    """What a set's rules before the tokenizer come to, for texts that are cut at white space.

    Attributes:
        across: Rules that look across spaces, for the whole text.
        within: Rules for what is left between white space, one piece at a time.
    """

    across: tuple[Rule, ...]
    within: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A named set of rules, equal to and pickled as its name.

    Args:
        name: The name that `rule_set` knows.
        before: Rules for the whole text, in the order in which they are applied.
        in_pieces: Rules that do the same in two steps; None where they, or those of `among`, must
            see the whole text.
        among: Rules for all tokens of a text, right behind the tokenizer.
        after: Rules for each token, behind those.
        undo: What decoding does first to tokens, where `before` and `among` wrote something that
            only this set writes.
    """

    name: str
    before: tuple[Rule, ...] = ()
    in_pieces: PieceRules | None = None
    among: tuple[TokensRule, ...] = ()
    after: tuple[Rule, ...] = ()
    undo: tuple[TokensRule, ...] = ()

    def __reduce__(self) -> tuple[Callable[[str], "RuleSet"], tuple[str]]:
        from ulmus.text.rules.sets import rule_set  # which is made of these

        return rule_set, (self.name,)

    def apply(self, text: str) -> str:
        """Return the text after all rules that come before the tokenizer."""
        for rule in self.before:
            text = rule(text)
        return text

    def finish(self, tokens: list[str]) -> list[str]:
        """Return the tokens after all rules that come behind the tokenizer."""
        for tokens_rule in self.among:
            tokens = tokens_rule(tokens)
        for rule in self.after:
            tokens = [rule(token) for token in tokens]
        return tokens

    def begin_decoding(self, tokens: list[str]) -> list[str]:
        """Return tokens, any at all, without what only this set writes into them."""
        for tokens_rule in self.undo:
            tokens = tokens_rule(tokens)
        return tokens

    def restore(self, text: str) -> str:
        """Return decoded text with the marks of `after` turned back into spaces."""
        return text.replace(SPACE_MARK, " ") if replace_space in self.after else text


def mark_columns(text: str | Sequence[str]) -> str:
    """Return several text columns as one text, with `xxfld N` before each if there are several.

    Args:
        text: A text, or a document's text columns in their order.

    Returns:
        The only column as it is, else `xxfld 1 first xxfld 2 second` and so on.
    """
    if isinstance(text, str):
        return text
    if len(text) == 1:
        return text[0]
    return " ".join(f"{FIELD} {number} {column}" for number, column in enumerate(text, 1))

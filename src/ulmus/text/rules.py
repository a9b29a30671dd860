"""Rules that a text passes before it is tokenized, and the named sets of them.

A rule is a function from text to text. The set `fastai` holds eight rules and `none` holds no
rule. A set is known by its name alone: that is what a saved model stores.
"""

import difflib
import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ulmus.errors import TokenizerError
from ulmus.text.special_tokens import (
    BEGINNING,
    CAPITAL,
    FIELD,
    REPEAT,
    UNKNOWN,
    UPPER,
    WORD_REPEAT,
)

Rule = Callable[[str], str]

# What a space inside a token becomes, so that tokens can be joined by spaces and cut again.
SPACE_MARK = "▁"

# Left-overs of broken HTML and of tokenized corpora, in groups that a text without the first
# string can skip (which halved the time of this rule).
LEFT_OVERS = (
    (
        ";",
        (
            ("#39;", "'"),
            ("amp;", "&"),
            ("#146;", "'"),
            ("nbsp;", " "),
            ("#36;", "$"),
            ("quot;", "'"),
        ),
    ),
    ("\\", (("\\n", "\n"), ('\\"', '"'))),
    ("<", (("<br />", "\n"), ("<unk>", UNKNOWN))),
    ("@", ((" @.@ ", "."), (" @-@ ", "-"))),
    ("...", (("...", " …"),)),
)

# Each pattern is linear in the text. The two that look for capitals begin with the letter and
# look back from there, because the engine then skips to the next capital at once.
REPEATED_CHARACTER = re.compile(r"(\S)\1{2,}")
REPEATED_WORD = re.compile(r"(?:^|\s)(\w+)(?:\s+\1){2,}(\W|$)")
RUN_OF_SPACES = re.compile(" {2,}")
ALL_CAPITALS = re.compile(r"[A-Z](?<!\S[A-Z])[^a-z\s]*(?!\S)")
CAPITALISED = re.compile(r"[A-Z](?<!\S[A-Z])[^A-Z\s]*(?!\S)")


def fix_html(text: str) -> str:
    """Return the text with HTML entities and tokenizer left-overs turned into characters."""
    for needed, left_overs in LEFT_OVERS:
        if needed in text:
            for left_over, character in left_overs:
                text = text.replace(left_over, character)
    return html.unescape(text)


def replace_rep(text: str) -> str:
    """Return the text with a character that stands three or more times written ` xxrep N c `."""
    return REPEATED_CHARACTER.sub(_counted_character, text)


def replace_wrep(text: str) -> str:
    """Return the text with a word that stands three or more times written ` xxwrep N word `."""
    return REPEATED_WORD.sub(_counted_word, text)


def spec_add_spaces(text: str) -> str:
    r"""Return the text with a space on either side of each `/`, `#` and `\`."""
    return text.replace("/", " / ").replace("#", " # ").replace("\\", " \\ ")


def rm_useless_spaces(text: str) -> str:
    """Return the text with runs of spaces, but not of other white space, made one space."""
    return RUN_OF_SPACES.sub(" ", text) if "  " in text else text


def replace_all_caps(text: str) -> str:
    """Return the text with words in capitals lower-cased, after `xxup` if longer than one."""
    return ALL_CAPITALS.sub(_marker(UPPER), text)


def replace_maj(text: str) -> str:
    """Return the text with capitalised words lower-cased, after `xxmaj` if longer than one."""
    return CAPITALISED.sub(_marker(CAPITAL), text)


def lowercase(text: str) -> str:
    """Return `xxbos` and the text in lower case without white space at its ends."""
    return f"{BEGINNING} {text.lower().strip()}"


def replace_space(token: str) -> str:
    """Return the token with its spaces, if any, made visible as `▁`."""
    return token.replace(" ", SPACE_MARK)


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


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A named set of rules, equal to and pickled as its name.

    Args:
        name: The name that `rule_set` knows.
        before: Rules for the whole text, in the order in which they are applied.
        after: Rules for each token.
    """

    name: str
    before: tuple[Rule, ...] = ()
    after: tuple[Rule, ...] = ()

    def __reduce__(self) -> tuple[Callable[[str], "RuleSet"], tuple[str]]:
        return rule_set, (self.name,)

    def apply(self, text: str) -> str:
        """Return the text after all rules that come before the tokenizer."""
        for rule in self.before:
            text = rule(text)
        return text

    def restore(self, text: str) -> str:
        """Return decoded text with the marks of `after` turned back into spaces."""
        return text.replace(SPACE_MARK, " ") if replace_space in self.after else text

    def finish(self, tokens: list[str]) -> list[str]:
        """Return the tokens after all rules that come behind the tokenizer."""
        for rule in self.after:
            tokens = [rule(token) for token in tokens]
        return tokens


RULE_SETS = {
    "fastai": RuleSet(
        name="fastai",
        before=(
            fix_html,
            replace_rep,
            replace_wrep,
            spec_add_spaces,
            rm_useless_spaces,
            replace_all_caps,
            replace_maj,
            lowercase,
        ),
        after=(replace_space,),
    ),
    "none": RuleSet(name="none"),
}


def rule_set(name: str) -> RuleSet:
    """Return the rule set of that name.

    Args:
        name: `fastai` or `none`.

    Returns:
        The rule set; the same object for the same name.

    Raises:
        TokenizerError: No rule set has that name.
    """
    if name in RULE_SETS:
        return RULE_SETS[name]
    nearest = difflib.get_close_matches(name, RULE_SETS, n=1)
    raise TokenizerError(
        "unknown rule set",
        given=name,
        accepted=", ".join(sorted(RULE_SETS)),
        remedy=f"Did you mean {nearest[0]!r}?" if nearest else "Choose one of these names",
    )


def _counted_character(match: re.Match[str]) -> str:
    return f" {REPEAT} {match.end() - match.start()} {match[1]} "


def _counted_word(match: re.Match[str]) -> str:
    # The second group is what ended the match: one character that belongs to no word, or nothing.
    return f" {WORD_REPEAT} {len(match[0].split())} {match[1]} {match[2]}"


def _marker(token: str) -> Callable[[re.Match[str]], str]:
    def mark(match: re.Match[str]) -> str:
        word = match[0].lower()
        return f"{token} {word}" if len(match[0]) > 1 else word

    return mark

"""spaCy's way to cut a word, remembering what is left of it without affixes.

The steps are those of spaCy's own tokenizer, which its `Tokenizer.explain` shows in Python. New
words are many, and what stands in them is not: `word`, `word,` and `"word` are one `word`. Here
that is looked at once; in spaCy each new word costs 6 to 10 microseconds, here 3.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ulmus.text.memo import Memo, Tokens
from ulmus.text.tokenizers.affixes import AffixSearches, Infixes, Search
from ulmus.text.tokenizers.inseparable import inseparable_tokens


class SpacyWords:
    """Cuts single words as a spaCy tokenizer does.

    Args:
        tokenizer: spaCy's.
        defaults: What its language says of affixes, as in `nlp.Defaults`.

    Attributes:
        inseparable: Pairs of neighbouring tokens of which spaCy may make others, wherever they
            stand, if need be with white space between them.
    """

    def __init__(self, tokenizer: Any, defaults: Any) -> None:
        from spacy.symbols import ORTH

        self._prefixes = AffixSearches(_patterns(defaults.prefixes), last=False)
        self._suffixes = AffixSearches(_patterns(defaults.suffixes), last=True)
        self._infixes = Infixes(_patterns(defaults.infixes))
        self._stays_whole = [m for m in (tokenizer.token_match, tokenizer.url_match) if m]
        self._ends_peeling = tokenizer.token_match
        self._special = {
            case: tuple(token[ORTH] for token in made) for case, made in tokenizer.rules.items()
        }
        # What spaCy replaces wherever it comes up.
        self._replaced = {case for case, made in self._special.items() if made != (case,)}
        self.inseparable = inseparable_tokens(tokenizer)
        self._cores = Memo(self._of_core)

    def tokens(self, word: str) -> Tokens | None:
        """Return the tokens of a word without white space, or None if spaCy must be asked."""
        known = self._cores.get(word)
        if known is None:
            core, prefixes, suffixes = self._peeled(word)
            known = self._cores[core] if core else ()
            if prefixes or suffixes:
                known = (*prefixes, *known, *reversed(suffixes))
        if len(known) > 1 and self._is_reconsidered(known):
            return None
        return known

    def tokens_of_all(self, words: Sequence[str]) -> Tokens | None:
        """Return the tokens of words parted by single spaces, or None if spaCy must be asked."""
        tokens: Tokens = ()
        for word in words:
            found = self.tokens(word)
            if found is None or (tokens and (tokens[-1], found[0]) in self.inseparable):
                return None
            tokens += found
        return tokens

    def _peeled(self, word: str) -> tuple[str, list[str], list[str]]:
        """Return what is left, and what was peeled off, from the outside to the inside."""
        special = self._special
        prefixes: list[str] = []
        suffixes: list[str] = []
        while word and word not in special and word not in self._cores:
            if self._ends_peeling and self._ends_peeling(word):
                break
            at_start = _length(self._prefixes[word[0]], word)
            if at_start and word[at_start:] in special:
                prefixes.append(word[:at_start])
                return word[at_start:], prefixes, suffixes
            rest = word[at_start:] if at_start else word
            at_end = _length(self._suffixes[rest[-1]], rest) if rest else 0
            if at_end and word[:-at_end] in special:
                suffixes.append(word[-at_end:])
                return word[:-at_end], prefixes, suffixes
            if not at_start and not at_end:
                break
            if at_start:
                prefixes.append(word[:at_start])
            if at_end:
                suffixes.append(word[-at_end:])
            word = word[at_start : len(word) - at_end]
        return word, prefixes, suffixes

    def _of_core(self, core: str) -> Tokens:
        return self._special.get(core) or self._cut_inside(core)

    def _cut_inside(self, core: str) -> Tokens:
        infixes = self._infixes.spans(core)
        if not infixes or any(match(core) for match in self._stays_whole):
            return (core,)
        tokens: list[str] = []
        end = 0
        for start, behind in infixes:
            if start:  # what stands in front of all is none
                tokens += core[end:start], core[start:behind]
                end = behind
        return tuple(token for token in (*tokens, core[end:]) if token)

    def _is_reconsidered(self, tokens: Tokens) -> bool:
        """Whether spaCy may look at what it found again, for special cases."""
        if not self._replaced.isdisjoint(tokens):
            return True
        return not self.inseparable.isdisjoint(pairwise(tokens))


def _patterns(given: Any) -> list[str]:
    return [pattern for pattern in given or () if pattern.strip()]


def _length(search: Search | None, text: str) -> int:
    found = search and search(text)
    return found.end() - found.start() if found else 0

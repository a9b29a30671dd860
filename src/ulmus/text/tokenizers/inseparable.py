"""Where spaCy's tokens depend on what stands behind a space.

spaCy cuts a text at white space and works on each part alone, with one exception: at the end it
looks through all tokens for those of its special cases that its rules for punctuation marks tear
apart, such as `:)`. It finds them across spaces too. What it finds there is left as it is, unless
the special case holds that space; but the longest finding wins, so that `a:) )` loses its `:)` to
`:) )`, which is like `:))`.
"""

from collections import defaultdict
from itertools import pairwise
from typing import Any


def inseparable_tokens(tokenizer: Any) -> frozenset[tuple[str, str]]:
    """Return the pairs of neighbouring tokens that may belong to one special case.

    Args:
        tokenizer: A spaCy `Tokenizer`.

    Returns:
        Pairs of a token and the next one. Where no such pair has white space between it, the
        tokens of the text are those of the parts that white space cuts it into.
    """
    from spacy.symbols import ORTH
    from spacy.tokenizer import Tokenizer

    without_cases = Tokenizer(
        tokenizer.vocab,
        prefix_search=tokenizer.prefix_search,
        suffix_search=tokenizer.suffix_search,
        infix_finditer=tokenizer.infix_finditer,
        token_match=tokenizer.token_match,
        url_match=tokenizer.url_match,
    )
    torn: set[tuple[str, str]] = set()
    # A token at a part's end may be what a special case was made, and have been another before.
    seen_first, seen_last = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for case, made in tokenizer.rules.items():
        before = [token.text for token in without_cases(case)]
        torn.update(pairwise(before))
        seen_first[before[0]].add(made[0][ORTH])
        seen_last[before[-1]].add(made[-1][ORTH])
    return frozenset(
        (left, right)
        for last, first in torn
        for left in {last} | seen_last[last]
        for right in {first} | seen_first[first]
    )

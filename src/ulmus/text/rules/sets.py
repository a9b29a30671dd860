"""The named rule sets, and how a name becomes one."""

import difflib

from ulmus.errors import TokenizerError
from ulmus.text.rules import fastai, thai2fit, unicode
from ulmus.text.rules.rule_set import PieceRules, RuleSet

RULE_SETS = {
    found.name: found
    for found in (
        RuleSet(
            "fastai",
            before=fastai.BEFORE,
            in_pieces=PieceRules(fastai.ACROSS, fastai.WITHIN),
            after=fastai.AFTER,
        ),
        RuleSet("none", in_pieces=PieceRules((), ())),
        RuleSet(
            "thai2fit",
            before=thai2fit.BEFORE,
            among=thai2fit.AMONG,
            after=thai2fit.AFTER,
            undo=(thai2fit.undo_counts,),
        ),
        RuleSet(
            "unicode",
            before=unicode.BEFORE,
            in_pieces=PieceRules(fastai.ACROSS, unicode.WITHIN),
            after=fastai.AFTER,
        ),
    )
}


def rule_set(name: str) -> RuleSet:
    """Return the rule set of that name.

    Args:
        name: `fastai`, `unicode`, `thai2fit` or `none`.

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

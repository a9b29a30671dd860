"""Rules that a text passes before it is tokenized, and the named sets of them.

A rule is a function from text to text. A set is known by its name alone: that is what a saved
model stores.

| set | what it does |
|---|---|
| `fastai` | the eight rules of the reference; its rules for capitals know ASCII letters |
| `unicode` | the same with capitals of every script |
| `thai2fit` | the rules of thai2fit's Thai language model, which counts repetitions behind them |
| `none` | nothing |
"""

from ulmus.text.rules.fastai import (
    SPACE_MARK,
    Rule,
    fix_html,
    lowercase,
    replace_all_caps,
    replace_maj,
    replace_rep,
    replace_space,
    replace_wrep,
    rm_useless_spaces,
    spec_add_spaces,
)
from ulmus.text.rules.rule_set import PieceRules, RuleSet, mark_columns
from ulmus.text.rules.sets import RULE_SETS, rule_set

__all__ = [
    "RULE_SETS",
    "SPACE_MARK",
    "PieceRules",
    "Rule",
    "RuleSet",
    "fix_html",
    "lowercase",
    "mark_columns",
    "replace_all_caps",
    "replace_maj",
    "replace_rep",
    "replace_space",
    "replace_wrep",
    "rm_useless_spaces",
    "rule_set",
    "spec_add_spaces",
]

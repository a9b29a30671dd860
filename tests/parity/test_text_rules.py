"""Each rule alone, and all before the tokenizer together, give what fastai's give."""

import pytest

from tests.parity.reading import read_json
from ulmus.text import rules

REFERENCE = read_json("text_rules")
TEXTS = REFERENCE["texts"]


@pytest.mark.parametrize("name", REFERENCE["alone"])
def test_a_rule_alone(name: str) -> None:
    expected = REFERENCE["alone"][name]
    rule = getattr(rules, name)
    assert sum(new is not None for new in expected) > 30, "too few texts that it changes"
    unlike = [
        (text, rule(text), text if new is None else new)
        for text, new in zip(TEXTS, expected, strict=True)
        if rule(text) != (text if new is None else new)
    ]
    assert not unlike, f"{len(unlike)} of {len(TEXTS)} differ: {unlike[:3]}"


def test_all_rules_together() -> None:
    before = rules.rule_set("fastai")
    made = [rules.replace_space(before.apply(text)) for text in TEXTS]
    assert made == REFERENCE["together"]


def test_the_order_of_the_rules_is_the_reference_s() -> None:
    chosen = rules.rule_set("fastai")
    assert [rule.__name__ for rule in (*chosen.before, *chosen.after)] == [*REFERENCE["alone"]]

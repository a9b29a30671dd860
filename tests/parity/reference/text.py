"""Tokens of some thousand written texts, and what each rule alone makes of some of them."""

from functools import partial

import pandas as pd
from fastai.text.all import Tokenizer, WordTokenizer, defaults, parallel_tokenize, tokenize_df

from tests.parity.reference.texts import written_texts
from tests.parity.reference.writing import write_json

PER_KIND = 210
RULES_PER_KIND = 40
TEXTS_OF_RULES_SEED = 8
# Between two tokens of a text; the rule `replace_space` leaves no space inside of one.
BETWEEN = " "


def make() -> None:
    """Write `text.json.gz` and `text_rules.json.gz`."""
    write_json("text", _tokens(written_texts(PER_KIND)))
    write_json("text_rules", _rules(written_texts(RULES_PER_KIND, TEXTS_OF_RULES_SEED)))


def _tokens(texts: list[str]) -> dict[str, object]:
    frame = pd.DataFrame({"story": pd.Series(texts, dtype=object)})
    tokenizer = WordTokenizer("en")
    tokenized, counts = tokenize_df(frame, "story", n_workers=0, tok=tokenizer)
    rows = [list(row) for row in tokenized["text"]]
    if any(BETWEEN in token or not token for row in rows for token in row):
        raise ValueError("a token is empty or holds a space")
    # For a single text, as in prediction, fastai leaves the rule for spaces in tokens out.
    alone = Tokenizer(tokenizer)
    unlike = [i for i, text in enumerate(texts) if list(alone(text)) != rows[i]]
    marked = [[token.replace(" ", "▁") for token in alone(texts[i])] for i in unlike]
    if marked != [rows[i] for i in unlike]:
        raise ValueError("single texts differ by more than the marks of spaces")
    return {
        "pairs": [[text, BETWEEN.join(row)] for text, row in zip(texts, rows, strict=True)],
        "vocabulary_size": len(counts),
        "unlike_when_alone": len(unlike),
    }


def _rules(texts: list[str]) -> dict[str, object]:
    alone = {}
    for rule in (*defaults.text_proc_rules, *defaults.text_postproc_rules):
        made = map(rule, texts)
        # Null where the rule changes nothing, which is most often so.
        alone[rule.__name__] = [
            new if new != old else None for old, new in zip(texts, made, strict=True)
        ]
    undivided = partial(parallel_tokenize, tok=lambda items: ([item] for item in items))
    together = [tokens[0] for _, tokens in undivided(texts, n_workers=0)]
    return {"texts": texts, "alone": alone, "together": together}

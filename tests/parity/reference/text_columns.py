"""Several text columns, marked and not."""

import itertools

import pandas as pd
from fastai.text.all import WordTokenizer, tokenize_df

from tests.parity.reference.texts import written_texts
from tests.parity.reference.writing import write_json

ROWS = 100
COLUMNS = ["title", "body", "notes"]


def make() -> None:
    """Write `text_columns.json.gz`: tokens by number of columns and `mark_fields`."""
    texts = iter(written_texts(ROWS, seed=9)[::9])
    rows = [list(itertools.islice(texts, len(COLUMNS))) for _ in range(ROWS)]
    rows += [["", "", ""], ["a", "", "b"], [" ", "\n", ""], ["xxfld 1 a", "xxfld", "2"]]
    frame = pd.DataFrame(rows, columns=COLUMNS, dtype=object)
    cases = []
    for count, marks in itertools.product((1, 2, 3), (None, True, False)):
        tokenized, _ = tokenize_df(
            frame, COLUMNS[:count], n_workers=0, mark_fields=marks, tok=WordTokenizer("en")
        )
        tokens = [" ".join(row) for row in tokenized["text"]]
        cases.append({"columns": count, "mark_fields": marks, "tokens": tokens})
    write_json("text_columns", {"rows": rows, "cases": cases})

"""The lesson's LMModel6 and LMModel7 beside fastai: 15 epochs of number words, as in the book.

python benchmarks/number_models.py [--quick]
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from harness.results import Result, compared
from harness.rounds import ChildSpec, alternate
from harness.script import Options, run_script
from ulmus.lessons.number_words import NumberWords


def measure(options: Options) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        ids = Path(folder) / "ids.npy"
        np.save(ids, NumberWords.made().ids.numpy())
        for number in (6, 7):
            settings = {"ids": str(ids), "regularized": number == 7}
            children = [
                ChildSpec("peer", "children.fastai_number_models", settings, options.peer),
                ChildSpec("ulmus", "children.ulmus_number_models", settings),
            ]
            measured = alternate(children, options.round_count(3, 1))
            note = "; ".join(
                f"{side} {', '.join(f'{a:.3f}' for a in each.facts['accuracies'])}"
                for side, each in measured.items()
                if each.facts
            )
            key = f"lm_model_{number}"
            yield compared(key, measured["peer"], measured["ulmus"], note=f"accuracy: {note}")


if __name__ == "__main__":
    run_script("number_models", measure)

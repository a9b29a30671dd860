"""ULMFiT in thirty lines: general text, the domain's text, few labels, and what each step adds.

The path itself is the function `ulmfit` in `ulmfit_path`. Here its four ideas are built by hand:
the new vocabulary's rows, the schedule, a rate for each layer, and how a text is pooled.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from ulmus.lessons.frame import (
    Check,
    Figures,
    Lesson,
    LessonSettings,
    Question,
    Shown,
    at_least,
    at_most,
    same,
)
from ulmus.lessons.ulmfit_path import FULL, QUICK, Bundles, Texts, read_texts, ulmfit
from ulmus.models.transfer import remap_rows
from ulmus.recipes.finetune import vocabulary_map
from ulmus.training.engine import Engine, EngineSettings
from ulmus.training.parameter_groups import discriminative_rates
from ulmus.training.schedules import slanted_triangular

PAPER_RATE, PAPER_FACTOR = 0.01, 2.6
CUT, RATIO = 0.1, 32
SHOWN = 3


def paper_rate(step: int, steps: int, highest: float) -> float:
    """Return the slanted triangular rate as equation 3 of the paper has it."""
    cut = int(steps * CUT)
    share = step / cut if step < cut else 1 - (step - cut) / (cut * (1 / CUT - 1))
    return highest * (1 + share * (RATIO - 1)) / RATIO


def rows_by_hand(old: Tensor, old_words: list[str], new_words: list[str]) -> Tensor:
    """Give each new word its old row, and the mean of all rows to those that are new.

    What fills a vocabulary up to a multiple of eight has one name; its first row counts.

    Shapes:
        old: (V, E); returned: (number of new words, E).
    """
    places = {word: old_words.index(word) for word in set(old_words) & set(new_words)}
    mean = old.mean(0)
    return torch.stack([old[places[word]] if word in places else mean for word in new_words])


def pooled_by_hand(outputs: Tensor) -> Tensor:
    """Join the last output, the largest of each feature and the mean.

    Shapes:
        outputs: (T, E); returned: (3E,).
    """
    return torch.cat([outputs[-1], outputs.amax(0), outputs.mean(0)])


def run(settings: LessonSettings) -> Iterator[Shown]:
    """Walk the path, show what each step came to, and build its ideas by hand."""
    size = QUICK if settings.quick else FULL
    yield (
        "A classifier that begins with nothing has to learn the language from its labels. ULMFiT "
        "learns the language first, where there are no labels: general text, then the task's own."
    )
    texts = read_texts(size)
    yield _amounts(texts)
    engine = Engine(EngineSettings(device="cpu", seed=settings.seed))
    with TemporaryDirectory() as folder:
        made = ulmfit(texts, size, Path(folder), engine)
    yield _figures(made, texts)
    documents = texts.test[:: max(1, len(texts.test) // SHOWN)][:SHOWN]
    said = made.classifier.predict([each.text for each in documents])
    rows = [
        (f"{each.text[:50]}...".replace("\n", " "), each.label, answer)
        for each, answer in zip(documents, said, strict=True)
    ]
    yield Figures("Some answers", ("docstring", "package", "said"), rows)
    if not settings.quick:
        yield from _what_was_gained(made, texts)
    yield from _checks(made)


def _amounts(texts: Texts) -> Figures:
    counts = (
        ("general text", texts.general),
        ("text of the domain", texts.domain),
        ("with a label", texts.labelled),
        ("kept for the end", texts.test),
    )
    return Figures("Docstrings", ("kind", "number"), [(name, len(each)) for name, each in counts])


def _figures(made: Bundles, texts: Texts) -> Figures:
    before = made.finetuned.manifest.provenance["valid_perplexity_before"]
    rows = [
        ("general text, perplexity", made.pretrained.manifest.metrics["valid_perplexity"]),
        ("the domain's text, before fine-tuning", before),
        ("and after", made.finetuned.manifest.metrics["valid_perplexity"]),
        ("guessing the most frequent package, accuracy", _guessing(texts)),
        ("the classifier, accuracy", accuracy(made, texts)),
    ]
    return Figures("What each step came to", ("judged on text that was held out", "figure"), rows)


def accuracy(made: Bundles, texts: Texts) -> float:
    """Return the share of test documents whose package is told."""
    said = made.classifier.predict([each.text for each in texts.test])
    right = sum(answer == each.label for answer, each in zip(said, texts.test, strict=True))
    return float(right / len(said))


def _guessing(texts: Texts) -> float:
    return max(Counter(each.label for each in texts.test).values()) / len(texts.test)


def _what_was_gained(made: Bundles, texts: Texts) -> Iterator[Check]:
    metrics, provenance = made.finetuned.manifest.metrics, made.finetuned.manifest.provenance
    gained = metrics["valid_perplexity"] / provenance["valid_perplexity_before"]
    yield at_most("Fine-tuning lowers perplexity in the domain", gained, 1.0)
    yield at_least(
        "The classifier is better than guessing", accuracy(made, texts), 1.5 * _guessing(texts)
    )


def _checks(made: Bundles) -> Iterator[Check]:
    old, new = (bundle.processor.vocabulary for bundle in (made.pretrained, made.finetuned))
    rows = made.pretrained.model.encoder.embedding.detach()
    built = rows_by_hand(rows, list(old.tokens), list(new.tokens))
    yield same("A new vocabulary's rows", built, remap_rows(rows, vocabulary_map(new, old)))
    steps = 200
    yield same(
        "The paper's slanted triangular rates are the library's",
        torch.tensor([paper_rate(t, steps, PAPER_RATE) for t in range(steps)]),
        torch.tensor([PAPER_RATE * slanted_triangular(t / steps).rate for t in range(steps)]),
    )
    groups = len(made.classifier.model.layer_groups())
    by_hand = [PAPER_RATE / PAPER_FACTOR**n for n in reversed(range(groups))]
    rates = discriminative_rates(groups, PAPER_RATE, PAPER_FACTOR)
    yield same(
        "Each layer learns 2.6 times slower than the one above",
        *map(torch.tensor, (by_hand, rates)),
    )
    yield _pooling(made)


def _pooling(made: Bundles) -> Check:
    """Judge a text by hand: read it, pool it, put it through the head."""
    model = made.classifier.model.eval()
    encoded = made.classifier.processor.encode("Return the mean of an array.")
    ids = torch.tensor([list(map(int, encoded))])  # (1, T)
    with torch.inference_mode():
        outputs = model.encoder(ids).raw[0]  # (T, E)
        logits = model.head(pooled_by_hand(outputs)[None])
        wanted = model(ids, torch.tensor([ids.shape[1]]))
    return same("Last, largest and mean output, through the head", logits, wanted, tolerance=1e-5)


def rates_of_layers() -> str:
    """Compute the rates of five layer groups."""
    rates = discriminative_rates(5, PAPER_RATE, PAPER_FACTOR)
    return (
        f"{', '.join(f'{rate:.5f}' for rate in rates)}, from the embedding to the head. What lower "
        "layers know holds for any text; a high rate would make them forget it."
    )


def why_slanted() -> str:
    """Find where the rate is highest, and how long it is above the half."""
    rates = [slanted_triangular(step / 1000).rate for step in range(1000)]
    above = sum(rate > 0.5 for rate in rates) / 1000
    return (
        f"It is highest after {rates.index(max(rates)) / 10:.0f} % of the steps, and above the "
        f"half for {above:.0%}: quickly to a good place, then slowly to its bottom."
    )


def why_three_pools() -> str:
    """Pool a text in which one step stands out."""
    outputs = torch.zeros(100, 1)
    outputs[10] = 1.0
    last, largest, mean = pooled_by_hand(outputs).tolist()
    return (
        f"A word early in a long text: last {last:.2f}, largest {largest:.2f}, mean {mean:.2f}. "
        "What matters may stand anywhere, and the last output may have forgotten it."
    )


def what_unknown_words_get() -> str:
    """Give rows to one known and one new word."""
    old = torch.tensor([[1.0, 0.0], [3.0, 2.0]])
    rows = rows_by_hand(old, ["the", "array"], ["array", "tensor"]).tolist()
    return f"'array' keeps {rows[0]}, 'tensor' gets the mean {rows[1]}: neither rare nor frequent."


LESSON = Lesson(
    run,
    (
        Question("Why does each layer have its own rate?", rates_of_layers),
        Question("Why does the rate rise and fall?", why_slanted),
        Question("Why are three things pooled?", why_three_pools),
        Question("Which row does a new word get?", what_unknown_words_get),
    ),
    beside=("ulmfit_path",),
)

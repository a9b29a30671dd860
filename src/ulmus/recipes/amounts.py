"""How long and in what portions to learn, by how much there is to learn from.

The figures behind the numbers are in experiments/LOG.md.
"""

PRETRAINING_EPOCHS = 6

FINETUNED_TOKENS, FEWEST_PASSES, MOST_PASSES = 700_000, 2, 6
"""What fine-tuning reads in all, in passes of which so many are made at least and at most."""

CLASSIFIER_STEPS, STEPS_A_CLASS, USUAL_EPOCHS, MOST_EPOCHS = 600, 8, 8, 30
"""Steps that a classifier learns in, more for each class beyond two, and passes likewise."""

MOST_STEPS, FEWEST_EPOCHS = 2_700, 4
"""Steps from which on it learns its documents by heart, and passes that are made in any case."""

FULL_BATCH, LEAST_BATCH, BATCHES = 32, 8, 40
"""Documents a step: fewer where an epoch would have less than so many steps."""


def finetuning_epochs(tokens: int) -> int:
    """Return the passes over a text of so many tokens that fine-tune a language model."""
    return min(max(round(FINETUNED_TOKENS / max(tokens, 1)), FEWEST_PASSES), MOST_PASSES)


def classifier_batch_size(documents: int) -> int:
    """Return how many of so many documents a classifier learns from at once."""
    return min(max(documents // BATCHES, LEAST_BATCH), FULL_BATCH)


def classifier_epochs(documents: int, batch_size: int, classes: int) -> int:
    """Return the passes over so many documents in which all of a classifier learns."""
    steps = max(documents // batch_size, 1)
    wanted = CLASSIFIER_STEPS + STEPS_A_CLASS * max(classes - 2, 0)
    epochs = min(max(round(wanted / steps), USUAL_EPOCHS), MOST_EPOCHS)
    return max(min(epochs, round(MOST_STEPS / steps)), FEWEST_EPOCHS)

"""How often a counted repetition repeats."""

# A generated text may ask for any number of repetitions.
MOST_REPETITIONS = 1_000


def repetition_count(digits: str) -> int | None:
    """Return the number that a text is, at most 1,000; None if it is none."""
    if not (digits.isascii() and digits.isdigit()):
        return None
    # Python refuses to read numbers of thousands of digits, which a model could write.
    return min(int(digits[:9]), MOST_REPETITIONS)

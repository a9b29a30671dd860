"""Documents given as words, as linear models see them."""

from ulmus.models.ngram_features import NgramCounts


def seen(documents, longest=2, longest_letters=0):
    """Return features learned from all of some documents, and those documents in them."""
    counts = NgramCounts.of(documents, longest, longest_letters)
    features = counts.features(slice(None))
    return features, counts.seen(features, slice(None))

"""Documents as token ids on disk: an Arrow folder, written once and memory-mapped."""

from ulmus.corpus.hold_out import hold_out, in_split
from ulmus.corpus.reader import Corpus, Split, open_corpus
from ulmus.corpus.writer import write_corpus

__all__ = ["Corpus", "Split", "hold_out", "in_split", "open_corpus", "write_corpus"]

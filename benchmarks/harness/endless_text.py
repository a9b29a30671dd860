"""Text of any length, made as it is read: words by Zipf's law, new ones without end."""

from collections.abc import Iterator

import numpy as np

CONSONANTS, VOWELS = b"bdfghklmnprstvwz", b"aeiou"
KNOWN_WORDS = 200_000
POOL = 1 << 22
WORDS_AT_ONCE = 1 << 16
WORDS_A_LINE = 100
NEW_WORD_SHARE = 0.002
"""Of all words: names, numbers and slips of the pen. 2 GB then hold 0.8 million distinct words, as
Heaps' law has it for English, 44 N^0.49."""


def text_lines(megabytes: float, *, seed: int = 0) -> Iterator[bytes]:
    """Yield lines of a hundred words, in UTF-8, until there are so many megabytes.

    Args:
        megabytes: How much, in millions of bytes.
        seed: Another seed gives other text.
    """
    generator = np.random.default_rng(seed)
    words = [_word(rank) for rank in range(KNOWN_WORDS)]
    chances = 1 / (np.arange(KNOWN_WORDS) + 2.7)  # as Mandelbrot corrected Zipf
    borders = np.cumsum(chances / chances.sum())
    pool = np.searchsorted(borders, generator.random(POOL))  # drawing from it is fast
    made, new = 0, KNOWN_WORDS
    while made < megabytes * 1e6:
        ranks = pool[generator.integers(0, POOL, WORDS_AT_ONCE)].tolist()
        drawn = list(map(words.__getitem__, ranks))
        for place in np.flatnonzero(generator.random(WORDS_AT_ONCE) < NEW_WORD_SHARE):
            drawn[place] = _word(new)
            new += 1
        for first in range(0, WORDS_AT_ONCE, WORDS_A_LINE):
            line = b" ".join(drawn[first : first + WORDS_A_LINE]) + b".\n"
            made += len(line)
            yield line


def _word(rank: int) -> bytes:
    """Return the word of a rank, in syllables; frequent words are short."""
    letters = bytearray()
    while rank >= 0:
        rank, syllable = divmod(rank, len(CONSONANTS) * len(VOWELS))
        rank -= 1
        letters.append(CONSONANTS[syllable // len(VOWELS)])
        letters.append(VOWELS[syllable % len(VOWELS)])
    return bytes(letters)

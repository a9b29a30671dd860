"""Training a SentencePiece model within bounded memory, the same each time."""

import io
import random
from collections.abc import Iterable, Iterator
from itertools import chain

from ulmus.errors import TokenizerError
from ulmus.text.rules import SPACE_MARK
from ulmus.text.special_tokens import SPECIAL_TOKENS
from ulmus.text.tokenizers.subword_options import LEAST_SIZE, SubwordOptions

MOST_DEFAULT_SIZE = 30_000

# A sample of at most so many characters is enough for 30,000 pieces. Texts are cut into stretches
# so that one long line neither is left out by the trainer nor weighs too much in the sample.
SAMPLE_CHARACTERS = 16_000_000
STRETCH_CHARACTERS = 2_000

# The sums of the trainer, and so the model, depend on this number; not on the machine's.
TRAINER_THREADS = 4


def train_model(options: SubwordOptions, texts: Iterable[str]) -> bytes:
    """Train a model on a sample of the texts.

    Args:
        options: What to train it with.
        texts: Texts after the rules; read once, and never held all at once if they are many.

    Returns:
        The serialized model, the same for the same texts.

    Raises:
        TokenizerError: The texts are too small or too varied for such a model.
    """
    words = DistinctWords()
    sample = sample_stretches(words.seen_in(texts))
    # Few words of many different characters, as in Chinese, need more than the default size.
    sizes = [options.size or words.default_size()]
    if options.size is None:
        sizes.append(_size_for_characters(sample))
    for size in sizes:
        try:
            return _train(options, sample, size)
        except RuntimeError as error:
            reason = _reason(error)
    raise TokenizerError(
        f"no subword model can be trained on {sum(map(len, sample)):,} characters of text "
        f"({reason})",
        given=options.spec,
        accepted="a text with words, and a size above the number of its different characters",
        remedy="Give more text or another size, or use --tokenizer characters",
    )


class DistinctWords:
    """Counts different words as texts pass by, as far as the default size needs to know."""

    def __init__(self) -> None:
        # Hashes: a line without a space, of any length, is a word too.
        self.words: set[int] = set()

    def seen_in(self, texts: Iterable[str]) -> Iterator[str]:
        """Yield the texts unchanged."""
        for text in texts:
            if len(self.words) < 4 * MOST_DEFAULT_SIZE:
                self.words.update(map(hash, text.split()))
            yield text

    def default_size(self) -> int:
        """Return a quarter of the count, rounded up to eight, from 29 to 30,000."""
        quarter = len(self.words) // 4
        return max(LEAST_SIZE, min(MOST_DEFAULT_SIZE, -(-quarter // 8) * 8))


def sample_stretches(texts: Iterable[str], most: int = SAMPLE_CHARACTERS) -> list[str]:
    """Return stretches of the texts, all or, where there are too many, an even sample.

    Args:
        texts: Texts of any length.
        most: Number of characters to hold. Above it every second stretch is dropped by chance,
            and from then on each new one is taken with half the chance.

    Returns:
        Stretches of at most 2,000 characters, the same for the same texts.
    """
    chance = random.Random(0)
    rate, held = 1.0, 0
    sample: list[str] = []
    for stretch in chain.from_iterable(map(_stretches, texts)):
        if rate == 1.0 or chance.random() < rate:
            sample.append(stretch)
            held += len(stretch)
        while held > most:
            rate /= 2
            sample = [kept for kept in sample if chance.random() < 0.5]
            held = sum(map(len, sample))
    return sample


def _stretches(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = start + STRETCH_CHARACTERS
        if end < len(text):
            space = text.rfind(" ", start + 1, end)
            end = space if space > 0 else end
        yield text[start:end]
        start = end


def _train(options: SubwordOptions, sample: list[str], size: int) -> bytes:
    from sentencepiece import SentencePieceTrainer

    model = io.BytesIO()
    symbols = [SPACE_MARK + token for token in SPECIAL_TOKENS]
    SentencePieceTrainer.train(
        sentence_iterator=iter(sample),
        model_writer=model,
        vocab_size=size,
        model_type=options.model_type,
        character_coverage=options.character_coverage,
        user_defined_symbols=[*symbols, options.space] if options.space else symbols,
        unk_id=len(symbols),
        pad_id=-1,
        bos_id=-1,
        eos_id=-1,
        hard_vocab_limit=False,
        max_sentence_length=8 * STRETCH_CHARACTERS,
        num_threads=TRAINER_THREADS,
        minloglevel=2,
    )
    return model.getvalue()


def _size_for_characters(sample: list[str]) -> int:
    characters = len(set().union(*sample)) + len(SPECIAL_TOKENS)
    return max(LEAST_SIZE, -(-2 * characters // 8) * 8)


def _reason(error: RuntimeError) -> str:
    # "INTERNAL: src/file.cc(1) [condition] Sentence. Another." -> "Sentence"
    return str(error).rpartition("] ")[2].partition(". ")[0].strip() or "no text is left"

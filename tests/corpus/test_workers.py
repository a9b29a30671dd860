import os

import numpy as np
import pytest

from tests.corpus.sample_text import generated
from ulmus.corpus.chunks import cut_chunks
from ulmus.corpus.workers import CHUNKS_AHEAD, tokenize_in_order
from ulmus.errors import CorpusError, SettingsError, TokenizerError, UlmusWarning
from ulmus.text.numbering import number_tokens


class Words:
    def load_alone(self):
        pass

    def numbered(self, texts):
        return number_tokens(text[0].split() for text in texts)


class Failing(Words):
    def numbered(self, texts):
        raise TokenizerError("no such word", given="w1", accepted="w2", remedy="Say w2")


class Dying(Words):
    def numbered(self, texts):
        os._exit(7)


class Unpicklable:
    def __init__(self):
        self.numbered = lambda texts: number_tokens(text[0].split() for text in texts)


def chunks(count=400):
    return cut_chunks((("train", document) for document in generated(count)), 4000)


def flat(results):
    return [[np.asarray(part).tolist() for part in tokenized] for tokenized in results]


def test_workers_give_the_same_results_in_the_same_order():
    alone = flat(tokenize_in_order(chunks(), Words(), workers=0))

    assert len(alone) > 8
    assert flat(tokenize_in_order(chunks(), Words(), workers=2)) == alone


def test_only_a_few_chunks_are_read_ahead():
    read = 0

    def counted():
        nonlocal read
        for chunk in chunks():
            read += 1
            yield chunk

    results = tokenize_in_order(counted(), Words(), workers=1)
    next(results)

    assert read == CHUNKS_AHEAD
    results.close()


def test_an_error_of_a_worker_arrives_whole():
    with pytest.raises(TokenizerError) as caught:
        list(tokenize_in_order(chunks(), Failing(), workers=1))

    assert str(caught.value) == "no such word: 'w1'; accepted: w2. Say w2."


def test_a_dying_worker_is_told():
    with pytest.raises(CorpusError, match=r"worker process died.*1 workers.*Take --workers 0"):
        list(tokenize_in_order(chunks(), Dying(), workers=1))


def test_a_splitter_that_cannot_be_sent_works_in_this_process():
    with pytest.warns(UlmusWarning, match=r"cannot be sent to worker processes"):
        results = flat(tokenize_in_order(chunks(20), Unpicklable(), workers=2))

    assert results == flat(tokenize_in_order(chunks(20), Words(), workers=0))


def test_a_negative_number_of_workers_is_refused():
    with pytest.raises(SettingsError, match=r"impossible number of workers: -1"):
        list(tokenize_in_order(chunks(1), Words(), workers=-1))

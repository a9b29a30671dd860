"""Ctrl-C and SIGTERM wait for the end of a step, once."""

import signal
import threading

import pytest

from ulmus.errors import Terminated
from ulmus.training.interruption import deferred_interruption


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_is_noted_and_the_second_stops_at_once(number: int) -> None:
    kind = Terminated if number == signal.SIGTERM else KeyboardInterrupt
    before = signal.getsignal(number)
    with deferred_interruption() as interruption:
        assert not interruption.asked
        signal.raise_signal(number)
        assert interruption.asked
        assert type(interruption.end()) is kind
        with pytest.raises(kind):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_the_usual_answer_comes_back_after_an_error() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="x"), deferred_interruption():
        raise ValueError("x")
    assert signal.getsignal(signal.SIGINT) is before


def test_one_block_knows_nothing_of_another() -> None:
    with deferred_interruption():
        signal.raise_signal(signal.SIGINT)
    with deferred_interruption() as interruption:
        assert not interruption.asked


def test_outside_the_main_thread_nothing_is_caught() -> None:
    seen = []

    def work() -> None:
        with deferred_interruption() as interruption:
            seen.append((interruption.asked, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, signal.getsignal(signal.SIGINT))]

"""A fastai learner in the middle of an epoch, so that its own steps can be timed one by one."""

from typing import Any

SHOWING = {"progress", "recorder"}


def start_epoch(learn: Any) -> None:
    """Bring a learner to where `fit` begins to train.

    Args:
        learn: With the callbacks it trains with; those that only show are taken away.
    """
    learn.remove_cbs([found for found in learn.cbs if found.name in SHOWING])
    learn.create_opt()
    learn.dl, learn.n_epoch, learn.epoch = learn.dls.train, 1, 0
    learn.n_iter = len(learn.dl)
    for event in ("before_fit", "before_epoch", "before_train"):
        learn(event)

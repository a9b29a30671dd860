"""The fast.ai book's last models of number words, trained as the lesson trains them."""

from typing import Any

from harness.child import Job, serve
from ulmus.lessons.better_rnn import MODELS, RECIPES, STEPS
from ulmus.lessons.number_training import train
from ulmus.lessons.number_words import NumberWords


def build(settings: dict[str, Any]) -> Job:
    name = "LMModel7" if settings["regularized"] else "LMModel6"
    text = NumberWords.made()
    accuracies: list[float] = []

    def run() -> None:
        _, outcome = train(
            lambda: MODELS[name](len(text.words)),
            text.splits(STEPS),
            RECIPES[name],
            seed=len(accuracies),
        )
        accuracies.append(outcome.accuracy)

    return Job(run, lambda: {"accuracies": accuracies})


if __name__ == "__main__":
    serve(build)

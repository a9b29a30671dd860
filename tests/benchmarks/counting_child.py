"""A child that notes when it runs; told to, it cannot do its job or dies in it."""

import sys
from pathlib import Path
from typing import Any

from harness.child import Job, UnavailableError, serve


def build(settings: dict[str, Any]) -> Job:
    if settings.get("unavailable"):
        raise UnavailableError("not in this version")
    print("what a library prints does not disturb")
    runs: list[float] = []

    def run() -> float:
        if len(runs) == settings.get("dies_after"):
            sys.exit("out of luck")
        with Path(settings["log"]).open("a") as log:
            log.write(settings["name"])
        runs.append(settings["seconds"] * (len(runs) + 1))
        return runs[-1]

    return Job(run, lambda: {"runs": len(runs)})


if __name__ == "__main__":
    serve(build)

"""Programs in a process of their own, whose memory is limited while they run."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

SETUP = """
import json, resource, sys, warnings
import numpy as np
import torch
from ulmus.errors import ShortageError

torch.set_num_threads(1)
said = []
warnings.showwarning = lambda message, *_: said.append(str(message))
warnings.simplefilter("always")

def limit(megabytes):
    "Let the process take so much more than it has now."
    with open("/proc/self/statm") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (held + (megabytes << 20), hard))

def free():
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
"""


def run(program: str) -> Any:
    """Return what a program prints last, as JSON."""
    ended = subprocess.run(
        [sys.executable, "-c", SETUP + program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])

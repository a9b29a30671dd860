"""A process that has loaded everything, and runs the command line in children that may be killed.

It reads a job a line, {"arguments": [...], "kill_after": seconds or null}, and answers with the
child's exit code, negative where a signal ended it, and with how long it took.
"""

import json
import os
import signal
import sys
import time

from ulmus.cli.main import main


def child(arguments: list[str]) -> None:
    """Run the command line and end."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.argv = ["ulmus", *arguments]
    try:
        main()
    except SystemExit as end:
        os._exit(int(end.code or 0))
    except BaseException:
        os._exit(99)


def serve() -> None:
    """Run job after job."""
    for line in sys.stdin:
        job = json.loads(line)
        start = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            child(job["arguments"])
        if job["kill_after"] is not None:
            time.sleep(job["kill_after"])
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        print(json.dumps([code, time.perf_counter() - start]), flush=True)


if __name__ == "__main__":
    serve()

"""`python worker_calls.py fork|fresh ORDER COUNT ARGUMENT...`: call `work` in worker processes and print what comes.

`FILES` in the environment is how many more files may be opened. This is a process of its own because other tests may
have left a thread: with one about, nothing is forked.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading

from zerolint.workers import call_each, can_fork


def work(argument: str) -> object:
    match argument:
        case "die":
            os.kill(os.getpid(), signal.SIGTERM)
        case "leave":
            os._exit(7)
        case "fail":
            raise LookupError("no such thing")
        case "who":
            return os.getpid()
        case "interrupt":
            os.kill(os.getppid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(60)
    return "x" * int(argument) if argument.isdigit() else argument


def main(kind: str, order: str, count: str, *arguments: str) -> None:
    stop = threading.Event()
    if kind == "fresh":
        threading.Thread(target=stop.wait, daemon=True).start()
    assert can_fork() == (kind == "fork")

    if "FILES" in os.environ:
        # What is needed later is imported while there are files for it.
        import pickle  # noqa: F401
        import resource
        import select  # noqa: F401

        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free + int(os.environ["FILES"]), most))

    def done(index: int, result: object) -> None:
        print(json.dumps([index, result]), flush=True)
        if result == "stop":
            raise KeyError(index)

    indices = [int(index) for index in order.split(",")] if order else range(len(arguments))
    call_each(work, arguments, indices, int(count), done)


if __name__ == "__main__":
    main(*sys.argv[1:])

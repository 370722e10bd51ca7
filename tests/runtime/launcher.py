"""Starts apps as the platform does: `python app.py` in the folder of the Space, with `SPACES_ZERO_GPU=true`.

Importing `gradio` takes seconds and every test needs a fresh app, so this process imports the packages once and forks
for each app. On standard input: one JSON object a line, `{"folder": ..., "file": ..., "environment": {...}}`. On
standard output: `ready` and the versions of the packages, then for each app its process id. What an app prints goes
to `output.txt` beside its folder, and when it ends, its exit status to `status.txt`.

With a folder and a file as arguments it becomes that one app, without having imported anything.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import sys
import traceback


def main() -> None:
    """Import what apps import, then start one for each line; or become the app that the arguments name."""
    if len(sys.argv) == 3:
        _become(*sys.argv[1:], {})
    import gradio
    import spaces
    from spaces import zero  # noqa: F401

    # What Gradio imports with the first request. Half of the time that a short test takes.
    for name in ("matplotlib.backends.backend_agg", "mpl_toolkits.mplot3d", "pandas", "pydantic.v1", "uvicorn"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    # What is there now is not looked at again by the collector of each app, nor copied for it.
    gc.freeze()
    print("ready", "gradio", gradio.__version__, spaces.__name__, flush=True)
    # Nobody waits for an app that has ended, so its number stays its own, and stands for its process group.
    processes = []
    for line in sys.stdin:
        order = json.loads(line)
        process = os.fork()
        if not process:
            _become(order["folder"], order["file"], order["environment"])
        processes.append(process)
        print(process, flush=True)
    # Whoever gave the orders is gone, however that came.
    for process in processes:
        try:
            os.killpg(process, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(process, signal.SIGKILL)


def _become(folder: str, file: str, environment: dict[str, str]) -> None:
    """Run a file as `python FILE` in its folder would, in a session of its own, and end the process with it."""
    os.setsid()
    # The workers of the app keep its standard output open, so it is a file: the other end of a pipe would never close.
    output = os.open(f"{folder}/../output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for new, old in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(new, old)
    os.chdir(folder)
    os.environ.update(environment)
    sys.path[0] = folder
    sys.argv = [file]
    status = 1
    try:
        runpy.run_path(file, run_name="__main__")
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        with open("../status.txt", "w") as done:  # noqa: PTH123
            done.write(str(status))
        os._exit(status)


if __name__ == "__main__":
    main()

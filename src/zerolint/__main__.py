"""The process of a command line: `zerolint` and `python -m zerolint`."""

import gc
import os
import sys
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line of this process and end it."""
    # A run is short and keeps nearly all that it makes: looking for reference cycles would only take time. A process
    # grows by some 50 MB, with what some 60 Spaces leave behind, before Python looks.
    gc.set_threshold(500_000)

    from zerolint.cli import main

    try:
        main()
    except SystemExit as stop:
        _end(int(stop.code or 0))


def _end(code: int) -> NoReturn:
    """End the process at once: freeing what there is, object by object, can take a tenth of the run."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        # Nobody reads any more, or the disk is full: Python has words and an exit code for that.
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        # Python put the working folder first in the search path: often the Space that is checked, whose modules must
        # not run in the place of those that zerolint imports.
        del sys.path[0]
    run()

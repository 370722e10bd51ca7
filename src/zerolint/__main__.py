"""`python -m zerolint`."""

import gc
import sys

if __name__ == "__main__":
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        # Python put the working folder first in the search path: often the Space that is checked, whose modules must
        # not run in the place of those that zerolint imports.
        del sys.path[0]

    # As in `main`, but before the imports, which make more objects than most runs.
    gc.set_threshold(100_000)

    from zerolint.cli import main

    main()

"""zerolint: a linter for Hugging Face ZeroGPU Spaces.

The package is laid out as the data flows: `read` opens files, `model` says what the code means, `rules` judge,
`report` prints. `engine` runs them in that order; `cli` is the command line.
"""

__version__ = "0.1.0"

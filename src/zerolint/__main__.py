"""`python -m zerolint`."""

from zerolint.cli import main

main()

"""`python -m trabecula` is the command line."""

from trabecula.cli import main

main()

"""`python -m detect` is the command `detect`."""

from detect.cli import main

main()

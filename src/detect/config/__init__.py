"""The only reader of YAML and of the process environment; `load` gives the whole configuration as one frozen `Book`."""

from detect.config.assemble import load
from detect.config.book import Book
from detect.config.folder import find
from detect.config.starting import start

__all__ = ["Book", "find", "load", "start"]

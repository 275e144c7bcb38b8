"""Yuanfang Works, a generated manufacturer: an ERP warehouse as the packs of `detect init --with` expect it, with planted faults.

Nothing of it is real. `rows` makes the ordinary days, `faults` what was planted on which day and what should tell it, `load` the file.
"""

from detect.demo.erp.faults import PLANTED, Planted
from detect.demo.erp.load import FIRST, LAST, load_erp, write_configuration
from detect.demo.erp.rows import TABLES, Tables, ordinary

__all__ = ["FIRST", "LAST", "PLANTED", "TABLES", "Planted", "Tables", "load_erp", "ordinary", "write_configuration"]

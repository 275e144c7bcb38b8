"""Expectations on tables: what they are, how they are judged, and what becomes of a failure.

`suite` holds the settings, `rows` the rules that can also be counted by day, `facts` the rules judged without a query,
`run` (the only importer of Great Expectations) the others, `outcome` the findings and ledger rows.
"""

from detect.quality.suite import Expectation, Suite

__all__ = ["Expectation", "Suite"]

"""`python -m benchmarks [--quick]`: see `run.py`; `python -m benchmarks NAME …` for one of the others, see `PARTS`.

One thread for all that is compared, unless the environment says otherwise.
"""

import os
import sys
from importlib import import_module

PARTS = {
    "expectations": "benchmarks.expectations",  # rules beside bare SQL
    "many-cases": "benchmarks.many_cases",  # commands and pages with 10,000 cases
    "pull": "benchmarks.pull",  # a night's pull beside one bare aggregate
}

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

part = PARTS.get(sys.argv[1]) if len(sys.argv) > 1 else None
if part is not None:
    del sys.argv[1]
# numpy reads the number of threads when it is first imported: nothing of ours is, before here.
import_module(part or "benchmarks.run").main()

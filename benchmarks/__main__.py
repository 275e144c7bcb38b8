"""`python -m benchmarks [--quick]`: see `run.py`; `python -m benchmarks pull`: see `pull.py`.

One thread for all that is compared, unless the environment says otherwise.
"""

import os
import sys

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# numpy reads the number of threads when it is first imported.
if sys.argv[1:2] == ["pull"]:
    from benchmarks.pull import main
else:
    from benchmarks.run import main

main()

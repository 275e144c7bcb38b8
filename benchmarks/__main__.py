"""`python -m benchmarks [--quick]`: see `run.py`; with `pull`, see `pull.py`; with `expectations`, see `expectations.py`.

One thread for all that is compared, unless the environment says otherwise.
"""

import os
import sys

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# numpy reads the number of threads when it is first imported.
if sys.argv[1:2] == ["pull"]:
    from benchmarks.pull import main
elif sys.argv[1:2] == ["expectations"]:
    from benchmarks.expectations import main

    del sys.argv[1]
else:
    from benchmarks.run import main

main()

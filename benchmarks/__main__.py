"""`python -m benchmarks [--quick]`: see `run.py`. One thread for all that is compared, unless the environment says otherwise."""

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from benchmarks.run import main  # noqa: E402 - numpy reads the number of threads when it is first imported

main()

"""Pictures beside the tables: what was promised against what was realised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def promise(rows: Sequence[tuple[float, float, int]], path: Path) -> Path:
    """Draw realised against promised false episodes per 1,000 clean series-days; the grey band is half to one and a half of the promise."""
    import matplotlib as mpl  # noqa: PLC0415 - slow

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - slow

    promised, realised, days = zip(*rows, strict=True)
    figure, axes = plt.subplots(figsize=(6, 4.5))
    ends = [0.0, max(promised) * 1.1]
    axes.fill_between(ends, [0.5 * e for e in ends], [1.5 * e for e in ends], color="0.9", label="0.5 to 1.5 of it")
    axes.plot(ends, ends, color="0.5", linewidth=1, label="as promised")
    axes.plot(promised, realised, "o", color="#1f4e79", label=f"realised, {max(days):,} series-days")
    axes.set_xlabel("promised false episodes per 1,000 series-days")
    axes.set_ylabel("realised")
    axes.set_xlim(*ends)
    axes.set_ylim(0, max(ends[1], max(realised) * 1.1))
    axes.legend(loc="upper left", frameon=False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path

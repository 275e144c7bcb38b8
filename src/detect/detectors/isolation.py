"""An isolation forest as plain arrays: fitted by scikit-learn, stored without pickle, scored without scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detect.detectors._base import Floats

__all__ = ["IsolationTrees"]

_EULER = 0.5772156649015329
_ROWS = 8192  # rows sent down the trees together


class Nodes(NamedTuple):
    """The nodes of one tree (nodes,) or of all trees, padded to one width (trees, nodes).

    A row goes to `left` where its `feature` is at most `threshold`, else to `right`; a leaf leads to itself and has the path `length`,
    its depth and the expected depth below it.
    """

    feature: NDArray[np.int16]
    threshold: Floats
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    length: Floats


@dataclass(frozen=True, eq=False)
class IsolationTrees:
    """The trees, the depth of the deepest, and the expected length of an isolating path (`normal`)."""

    nodes: Nodes
    depth: int
    normal: float

    @classmethod
    def fit(cls, rows: Floats, trees: int, max_samples: int, seed: int) -> IsolationTrees:
        """Grow the forest on rows (n, features) with scikit-learn's IsolationForest; the same rows and seed give the same trees."""
        # ships no types; a night that only scores does not wait for it
        from sklearn.ensemble import IsolationForest

        size = min(max_samples, len(rows))
        forest = IsolationForest(n_estimators=trees, max_samples=size, random_state=seed).fit(rows)
        grown = [_flatten(tree.tree_) for tree in forest.estimators_]
        width = max(len(nodes.feature) for nodes in grown)
        padded = Nodes(
            *(np.stack([np.pad(part, (0, width - len(part))) for part in parts]) for parts in zip(*grown, strict=True))
        )
        depth = max(int(tree.tree_.max_depth) for tree in forest.estimators_)
        return cls(padded, depth, float(_expected_depth(np.array([size]))[0]))

    def score(self, rows: Floats) -> Floats:
        """Return how easily each row is isolated, (n,): 0.5 as any, towards 1 at once; what scikit-learn calls -score_samples."""
        out, count = np.empty(len(rows)), len(self.nodes.feature)
        for start in range(0, len(rows), _ROWS):
            part = (
                rows[start : start + _ROWS].astype(np.float32).astype(float)
            )  # scikit-learn compares single precision
            total = np.zeros(len(part))
            for tree in range(count):
                total += self._path(Nodes(*(array[tree] for array in self.nodes)), part)
            out[start : start + _ROWS] = 2.0 ** (-total / (count * self.normal))
        return out

    def _path(self, tree: Nodes, rows: Floats) -> Floats:
        flat, width = rows.ravel(), rows.shape[1]
        place, node = np.arange(len(rows)) * width, np.zeros(len(rows), np.int32)
        for _ in range(self.depth):
            node = np.where(flat[place + tree.feature[node]] <= tree.threshold[node], tree.left[node], tree.right[node])
        return np.asarray(tree.length[node])

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is to be stored."""
        return {**self.nodes._asdict(), "shape": np.array([float(self.depth), self.normal])}

    @classmethod
    def of_arrays(cls, stored: Mapping[str, NDArray[Any]]) -> IsolationTrees:
        """Return the trees stored by `as_arrays`."""
        depth, normal = stored["shape"]
        return cls(Nodes(*(stored[name] for name in Nodes._fields)), int(depth), float(normal))


def _flatten(tree: Any) -> Nodes:
    """Read one of scikit-learn's trees: leaves lead to themselves, and carry the length of the path that ends there."""
    own = np.arange(tree.node_count)
    leaf = tree.children_left < 0
    left, right = np.where(leaf, own, tree.children_left), np.where(leaf, own, tree.children_right)
    depth = np.zeros(tree.node_count)
    for node in own[~leaf]:  # parents stand before their children
        depth[[left[node], right[node]]] = depth[node] + 1
    length = np.where(leaf, depth + _expected_depth(tree.n_node_samples), 0.0)
    feature = np.where(leaf, 0, tree.feature).astype(np.int16)
    threshold = np.where(leaf, np.inf, tree.threshold)
    return Nodes(feature, threshold, left.astype(np.int32), right.astype(np.int32), length)


def _expected_depth(samples: NDArray[Any]) -> Floats:
    """Return the mean length of an unsuccessful search among so many (Liu, Ting, Zhou 2008, equation 1)."""
    n = np.asarray(samples, float)
    many = 2.0 * (np.log(np.maximum(n - 1.0, 1.0)) + _EULER) - 2.0 * (n - 1.0) / np.maximum(n, 1.0)
    return np.where(n > 2, many, np.where(n == 2, 1.0, 0.0))  # noqa: PLR2004 - two values take one split, one takes none

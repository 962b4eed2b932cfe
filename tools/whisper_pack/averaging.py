"""The mean of two packs, which hears what the later one has learned and loses less of what the earlier one could.

After Wortsman et al., Robust fine-tuning of zero-shot models (2022), on the additions in place of all weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Factors = Mapping[str, NDArray[np.floating]]


def mean(one: Factors, other: Factors) -> dict[str, NDArray[np.float32]]:
    """Factors ``a:NAME`` and ``b:NAME`` whose products are nearest to the mean of the products of two packs.

    The rank stays that of the first, so that the pack does not grow; of packs that were learned one after the other
    almost nothing is lost by that (singular value decomposition: Eckart and Young, 1936).
    """
    found: dict[str, NDArray[np.float32]] = {}
    for name in (key.removeprefix("a:") for key in one if key.startswith("a:")):
        left = np.concatenate([0.5 * pack[f"b:{name}"].astype(np.float64) for pack in (other, one)], 1)
        right = np.concatenate([pack[f"a:{name}"].astype(np.float64) for pack in (other, one)], 0)
        rows, upper = np.linalg.qr(left)
        columns, lower = np.linalg.qr(right.T)
        u, sizes, v = np.linalg.svd(upper @ lower.T)
        rank = len(one[f"a:{name}"])
        root = np.sqrt(sizes[:rank])
        found[f"b:{name}"] = (rows @ u[:, :rank] * root).astype(np.float32)
        found[f"a:{name}"] = ((v[:rank].T * root).T @ columns.T).astype(np.float32)
    return found

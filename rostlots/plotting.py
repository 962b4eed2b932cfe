"""The evaluation as a picture: shares by area, and confidence against truth."""

from collections.abc import Sequence
from pathlib import Path

import click

from rostlots import evaluation
from rostlots.evaluation import Judged

_BLUE, _GREY = "#2b6cb0", "#a0aec0"


def draw(judged: Sequence[Judged], path: Path) -> None:
    """Write a PNG. Raises `click.ClickException` where matplotlib is missing."""
    try:
        import matplotlib
    except ImportError:
        raise click.ClickException("Pictures need matplotlib: pip install 'rostlots[plot]'.") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, 5.5), layout="constrained")
    areas = evaluation.shares(judged, "area")
    names = list(reversed(areas))
    values = [areas[n].value * 100 for n in names]
    spans = [areas[n].interval() for n in names]
    errors = [
        [v - low * 100 for v, (low, _) in zip(values, spans, strict=True)],
        [high * 100 - v for v, (_, high) in zip(values, spans, strict=True)],
    ]
    left.barh(names, values, xerr=errors, color=_BLUE, ecolor=_GREY, capsize=3)
    left.set_xlim(0, 100)
    left.set_xlabel("right topic, % (lines: 95 % interval)")
    left.set_title("Understanding by area")
    bins = evaluation.reliability(judged)
    most = max(b.count for b in bins)
    right.plot([0, 1], [0, 1], color=_GREY, linestyle="--", label="keeps its word")
    right.scatter(
        [b.confidence for b in bins], [b.right for b in bins], s=[30 + 300 * b.count / most for b in bins], color=_BLUE
    )
    right.set_xlim(0, 1.02)
    right.set_ylim(0, 1.04)
    right.set_xlabel("confidence")
    right.set_ylabel("share right")
    right.set_title(f"Reliability (calibration error {evaluation.calibration_error(judged):.3f})")
    right.legend(loc="upper left")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)

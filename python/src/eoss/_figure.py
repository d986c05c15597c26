"""What a monitor has measured, to look at: a figure, and in a notebook one that follows."""

from __future__ import annotations

import math
from html import escape
from io import BytesIO
from typing import Any

from ._errors import EossError
from ._measurement import Measurement

_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")


def drawn(history: "list[tuple[int, Measurement]]", title: str) -> Any:
    """A panel for each unit; bars are errors, and dashed lines what the numbers are compared with.

    :raises EossError: without matplotlib
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise EossError(f"a figure needs matplotlib ({error}): pip install matplotlib") from error
    series: "dict[str, list]" = {}
    for step, one in history:
        series.setdefault(one.quantity, []).append((step, one))
    units = list(dict.fromkeys(points[0][1].unit for points in series.values()))
    figure = Figure(figsize=(7, 0.8 + 2.6 * max(1, len(units))), layout="constrained")
    panels = figure.subplots(max(1, len(units)), 1, sharex=True, squeeze=False)[:, 0]
    colors = dict(zip(series, _COLORS * (1 + len(series) // len(_COLORS))))
    for panel, unit in zip(panels, units):
        levels = []
        for name, points in series.items():
            if points[0][1].unit != unit:
                continue
            finite = [(step, one) for step, one in points if math.isfinite(one.value)]
            steps = [step for step, _ in finite]
            errors = [one.error if one.error is not None and math.isfinite(one.error) else 0 for _, one in finite]
            panel.errorbar(
                steps, [one.value for _, one in finite], errors, fmt=".-", capsize=2, lw=1, color=colors[name], label=name
            )
            found = [(step, one.threshold) for step, one in finite if one.threshold is not None]
            if found and found not in levels:
                levels.append(found)
        for level in levels:
            panel.plot(*zip(*level), "--", drawstyle="steps-post", color="0.4", lw=1, label="threshold" if level is levels[0] else None)
        panel.set_ylabel(unit)
        panel.grid(alpha=0.25)
        panel.legend(fontsize="small", frameon=False)
    panels[-1].set_xlabel("step")
    panels[0].set_title(title)
    # What a notebook shows of it, whatever was done there with matplotlib before.
    figure._repr_png_ = lambda: _png(figure)
    return figure


def _png(figure: Any) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def table(measured: "list[Measurement]", plateau: "dict | None", steps: int) -> str:
    """The last values as HTML."""
    rows = "".join(
        f"<tr><td>{escape(one.quantity)}</td><td>{one.value:.5g}</td>"
        f"<td>{f'± {one.error:.2g}' if one.error is not None and math.isfinite(one.error) else ''}</td><td>{escape(one.status)}</td></tr>"
        for one in measured
    )
    level = "" if plateau is None else f"; {escape(str(plateau['quantity']))} is level since step {plateau['since']}"
    head = "<tr><th>quantity</th><th>value</th><th>error</th><th>status</th></tr>"
    return f"<table><caption>eoss, {steps} steps{level}</caption>{head}{rows}</table>"


class Live:
    """A figure in a notebook that is drawn anew in its place.

    :raises EossError: outside of a notebook
    """

    def __init__(self, monitor: Any):
        try:
            from IPython.display import HTML, display
        except ImportError as error:
            raise EossError(f"live=True needs a notebook ({error})") from error
        self._monitor = monitor
        self._handle = display(HTML(monitor._repr_html_()), display_id=True)

    def update(self) -> None:
        if self._handle is not None:
            self._handle.update(self._monitor.figure())

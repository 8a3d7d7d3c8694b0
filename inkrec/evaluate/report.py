"""The error report: one HTML page that needs nothing beside it.

Matplotlib draws its plots and Jinja2 fills ``report.html`` beside this module; both come with the
``train`` extra.
"""

from __future__ import annotations

import base64
import io
import math
import os
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from .. import metrics
from .._checks import require
from ..corpus import Corpus
from ..formats.svg import render
from . import analysis
from .passes import PASSES
from .runner import LineResult
from .summary import chosen, worst

__all__ = [
    "commitment_plot",
    "confidence_plot",
    "delays_plot",
    "groups_plot",
    "length_plot",
    "rates_plot",
    "write_report",
]

_BLUE, _ORANGE, _GREEN = "#2f6db3", "#c8631c", "#3d8b5f"
_WORST = 30


def write_report(
    folder: str, lines: Sequence[LineResult], summary: dict[str, Any], corpus: str
) -> str:
    """Write ``index.html`` with figures, plots and the worst lines into a folder.

    Parameters
    ----------
    folder : str
        Made if it is missing.
    lines : sequence of LineResult
        What was read.
    summary : dict
        What `summarize` says of them.
    corpus : str
        Path of the corpus, for the ink of the worst lines.

    Returns
    -------
    str
        The path of the page.

    Raises
    ------
    MissingExtraError
        If Matplotlib or Jinja2 is not installed.
    """
    passes = [name for name in PASSES if name in summary]
    best = lines[0].best
    pairs = [(line.reference, line.passes[best]) for line in lines]
    characters = analysis.characters(pairs)
    inserted = [(read, n) for (true, read), n in analysis.confusions(pairs).most_common()
                if not true]  # fmt: skip
    groups = analysis.by_writer(lines, best)
    who = "writers" if any(line.writer for line in lines) else "forms"
    ends = {
        name: analysis.by_length(lines, name) for name in dict.fromkeys((passes[0], passes[-1]))
    }
    plots = {
        "rates": rates_plot(summary, passes),
        "length": length_plot(ends),
        "groups": groups_plot(groups, who),
    }
    if "confidence" in summary:
        plots["confidence"] = confidence_plot(analysis.reliability(analysis.confidences(lines)))
    streamed = [line.streamed for line in lines if line.streamed is not None]
    shown = [delay for line in streamed for delay in metrics.shown_delays(line)]
    commit = [delay for line in streamed for delay in metrics.commit_delays(line)]
    if shown and commit:
        plots["delays"] = delays_plot(shown, commit)
    settings = [s for s in summary.get("commitment", []) if math.isfinite(s["commit_delay_p50"])]
    if settings:
        plots["commitment"] = commitment_plot(settings)

    jinja = require("jinja2", "train")
    page = jinja.Environment(autoescape=True, undefined=jinja.ChainableUndefined)
    page.filters["shown"] = lambda symbol: {"": "∅", " ": "␣"}.get(symbol, symbol)
    text = page.from_string(files(__package__).joinpath("report.html").read_text("utf-8")).render(
        summary=summary,
        passes=passes,
        chosen=chosen(summary),
        characters=[row for row in characters[:24] if row.wrong],
        wrong=sum(row.wrong for row in characters) or 1,
        inserted=inserted[:12],
        groups=groups,
        who=who,
        plots={name: _svg(figure) for name, figure in plots.items()},
        cases=_cases(lines, corpus),
    )
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "index.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _axes(x: str, y: str, size: tuple[float, float] = (8.0, 3.2)) -> Any:
    """Empty axes of a figure with its labels."""
    figure = require("matplotlib.figure", "train").Figure(figsize=size, layout="constrained")
    axes = figure.add_subplot(xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dfe4ea")
    axes.set_axisbelow(True)
    return axes


def _svg(axes: Any) -> str:
    """A plot as SVG in base64, as the address of an image holds it."""
    file = io.BytesIO()
    with require("matplotlib", "train").rc_context({"svg.hashsalt": "inkrec"}):
        axes.figure.savefig(file, format="svg", metadata={"Date": None})
    return base64.b64encode(file.getvalue()).decode()


def rates_plot(summary: dict[str, Any], passes: Sequence[str]) -> Any:
    """CER and WER of each pass with their intervals."""
    axes = _axes("", "error rate, %")
    for shift, color, rate in ((-0.1, _BLUE, "cer"), (0.1, _ORANGE, "wer")):
        at = [i + shift for i in range(len(passes))]
        values = [summary[name][rate] for name in passes]
        ends = [summary[name][f"{rate}_ci"] for name in passes]
        bars = [[v - low for v, (low, _) in zip(values, ends, strict=True)],
                [high - v for v, (_, high) in zip(values, ends, strict=True)]]  # fmt: skip
        known = math.isfinite(ends[0][0])
        axes.errorbar(at, values, bars if known else None, fmt="o", color=color, label=rate.upper())
        for x, value in zip(at, values, strict=True):
            axes.annotate(f"{value:.1f}", (x, value), (6, 4), textcoords="offset points")
    axes.set_xticks(range(len(passes)), passes)
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    return axes


def length_plot(ends: Mapping[str, Sequence[analysis.Group]]) -> Any:
    """CER by the length of the line, in the pass that knows least and that which knows most."""
    axes = _axes("characters in the line", "CER, %")
    for k, (name, color) in enumerate(zip(ends, (_ORANGE, _BLUE), strict=False)):
        at = [i + 0.4 * k - 0.2 for i in range(len(ends[name]))]
        axes.bar(at, [group.cer for group in ends[name]], 0.36, color=color, label=name)
    names = [group.name for group in next(iter(ends.values()))]
    step = math.ceil(len(names) / 12)
    axes.set_xticks(range(0, len(names), step), names[::step])
    axes.legend(frameon=False)
    return axes


def groups_plot(groups: Sequence[analysis.Group], who: str) -> Any:
    """CER of each writer or form."""
    axes = _axes(f"{who}, best first", "CER, %")
    sizes = [6 + group.characters / 10 for group in groups]
    axes.scatter(range(1, len(groups) + 1), [g.cer for g in groups], sizes, _BLUE, alpha=0.7)
    return axes


def confidence_plot(table: Sequence[tuple[float, float, int]]) -> Any:
    """Share of words right by what the model said."""
    axes = _axes("confidence", "share of words right", (4.6, 4.2))
    axes.plot([0, 1], [0, 1], color=_ORANGE)
    mean, share, count = zip(*table, strict=True)
    axes.scatter(mean, share, [8 + 400 * n / sum(count) for n in count], _BLUE, alpha=0.7)
    return axes


def delays_plot(shown: Sequence[float], commit: Sequence[float]) -> Any:
    """Share of the words that are shown right, and committed, so many s after their last pen-up.

    The axis leaves out the longest fiftieth of either.
    """
    axes = _axes("delay after the last pen-up, s", "words, %")
    axes.ecdf(shown, color=_BLUE, label="shown right")
    axes.ecdf(commit, color=_ORANGE, label="committed")
    low = sorted(shown)[int(0.02 * (len(shown) - 1))]
    high = max(sorted(delays)[int(0.98 * (len(delays) - 1))] for delays in (shown, commit))
    axes.set_xlim(max(-2.0, low), max(high, low + 1e-3))
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    axes.legend(frameon=False, loc="lower right")
    return axes


def commitment_plot(settings: Sequence[dict[str, Any]]) -> Any:
    """Error rate of the committed text against delay, a dot for each setting."""
    axes = _axes("median delay until a word is committed, s", "CER of the final text, %")
    at = [setting["commit_delay_p50"] for setting in settings]
    rates = [setting["committed_cer"] for setting in settings]
    axes.plot(at, rates, "o", color=_GREEN)
    for k, setting in enumerate(settings):
        axes.annotate(
            setting["name"], (at[k], rates[k]), (6, 6 if k % 2 else -13), textcoords="offset points"
        )
    axes.margins(0.15)
    return axes


def _cases(lines: Sequence[LineResult], corpus: str) -> list[dict[str, Any]]:
    """The worst lines: who wrote them, their ink, and both texts in equal and other pieces."""
    cases = worst(lines, _WORST)
    with Corpus(corpus) as opened:
        inks = [sample.ink for sample in opened.read(line.index for _, line in cases)]
    return [
        {
            "who": f"{line.id}, writer {line.writer}" if line.writer else line.id,
            "rate": rate,
            "ink": render(ink),
            "sides": [
                [(piece[k], piece.true == piece.read) for piece in pieces if piece[k]]
                for k in range(2)
            ],
        }
        for (rate, line), ink in zip(cases, inks, strict=True)
        for pieces in [analysis.aligned(line.reference, line.passes[line.best])]
    ]

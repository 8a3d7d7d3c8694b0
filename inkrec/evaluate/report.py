"""The error report: one HTML page that needs nothing beside it."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from html import escape
from typing import Any

from .. import metrics
from ..corpus import Corpus
from .analysis import (
    aligned,
    by_length,
    by_writer,
    characters,
    confidences,
    confusions,
    reliability,
)
from .page import page, section
from .passes import PASSES
from .plots import Plot, ink_svg
from .runner import LineResult
from .summary import chosen, interval, worst

__all__ = ["write_report"]


def write_report(
    folder: str, lines: Sequence[LineResult], summary: dict[str, Any], corpus: str
) -> str:
    """Write ``index.html`` with figures, plots and the worst lines into a folder.

    Parameters
    ----------
    folder : str
        Made if it is missing.
    lines : sequence of Line
        What was read.
    summary : dict
        What `summarize` says of them.
    corpus : str
        Path of the corpus, for the ink of the worst lines.

    Returns
    -------
    str
        The path of the page.
    """
    best = lines[0].best
    pairs = [(line.reference, line.passes[best]) for line in lines]
    parts = [
        _head(summary),
        _rates(summary),
        _by_character(pairs),
        _by_length(lines, summary),
        _by_writer(lines, best),
        _calibration(lines, summary),
        _streaming(lines, summary),
        _worst(lines, corpus),
    ]
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "index.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(page(f"{summary['model']} on {summary['split']}", parts))
    return path


def _head(summary: dict[str, Any]) -> str:
    said = (
        f"{summary['corpus']}, {summary['split']}: {summary['lines']:,} lines, "
        f"{summary['characters']:,} characters, {summary['words']:,} words"
    )
    more = f"; {chosen(summary)}" if chosen(summary) else ""
    return f'<h1>{escape(str(summary["model"]))}</h1><p class="soft">{escape(said + more)}</p>'


def _rates(summary: dict[str, Any]) -> str:
    names = [name for name in PASSES if name in summary]
    rows = "".join(
        "<tr><td>{}</td><td>{cer:.2f}</td><td>{}</td><td>{wer:.2f}</td><td>{}</td>"
        "<td>{cer_iamhwr:.2f}</td><td>{wer_iamhwr:.2f}</td><td>{wer_joined:.2f}</td></tr>".format(
            name,
            *(interval(summary[name][ci], "–") for ci in ("cer_ci", "wer_ci")),
            **summary[name],
        )
        for name in names
    )
    known = [summary[name][key] for name in names for key in ("cer", "wer")]
    known += [summary[name][key][1] for name in names for key in ("cer_ci", "wer_ci")]
    top = max(rate for rate in known if math.isfinite(rate)) * 1.05 or 1.0
    plot = Plot((0, len(names)), (0, top), ("", "error rate, %"), names=names, size=(640, 240))
    for i, name in enumerate(names):
        for at, kind, rate in ((i + 0.4, "a", "cer"), (i + 0.6, "b", "wer")):
            value, (low, high) = summary[name][rate], summary[name][f"{rate}_ci"]
            if math.isfinite(low):
                plot.whisker(at, low, high, kind)
            plot.dot(at, value, f"{name}: {rate.upper()} {value:.2f} %", 5, kind)
            plot.note(at, value, f"{value:.1f}")
    return section(
        "Error rates",
        "All edits over all reference characters (CER) or words (WER), in percent, with 95 % "
        "intervals from drawing whole writers, or forms where the corpus names no writers (none "
        "below 10 of them); beside them the convention of IAMhwr: the mean of "
        "lines, a closing space kept, words without punctuation; and WER where a space in front "
        "of closing marks does not count.",
        "<table><tr><th>pass</th><th>CER</th><th>95 %</th><th>WER</th><th>95 %</th>"
        f"<th>CER, IAMhwr</th><th>WER, IAMhwr</th><th>WER, joined</th></tr>{rows}</table>",
        '<span class="a"><span class="key"></span>CER</span>'
        '<span class="b"><span class="key"></span>WER</span>',
        plot.svg(),
    )


def _shown(symbol: str) -> str:
    return {"": "∅", " ": "␣"}.get(symbol, symbol)


def _by_character(pairs: Sequence[tuple[str, str]]) -> str:
    table = characters(pairs)
    total = sum(row.wrong for row in table) or 1
    top = max((row.wrong for row in table), default=0) or 1
    rows = "".join(
        f'<tr><td class="mono">{escape(_shown(row.symbol))}</td><td>{row.written:,}</td>'
        f"<td>{row.wrong:,}</td><td>{100 * row.wrong / row.written:.1f} %</td>"
        f'<td class="text"><span class="meter" style="width:{120 * row.wrong / top:.0f}px"></span>'
        f" {100 * row.wrong / total:.0f} %</td><td class=text>{_chips(row.taken_for[:4])}</td></tr>"
        for row in table[:24]
        if row.wrong
    )
    found = confusions(pairs)
    extra = [(read, n) for (true, read), n in found.most_common() if not true]
    return section(
        "Characters",
        "Those that go wrong most often, how often they were written, and what they are taken "
        "for (∅: not read at all, ␣: a space).",
        "<table><tr><th>character</th><th>written</th><th>wrong</th><th>rate</th>"
        f"<th class=text>share of all</th><th class=text>taken for</th></tr>{rows}</table>",
        f"<p>Read where nothing was written: {_chips(extra[:12]) or 'nothing'}</p>",
    )


def _chips(counted: Sequence[tuple[str, int]]) -> str:
    return "".join(
        f'<span class="chip"><b class="mono">{escape(_shown(symbol))}</b> {n}</span>'
        for symbol, n in counted
    )


def _by_length(lines: Sequence[LineResult], summary: dict[str, Any]) -> str:
    names = [name for name in PASSES if name in summary]
    ends = (names[0], names[-1])
    groups = [by_length(lines, name) for name in ends]
    top = max(group.cer for part in groups for group in part) * 1.08 or 1.0
    steps = [group.name for group in groups[0]]
    plot = Plot((0, len(steps)), (0, top), ("characters in the line", "CER, %"), names=steps)
    for part, shift, kind, name in zip(groups, (-0.2, 0.2), "ba", ends, strict=True):
        for i, group in enumerate(part):
            tip = f"{name}, {group.name} characters: {group.cer:.2f} % of {group.lines} lines"
            plot.bar(i + 0.5 + shift, group.cer, 0.36, tip, kind)
    return section(
        "Length",
        "Character error rate by the number of characters in the line.",
        f'<span class="b"><span class="key"></span>{ends[0]}</span>'
        f'<span class="a"><span class="key"></span>{ends[1]}</span>',
        plot.svg(),
    )


def _by_writer(lines: Sequence[LineResult], best: str) -> str:
    groups = by_writer(lines, best)
    who = "writers" if any(line.writer for line in lines) else "forms"
    top = max(group.cer for group in groups) * 1.08 or 1.0
    plot = Plot((0, len(groups)), (0, top), (f"{who}, best first", "CER, %"))
    for i, group in enumerate(groups):
        tip = f"{group.name}: {group.cer:.2f} % of {group.lines} lines"
        plot.dot(i + 0.5, group.cer, tip, 1.5 + math.sqrt(group.characters) / 12)
    rates = [group.cer for group in groups]
    return section(
        who.capitalize(),
        f"{len(groups)} {who}; the middle one has {rates[len(rates) // 2]:.2f} %, the best "
        f"{rates[0]:.2f} %, the worst {rates[-1]:.2f} % ({best}). A dot's area is the amount "
        "of text.",
        plot.svg(),
    )


def _calibration(lines: Sequence[LineResult], summary: dict[str, Any]) -> str:
    if "confidence" not in summary:
        return ""
    said = confidences(lines)
    plot = Plot((0, 1), (0, 1), ("confidence", "share of words right"), size=(380, 340))
    plot.line([(0, 0), (1, 1)], "b")
    table = reliability(said)
    for mean, share, n in table:
        tip = f"{n} words said {mean:.2f}, right {share:.2f}"
        plot.dot(mean, share, tip, 3 + 14 * math.sqrt(n / len(said)))
    return section(
        "Confidence",
        f"Words by how sure the model says it is; on the line it is as right as it says. Expected "
        f"calibration error {summary['confidence']['ece']:.2f} %. A dot's area is the number of "
        "words.",
        plot.svg(),
    )


def _streaming(lines: Sequence[LineResult], summary: dict[str, Any]) -> str:
    if "stream" not in summary:
        return ""
    streamed = [line.streamed for line in lines if line.streamed is not None]
    shown = sorted(d for line in streamed for d in metrics.shown_delays(line))
    commit = sorted(d for line in streamed for d in metrics.commit_delays(line))
    rows = "".join(
        f"<tr><td>{escape(key.replace('_', ' '))}</td><td>{value:.3g}</td></tr>"
        for key, value in summary["stream"].items()
    )
    body = [f"<table>{rows}</table>"]
    if shown and commit:
        body += [
            '<span class="a"><span class="key"></span>shown right</span>'
            '<span class="b"><span class="key"></span>committed</span>',
            _delays(shown, commit),
        ]
    return section(
        "While writing",
        "Delays in s of the ink's own time, the rest in percent (retractions: a character).",
        *body,
        _trade(summary.get("commitment", [])),
    )


def _delays(shown: Sequence[float], commit: Sequence[float]) -> str:
    """Share of the words that are shown, and committed, so many s after their last pen-up.

    Both sorted; the axis leaves out the longest fiftieth of either.
    """
    low = max(-2.0, shown[int(0.02 * (len(shown) - 1))])
    high = max(delays[int(0.98 * (len(delays) - 1))] for delays in (shown, commit))
    axes = ("delay after the last pen-up, s", "words, %")
    plot = Plot((low, max(high, low + 1e-3)), (0, 100), axes)
    for delays, kind in ((shown, "a"), (commit, "b")):
        part = [(delays[0], 0.0)]
        part += [(d, 100 * (i + 1) / len(delays)) for i, d in enumerate(delays)]
        thin = part[:: max(1, len(part) // 400)]
        plot.line([*thin, part[-1], (max(high, delays[-1]), 100.0)], kind)
    return plot.svg()


def _trade(settings: Sequence[dict[str, Any]]) -> str:
    """Error rate against delay, a dot for each commitment setting."""
    points = [s for s in settings if math.isfinite(s["commit_delay_p50"])]
    if not points:
        return ""
    high = max(s["commit_delay_p50"] for s in points) * 1.15 or 1.0
    rates = [s["committed_cer"] for s in points]
    margin = max(0.1, (max(rates) - min(rates)) * 0.25)
    plot = Plot(
        (0, high),
        (max(0.0, min(rates) - margin), max(rates) + margin),
        ("median delay until a word is committed, s", "CER of the final text, %"),
    )
    for setting in points:
        at, rate = setting["commit_delay_p50"], setting["committed_cer"]
        plot.dot(at, rate, f"{setting['name']}: {rate:.2f} % at {at:.2f} s", 5, "c")
        plot.note(at, rate, setting["name"], "start" if at < 0.7 * high else "end")
    return "<h3>Commitment: errors against delay</h3>" + plot.svg()


def _worst(lines: Sequence[LineResult], corpus: str, count: int = 30) -> str:
    cases = worst(lines, count)
    with Corpus(corpus) as opened:
        inks = [sample.ink for sample in opened.read(line.index for _, line in cases)]
    body = []
    for (rate, line), ink in zip(cases, inks, strict=True):
        who = f"{line.id}, writer {line.writer}" if line.writer else line.id
        true, read = _difference(line.reference, line.passes[line.best])
        body.append(
            f'<div class="case"><span class="soft">{escape(who)}, CER {rate:.0f} %</span>'
            f"{ink_svg(ink)}"
            f'<div class="read">{true}</div><div class="read">{read}</div></div>'
        )
    return section("Worst lines", "The ink, what it says, and what was read.", *body)


def _difference(true: str, read: str) -> tuple[str, str]:
    sides = ["", ""]
    for piece in aligned(true, read):
        for i, text in enumerate(piece):
            if text:
                same = piece.true == piece.read
                sides[i] += escape(text) if same else f"<mark>{escape(text)}</mark>"
    return sides[0] or "<mark>∅</mark>", sides[1] or "<mark>∅</mark>"

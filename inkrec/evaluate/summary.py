"""What lines that were read add up to, as numbers and as text for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import metrics
from .analysis import confidences
from .passes import PASSES
from .runner import LineResult

__all__ = ["chosen", "interval", "summarize", "table", "worst"]


def summarize(lines: Sequence[LineResult]) -> dict[str, Any]:
    """All measures of lines that were read.

    Returns
    -------
    dict
        ``lines``, ``characters`` and ``words`` (counts); for each pass what
        `inkrec.metrics.accuracy` gives, with intervals over writers, or over forms in a
        corpus that names no writers (IAM-OnDB); under
        ``confidence`` the calibration error in percent and its words; under
        ``stream`` what `inkrec.metrics.stream` gives, and under ``commitment`` a list of
        the same for each setting with its ``name``.
    """
    references = [line.reference for line in lines]
    hands = [line.writer or line.form or line.id for line in lines]
    summary: dict[str, Any] = {
        "lines": len(lines),
        "characters": sum(map(len, references)),
        "words": sum(len(reference.split()) for reference in references),
    }
    for name in PASSES:
        texts = [line.passes[name] for line in lines if name in line.passes]
        if texts:
            summary[name] = metrics.accuracy(references, texts, hands)
    said = confidences(lines)
    if said:
        sure, right = zip(*said, strict=True)
        summary["confidence"] = {
            "ece": metrics.calibration_error(sure, right),
            "words": len(said),
            "right": 100.0 * sum(right) / len(right),
        }
    streamed = [line.streamed for line in lines if line.streamed is not None]
    if streamed:
        summary["stream"] = metrics.stream(streamed)
    names = lines[0].commitments if lines else {}
    if names:
        summary["commitment"] = [
            {"name": name, **metrics.stream([line.commitments[name] for line in lines])}
            for name in names
        ]
    return summary


def worst(lines: Sequence[LineResult], count: int) -> list[tuple[float, LineResult]]:
    """Lines with the highest character error rate of their best pass, worst first."""
    rated = [(metrics.cer([line.reference], [line.passes[line.best]]), line) for line in lines]
    return sorted(rated, key=lambda pair: (-pair[0], pair[1].index))[:count]


def chosen(summary: dict[str, Any]) -> str:
    """What was measured, beside the corpus and its split: a phrase, or nothing.

    Examples
    --------
    >>> chosen({"kind": "text", "exclude_texts_of": "train", "limit": 200, "left_out": 3})
    'kind text, no text of train, the first 200; left out without a text: 3'
    """
    phrases = {
        "kind": "kind {}", "form": "forms {}", "exclude_texts_of": "no text of {}",
        "limit": "the first {}",
    }  # fmt: skip
    told = [text.format(summary[key]) for key, text in phrases.items() if key in summary]
    left = summary.get("left_out", 0)
    both = [", ".join(told), f"left out without a text: {left}" if left else ""]
    return "; ".join(filter(None, both))


def interval(ends: Sequence[float], dash: str = "-") -> str:
    """An interval in percent, or a dash where there is none."""
    return "-" if math.isnan(ends[0]) else f"{ends[0]:.2f}{dash}{ends[1]:.2f}"


def table(summary: dict[str, Any], lines: Sequence[tuple[float, LineResult]] = ()) -> str:
    """The summary as text for a terminal."""
    out = [
        "{model} on {corpus}, {split}: {lines} lines, {characters} characters, {words} words"
        " ({seconds:.0f} s)".format(**summary),
        *filter(None, [chosen(summary)]),
        "",
        f"{'':<10}{'CER %':>7}{'95 %':>15}{'WER %':>9}{'95 %':>15}"
        "   IAMhwr: CER %  WER %   joined: WER %",
    ]
    for name in PASSES:
        if name in summary:
            row = summary[name]
            cer, wer = (interval(row[f"{rate}_ci"]) for rate in ("cer", "wer"))
            out.append(
                f"{name:<10}{row['cer']:>7.2f}{cer:>15}{row['wer']:>9.2f}{wer:>15}"
                f"{row['cer_iamhwr']:>16.2f}{row['wer_iamhwr']:>7.2f}{row['wer_joined']:>16.2f}"
            )
    for name in ("confidence", "stream"):
        if name in summary:
            out += ["", name]
            out += [f"  {key:<26}{value:>9.4g}" for key, value in summary[name].items()]
    for setting in summary.get("commitment", []):
        if setting is summary["commitment"][0]:
            out += ["", "commitment     until committed: s    90 %   CER %   words changed %"]
        out.append(
            "  {name:<14}{commit_delay_p50:>16.2f}{commit_delay_p90:>8.2f}{committed_cer:>8.2f}"
            "{changed_words_before_last:>18.2f}".format(**setting)
        )
    if lines:
        out += ["", f"worst lines ({lines[0][1].best})"]
    for rate, line in lines:
        out += [
            f"{rate:6.0f} %  {line.id}",
            f"     true  {line.reference}",
            f"     read  {line.passes[line.best]}",
        ]
    return "\n".join(out)

"""Reports of training as lines of text, or as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

__all__ = ["line", "show_progress"]


def show_progress(as_json: bool) -> Callable[[dict[str, Any]], None]:
    """A function that prints reports, flushed: a log is read while it grows."""

    def report(entry: dict[str, Any]) -> None:
        print(json.dumps(entry) if as_json else line(entry, time.time()), flush=True)

    return report


def line(entry: dict[str, Any], now: float) -> str:
    """A report as a line of text.

    Parameters
    ----------
    entry : dict
        Of `inkrec.training.trainer.Trainer`, `inkrec.training.data_spec.training_sets`,
        `inkrec.training.stages` or `inkrec.training.export.write_model`.
    now : float
        Seconds since the epoch, for the time of the end.

    Examples
    --------
    >>> sums = {"epoch": 3, "step": 420, "minutes": 15.0, "of": 60.0}
    >>> line({**sums, "causal_cer": 21.25, "refined_cer": 11.5}, 0.0)
    'epoch   3  step    420   25 %  CER causal 21.25 %, refined 11.50 %'
    """
    if "data" in entry:
        left = ", ".join(f"{n:,} by {why}" for why, n in entry["left_out"].items() if n)
        name = f" of {entry['corpus']}" if entry["corpus"] else ""
        return (
            f"{entry['data']}: {entry['lines']:,} lines{name}, "
            f"{entry['characters']:,} characters" + (f"; left out {left}" if left else "")
        )
    if "exported" in entry:
        return _exported(entry)
    if "aligned" in entry:
        within = f" and at {entry['cut_letters']} places within words" if entry["letters"] else ""
        return (
            f"{entry['aligned']}: {entry['lines']} lines cut at {entry['cut_spaces']} of "
            f"{entry['spaces']} spaces{within}"
        )
    if "language_model" in entry:
        return f"{entry['language_model']}: {entry['megabytes']:.2f} MB"
    done = entry["minutes"] / entry["of"]
    if "resumed" in entry:
        more = "" if done < 1 else "; the budget is spent, give more minutes"
        return (
            f"goes on from {entry['resumed']}: epoch {entry['epoch']}, step {entry['step']}, "
            f"{entry['minutes']:.1f} of {entry['of']:g} minutes{more}"
        )
    head = f"epoch {entry['epoch']:3d}  step {entry['step']:6d}  {100 * min(done, 1):3.0f} %"
    if "refined_cer" in entry:
        return (
            f"{head}  CER causal {entry['causal_cer']:.2f} %, refined {entry['refined_cer']:.2f} %"
        )
    left_s = max(0.0, 60 * (entry["of"] - entry["minutes"]))
    minutes = round(left_s / 60)
    until = time.strftime("%H:%M", time.localtime(now + left_s))
    return (
        f"{head}  {minutes // 60}:{minutes % 60:02d} h left, until {until}  "
        f"loss causal {entry['causal_loss']:.3f}, refined {entry['refined_loss']:.3f}  "
        f"rate {entry['rate']:.1e}"
    )


def _exported(entry: dict[str, Any]) -> str:
    both = {"rescorer": "a rescorer", "language": "a language model"}
    parts = [name for key, name in both.items() if entry[key]]
    more = f" with {' and '.join(parts)}" if parts else ""
    trained = ""
    if entry["minutes"] is not None and entry["steps"] is not None:
        trained = f", trained for {entry['minutes']:.1f} minutes and {entry['steps']} steps"
    return (
        f"{entry['exported']}: {entry['megabytes']:.1f} MB, {entry['classes']} classes"
        f"{more}{trained}"
    )

"""Render the tables of RESULTS, of the README and of the model pages from benchmarks/results/.

::

    python benchmarks/render.py            # write them anew
    python benchmarks/render.py --check    # say which are not what the results say

A table stands between ``<!-- table: KIND NAME... -->`` and ``<!-- /table -->``: KIND is a function
of ``TABLES`` here and each NAME a file of ``benchmarks/results``. Prose around it is left alone.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import record
from record import PASSES, Result, read, sets_of

ROOT = Path(__file__).parents[1]
PAGES = (
    "benchmarks/RESULTS.md",
    "README.md",
    "docs/models/en.md",
    "docs/models/en-open.md",
    "docs/how-it-works.md",
)
_TABLE = re.compile(r"(<!-- table: ([^>]+?) -->\n).*?(<!-- /table -->)", re.DOTALL)

Lines = list[str]


def grid(heads: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> Lines:
    """A table of Markdown: the first ``words`` columns to the left, numbers to the right."""
    rule = ["---" if i < words else "---:" for i in range(len(heads))]
    body = [f"| {' | '.join(cells)} |" for cells in (heads, *rows)]
    return [body[0], f"|{'|'.join(rule)}|", *body[1:]]


def number(value: float | None, form: str = ".2f") -> str:
    """A number, or a dash where it was not measured."""
    return "-" if value is None else format(value, form)


def figure(value: float | None, digits: int = 3) -> str:
    """A number to so many digits, or a dash."""
    large = value is not None and abs(value) >= 10**digits - 0.5
    return number(value, ",.0f" if large else f".{digits}g")


def interval(ends: Sequence[float | None] | None, form: str = ".2f") -> str:
    """An interval, or a dash where there is none."""
    if not ends or ends[0] is None:
        return "-"
    return (" to " if "+" in form else "-").join(number(end, form) for end in ends)


def made_by(results: Mapping[str, Result]) -> Lines:
    """Which command made each result, and at which commit, when and where; as a list."""
    alike: dict[str, list[str]] = {}
    for name, result in results.items():
        known = (result["date"], result["machine"], result.get("note"))
        commit = f"commit {result['commit']}" if result["commit"] else "commit not known"
        command = f"`{result['command']}`" if result["command"] else "no command of the project"
        where = ", ".join([commit, *filter(None, known)])
        alike.setdefault(where, []).append(f"{name}: {command}")
    return ["", *(f"- {'; '.join(made)} ({where})" for where, made in alike.items())]


def sets_table(results: Mapping[str, Result]) -> Lines:
    """Every named set but for those of one benchmark alone."""
    heads = ("set", "what", "lines", "characters", "hands", "licence", "what was tuned on it")
    return grid(
        heads,
        (
            (
                f"`{name}`",
                one["what"],
                number(one["lines"], ","),
                number(one["characters"], ","),
                one["writers"] or "-",
                one["licence"] or "-",
                one["used_for"],
            )
            for name, one in record.sets().items()
            if not one["used_for"].endswith(" alone")
        ),
        2,
    )


def passes(results: Mapping[str, Result]) -> Lines:
    """Error rates: one row a model, set and pass."""
    heads = (
        "model", "set", "pass", "CER %", "95 %", "WER %", "95 %", "WER joined %",
        "IAMhwr CER %", "IAMhwr WER %",
    )  # fmt: skip
    rows = []
    for result in results.values():
        for name in PASSES:
            if name in result["figures"]:
                one = result["figures"][name]
                rows.append(
                    (
                        f"`{result['model']}`",
                        f"`{result['set']}`",
                        name,
                        number(one["cer"]),
                        interval(one.get("cer_ci")),
                        number(one["wer"], ".1f"),
                        interval(one.get("wer_ci"), ".1f"),
                        number(one.get("wer_joined"), ".1f"),
                        number(one.get("cer_iamhwr")),
                        number(one.get("wer_iamhwr"), ".1f"),
                    )
                )
    return grid(heads, rows, 3) + made_by(results)


_OURS = {
    "final_greedy": "LSTM, 3.9 M parameters, no language model",
    "final": "the same, a rescorer of 1.8 M parameters, 8 MB of n-grams and words",
}


def _ranked(results: Mapping[str, Result]) -> list[dict[str, Any]]:
    """Systems of others, and ours among them, worst first."""
    rows: list[dict[str, Any]] = []
    for result in results.values():
        figures = result["figures"]
        rows += figures.get("rows", [])
        rows += [
            {
                "system": f"**inkrec `{result['model']}`, {PASSES[name]}**",
                "what": what,
                "protocol": "IAM-OnDB final test set, 3,859 lines; case, punctuation kept",
                "source": "measured apart; UNIPEN was trained on too",
                "cer": figures[name]["cer"],
                "wer": figures[name]["wer"],
            }
            for name, what in _OURS.items()
            if name in figures
        ]
    return sorted(rows, key=lambda row: -row["cer"])


def published(results: Mapping[str, Result]) -> Lines:
    """Systems of others, and ours among them, with where their figures are from."""
    return grid(
        ("system", "what it is", "protocol", "source", "CER %", "WER %"),
        (
            (
                row["system"], row["what"], row["protocol"], row["source"],
                number(row["cer"]), number(row["wer"], ".1f"),
            )
            for row in _ranked(results)
        ),
        4,
    )  # fmt: skip


def published_short(results: Mapping[str, Result]) -> Lines:
    """The same without where the figures are from."""
    return grid(
        ("", "measured on", "CER %", "WER %"),
        (
            (row["system"], row["protocol"], number(row["cer"]), number(row["wer"], ".1f"))
            for row in _ranked(results)
        ),
        2,
    )


def models(results: Mapping[str, Result]) -> Lines:
    """Error rates of several models side by side: one row a set and pass, but for `refined`."""
    names = list(dict.fromkeys(result["model"] for result in results.values()))
    known = {(one["model"], one["set"]): one["figures"] for one in results.values()}
    heads = ["set", "pass"]
    for model in names:
        heads += [f"`{model}`: CER %", "95 %", "WER %", "95 %"]
    rows = []
    for of in dict.fromkeys(result["set"] for result in results.values()):
        for name in ("streaming", "final_greedy", "final"):
            rates = [known.get((model, of), {}).get(name) for model in names]
            cells = [f"`{of}`", name]
            for one in rates:
                cells += [
                    number(one["cer"]), interval(one.get("cer_ci")),
                    number(one["wer"], ".1f"), interval(one.get("wer_ci"), ".1f"),
                ] if one else ["-"] * 4  # fmt: skip
            if any(rates):
                rows.append(cells)
    return grid(heads, rows, 2) + made_by(results)


_OURS = {
    "final_greedy": "LSTM, 3.9 M parameters, no language model",
    "final": "the same, a rescorer of 1.8 M parameters, 8 MB of n-grams and words",
}


def short(results: Mapping[str, Result]) -> Lines:
    """Error rates of every pass on one set, for a page that has little room."""
    (result,) = results.values()
    figures = result["figures"]
    rows = [
        (text, number(figures[name]["cer"]), number(figures[name]["wer"], ".1f"))
        for name, text in PASSES.items()
        if name in figures
    ]
    return grid(("", "CER %", "WER %"), rows)


def stream(results: Mapping[str, Result]) -> Lines:
    """What is measured while a line is written."""
    delays = {
        "shown_delay": "last pen-up of a word until it is first shown right, s",
        "commit_delay": "last pen-up of a word until it is committed, s",
    }
    names = {
        "edit_overhead": "edit overhead, %",
        "changed_words": "shown words that change later, %",
        "changed_words_before_last": "the same, but for the last word shown, %",
        "retractions": "retractions a character",
        "committed_cer": "CER of the committed text, %",
    }
    (result,) = results.values()
    measured = result["figures"]["stream"]
    rows = [
        (text, number(measured[f"{name}_p50"]), number(measured[f"{name}_p90"]))
        for name, text in delays.items()
    ]
    rows += [(text, number(measured[name]), "") for name, text in names.items()]
    known = "CER of the same lines, nothing committed before the end, %"
    rows.append((known, number(result["figures"]["final"]["cer"]), ""))
    heads = ("while writing", "all, or the median", "90th percentile")
    return grid(heads, rows) + made_by(results)


def robustness(results: Mapping[str, Result], least: float = 0.0) -> Lines:
    """CER under each change of the ink, and the difference to the ink as it is."""
    (result,) = results.values()
    found = list(result["figures"]["sets"].values())
    heads = ["change"]
    for name in sets_of(result):
        heads += [f"`{name}`: CER %", "more", "95 %"]
    rows = [["none", *(cell for one in found for cell in (number(one["cer"]), "", ""))]]
    for change in found[0]["changes"]:
        entries = [one["changes"][change] for one in found]
        if max(abs(entry["more"]) for entry in entries) >= least:
            rows.append([change])
            for entry in entries:
                rows[-1] += [
                    number(entry["cer"]), number(entry["more"], "+.2f"),
                    interval(entry["more_ci"], "+.2f"),
                ]  # fmt: skip
    return grid(heads, rows) + made_by(results)


def robustness_most(results: Mapping[str, Result]) -> Lines:
    """The changes that make a difference of 0.35 points of CER or more on a set."""
    return robustness(results, 0.35)


def pages(results: Mapping[str, Result]) -> Lines:
    """Pages that are taken apart into lines."""
    (result,) = results.values()
    found = result["figures"]
    rows = [
        ("pages taken apart as written", f"{found['pages_right']} of {found['pages']}", "-"),
        ("lines of these pages found", f"{found['lines_right']} of {found['lines']}", "-"),
        ("single lines that stay one", f"{found['lines_alone_right']} of {found['lines']}", "-"),
    ]
    if "cer" in found:
        rows += [
            ("CER of the pages' text, %", number(found["cer"]), interval(found["cer_ci"])),
            (
                "the same where the lines are known, %",
                number(found["cer_lines_told"]),
                interval(found["cer_lines_told_ci"]),
            ),
        ]
    return grid((f"`{result['model']}`, `{result['set']}`", "", "95 %"), rows) + made_by(results)


def adapting(results: Mapping[str, Result]) -> Lines:
    """CER of each writer before and after a model was adapted to them."""
    (result,) = results.values()
    *writers, totals = result["figures"]["rows"]
    learnt = str(max(totals["lines"]))
    labels = {
        "all": "**all of them**",
        "other_writers": "each model, the other writers",
        "others": "each model, another corpus",
    }
    named = [
        (f"{row['writer']}, {row['asked']} {'texts' if row['kind'] == 'text' else 'times 5 words'}",
         row) for row in writers
    ]  # fmt: skip
    named += [(label, totals[key]) for key, label in labels.items() if totals.get(key)]
    rows = []
    for label, row in named:
        after = row["after"][learnt]
        rates = [side.get(name) for name in ("final_greedy", "final")
                 for side in (row["before"], after)]  # fmt: skip
        rows.append(
            (
                label,
                f"{row['characters']:,}",
                *map(number, rates),
                number(after.get("cpu_s"), ".0f"),
            )
        )
    heads = (
        f"CER % after {learnt} lines", "characters", "final_greedy: before", "after",
        "final: before", "after", "CPU, s",
    )  # fmt: skip
    return grid(heads, rows) + made_by(results)


_UNSHOWN = ("quarter of the line", "import inkrec", "import numpy", "100000", "open strokes")
"""Ends of the cases that a table has no room for: they are in the results and in the history."""


def timings(results: Mapping[str, Result]) -> Lines:
    """Rows of ``benchmarks/run.py``; of a case that several runs have, the first run's."""
    rows: dict[str, tuple[str, ...]] = {}
    for name, result in results.items():
        for row in result["figures"]["rows"]:
            if not row["case"].removesuffix(" samples").endswith(_UNSHOWN):
                numbers = (figure(row.get(key)) for key in ("median", "p95", "p99", "max"))
                what = str(row.get("note") or "")
                rows.setdefault(row["case"], (row["case"], what, name, row["unit"], *numbers))
    heads = ("case", "what", "run", "unit", "median", "p95", "p99", "max")
    return grid(heads, list(rows.values()), 4) + made_by(results)


def timings_short(results: Mapping[str, Result]) -> Lines:
    """The few times that an app's developer asks for."""
    cases = {
        "feed, a sample": "a sample with the pen down",
        "pen-up": "a pen-up: second pass, beam search, commit",
        "stroke": "a stroke, its samples and its pen-up",
        "recognize a line": "a whole line from a file",
        "import inkrec and load": "import and load",
    }
    known = {row["case"]: row for one in results.values() for row in one["figures"]["rows"]}
    rows = []
    for case, label in cases.items():
        row = known[case]
        rows.append((label, row["unit"], *(figure(row[key], 2) for key in ("median", "p95"))))
    return grid(("one core", "", "median", "p95"), rows, 2)


TABLES: dict[str, Callable[[Mapping[str, Result]], Lines]] = {
    "sets": sets_table,
    "passes": passes,
    "models": models,
    "published": published,
    "published-short": published_short,
    "short": short,
    "stream": stream,
    "robustness": robustness,
    "robustness-most": robustness_most,
    "pages": pages,
    "adapting": adapting,
    "timings": timings,
    "timings-short": timings_short,
}


def rendered(text: str, folder: Path = record.RESULTS) -> str:
    """A page with its tables rendered anew.

    Raises
    ------
    ValueError
        If a table is of an unknown kind, or a result is missing or lacks a field.
    """

    def table(match: re.Match[str]) -> str:
        kind, *names = match[2].split()
        if kind not in TABLES:
            raise ValueError(f"no table is called {kind!r}; there are {', '.join(TABLES)}")
        try:
            results: dict[str, Any] = {name: read(name, folder) for name in names}
        except FileNotFoundError as error:
            raise ValueError(f"no result {error.filename}; record it") from None
        return match[1] + "\n".join(TABLES[kind](results)) + "\n" + match[3]

    return _TABLE.sub(table, text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Render all pages, or say which would change."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if a page is stale")
    args = parser.parse_args(arguments)
    stale = []
    for name in PAGES:
        text = (ROOT / name).read_text(encoding="utf-8")
        new = rendered(text)
        if new != text:
            stale.append(name)
            if not args.check:
                (ROOT / name).write_text(new, encoding="utf-8")
    for name in stale:
        print(f"{name} {'is not what the results say' if args.check else 'written'}")
    return 1 if args.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

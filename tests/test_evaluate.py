"""Evaluation: a corpus read by a reader whose every error is known."""

from __future__ import annotations

import base64
import importlib
import itertools
import json
import math
import os
import re
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest.importorskip("h5py", reason="evaluation needs the train extra")
pytest.importorskip("rapidfuzz", reason="evaluation needs the train extra")
pytest.importorskip("scipy", reason="evaluation needs the train extra")
pytest.importorskip("matplotlib", reason="evaluation needs the train extra")
pytest.importorskip("jinja2", reason="evaluation needs the train extra")

from inkrec import FormatError, Ink, Stroke, metrics
from inkrec.cli import eval as commands_module
from inkrec.corpus import Sample, write_corpus
from inkrec.evaluate import (
    COMMIT_POLICIES,
    EvalOptions,
    LineResult,
    analysis,
    read_lines,
    replay,
    summarize,
    table,
    worst,
)
from inkrec.evaluate import report as report_module
from inkrec.evaluate.report import write_report

TEXTS = ["Dear Ada,", "the engine", "weaves patterns", "as looms do", "x < y & z", "flowers"]

# Ink that spells itself: stroke k holds one point at x = code of character k. The
# reader stands in a module of its own, so that other processes can import it.
FAKE = """
from inkrec.results import Hypothesis, Word

def load(model):
    from inkrec.evaluate import runner
    runner.decode_passes = lambda recognizer, ink: recognizer.decode_passes(ink)
    return Fake()

def spell(ink):
    return "".join(chr(int(stroke.x[0])) for stroke in ink)

def words_of(text, t):
    return tuple(
        Word(w, 0.25 if "e" in w else 1.0, 0.0, t, (0,)) for w in text.split()
    )

class Fake:
    def decode_passes(self, ink):
        text = spell(ink)
        return {
            "streaming": text.replace("e", "c").replace(" ", ""),
            "refined": text.replace("e", "c"),
            "final": text,
        }
    def recognize(self, ink, line_height=None, pre_context=""):
        return Hypothesis(words=words_of(spell(ink).replace("e", "c"), 0.0))
    def session(self, has_time=True, commit=0):
        session = Session()
        session.late = commit is None
        return session

class Session:
    late = False
    hypothesis = Hypothesis()
    text = ""
    def feed(self, sample):
        if sample.touching:
            self.text += chr(int(sample.x))
            done = 0 if self.late else max(self.text.rfind(" "), 0)
            self.hypothesis = Hypothesis(self.text[:done], self.text[done:].replace("e", "c"))
        self.t = sample.t
        return self.hypothesis
    def finish(self):
        return Hypothesis(self.text, words=words_of(self.text, self.t), final=True)
"""


def spelled(text):
    return Ink(Stroke([ord(c)], [0.0], [0.5 * k]) for k, c in enumerate(text))


@pytest.fixture
def fake(tmp_path, monkeypatch):
    (tmp_path / "spelling_reader.py").write_text(textwrap.dedent(FAKE))
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module("spelling_reader")


@pytest.fixture
def corpus(tmp_path):
    path = str(tmp_path / "tiny.h5")
    samples = [
        Sample(spelled(text), text, f"s{i}", f"w{i % 2}", f"f{i % 3}", "dev", "line")
        for i, text in enumerate(TEXTS)
    ]
    samples += [
        Sample(spelled("blank"), "  ", "blank", "w0", "f0", "dev", "line"),
        Sample(spelled("word"), "word", "word", "w0", "f0", "dev", "word"),
        Sample(spelled("far"), "far", "far", "w9", "f9", "train", "line"),
    ]
    write_corpus(path, samples, attributes={"name": "tiny"})
    return path


def read_all(fake, corpus, jobs=0):
    options = EvalOptions(stream=True, confidence=True, commitments=True)
    return list(read_lines("any", corpus, range(len(TEXTS)), options, jobs, fake.load))


def test_every_line_is_read_in_every_pass(fake, corpus):
    lines = read_all(fake, corpus)
    assert [line.reference for line in lines] == TEXTS
    assert [line.passes["final"] for line in lines] == TEXTS
    assert lines[1].passes["streaming"] == "thccnginc"
    assert (lines[1].writer, lines[1].form, lines[1].best) == ("w1", "f1", "final")
    assert lines[1].words == (("thc", 1.0), ("cnginc", 1.0))


def test_processes_change_nothing(fake, corpus):
    assert read_all(fake, corpus, jobs=2) == read_all(fake, corpus)


# A reader that takes its time, and tells on standard output when it comes so far.
SLOW = """
import sys, time
import spelling_reader

def load(model):
    spelling_reader.load(model)
    return Slow()

class Slow(spelling_reader.Fake):
    def decode_passes(self, ink):
        print("reads", flush=True)
        time.sleep(600)

if __name__ == "__main__":
    from inkrec.evaluate import read_lines
    import slow_reader
    try:
        list(read_lines("any", sys.argv[1], range(6), jobs=2, loader=slow_reader.load))
    except KeyboardInterrupt:
        sys.exit(130)
else:
    print("loads", flush=True)
    time.sleep(0.5)
"""


@pytest.mark.skipif(os.name == "nt", reason="sends signals")
@pytest.mark.parametrize("when", ["loads", "reads"])
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_processes_end_with_the_one_that_started_them(fake, corpus, tmp_path, sent, when):
    script = tmp_path / "slow_reader.py"
    script.write_text(SLOW)
    # tests that run in a shell's background ignore Ctrl-C, and so would what they start
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run = subprocess.Popen(
            [sys.executable, str(script), corpus],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, ours)
    with run:
        try:
            said = [run.stdout.readline() for _ in range(3)]  # the first is of the script itself
            while said[-1] != f"{when}\n".encode():
                said.append(run.stdout.readline())
                assert said[-1], "it ended by itself"
            if sent == signal.SIGINT:
                os.killpg(run.pid, sent)  # as a terminal does
            else:
                run.send_signal(sent)
            # what is left of them would keep these pipes open
            error = run.communicate(timeout=60)[1]
            if sent == signal.SIGINT:
                assert (error, run.returncode) == (b"", 130)
            else:
                assert run.returncode == -sent
        finally:
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)


def test_summary_worked_by_hand(fake, corpus):
    summary = summarize(read_all(fake, corpus))
    total = sum(map(len, TEXTS))
    e = sum(text.count("e") for text in TEXTS)
    spaces = sum(text.count(" ") for text in TEXTS)
    assert summary["lines"] == len(TEXTS)
    assert summary["characters"] == total
    assert summary["refined"]["cer"] == pytest.approx(100 * e / total)
    assert summary["streaming"]["cer"] == pytest.approx(100 * (e + spaces) / total)
    assert summary["final"]["cer"] == summary["final"]["wer_iamhwr"] == 0
    assert "final_lm" not in summary
    assert all(map(math.isnan, summary["refined"]["cer_ci"])), "two writers are too few"
    words = [word for text in TEXTS for word in text.split()]
    right = sum("e" not in word for word in words)
    assert summary["confidence"]["words"] == len(words)
    assert summary["confidence"]["right"] == pytest.approx(100 * right / len(words))
    assert summary["stream"]["committed_cer"] == 0


def test_intervals_draw_writers_or_forms_where_there_is_no_writer():
    def lines(writer, form):
        texts = [("abcd", "abcd"), ("abcd", "xxcd")] * 20
        return [
            LineResult(i, f"s{i}", writer(i), form(i), true, {"final": read})
            for i, (true, read) in enumerate(texts)
        ]

    def interval(writer, form):
        return summarize(lines(writer, form))["final"]["cer_ci"]

    # lines take turns in being wrong: two of a form are as good as any other two, and a writer
    # of all that went wrong is not
    by_form = interval(lambda i: "", lambda i: str(i // 2))
    assert by_form == [25.0, 25.0]
    assert interval(lambda i: str(i // 2), lambda i: str(i)) == by_form
    low, high = interval(lambda i: f"{i % 2}{i // 8}", lambda i: str(i // 2))
    assert low < 20
    assert high > 30
    assert all(map(math.isnan, interval(lambda i: str(i % 9), str)))


def test_every_commitment_setting_is_measured(fake, corpus):
    found = {s["name"]: s for s in summarize(read_all(fake, corpus))["commitment"]}
    assert list(found) == list(COMMIT_POLICIES)
    assert found["at the end"]["commit_delay_p50"] > found["default"]["commit_delay_p50"]


def test_replay_keeps_what_was_shown_and_when(fake):
    line = replay(fake.load("any").session(), spelled("we go"), "we go")
    assert [tuple(state[1:]) for state in line.shown] == [
        ("", 0), ("w", 0), ("wc", 0), ("we ", 2), ("we g", 2), ("we go", 2), ("we go", 5)
    ]  # fmt: skip
    assert [state.t for state in line.shown[1:]] == [0, 0.5, 1.0, 1.5, 2.0, 2.0]
    assert line.pen_ups == (1, 2, 3, 4, 5)
    line.validate()
    assert metrics.changed_words([line])[0] == pytest.approx(100 * 1 / 7)


def test_worst_lines_come_first(fake, corpus):
    lines = [
        line.__class__(**{**{n: getattr(line, n) for n in line.__slots__}, "passes": passes})
        for line, passes in zip(
            read_all(fake, corpus),
            [{"final": text[k:]} for k, text in enumerate(TEXTS)],
            strict=True,
        )
    ]
    rates = [rate for rate, _ in worst(lines, 3)]
    assert rates == sorted(rates, reverse=True)
    assert worst(lines, 1)[0][1].reference == "flowers"


def test_table_shows_passes_and_worst_lines(fake, corpus):
    lines = read_all(fake, corpus)
    head = {"model": "en", "corpus": "tiny.h5", "split": "dev", "seconds": 1.0}
    text = table({**head, **summarize(lines)}, worst(lines, 2))
    assert "en on tiny.h5, dev: 6 lines" in text
    assert text.splitlines()[1] == "", "all of it was measured"
    (row,) = [row for row in text.splitlines() if row.startswith("refined")]
    assert row.split()[2] == row.split()[4] == "-", "of two writers there is no interval"
    asked = {"kind": "line", "form": "f*", "limit": 9, "left_out": 2}
    text = table({**head, **asked, **summarize(lines)}, worst(lines, 2))
    assert text.splitlines()[1] == "kind line, forms f*, the first 9; left out without a text: 2"
    for word in ("streaming", "refined", "final", "ece", "edit_overhead", "true  Dear Ada,"):
        assert word in text


@pytest.fixture
def evaluate(fake, corpus, monkeypatch, capsys):
    """Run ``inkrec eval`` with the reader above."""
    from inkrec.cli import main

    monkeypatch.setattr(commands_module, "load", fake.load)
    monkeypatch.setattr(
        commands_module,
        "read_lines",
        lambda *given: read_lines(*given[:-1], jobs=0, loader=fake.load),
    )

    def run(*options):
        code = main(["eval", "any", corpus, *options])
        return code, capsys.readouterr()

    return run


def test_eval_prints_one_object_with_the_promised_keys(evaluate):
    code, said = evaluate("--split", "dev", "--kind", "line", "--json", "--stream", "--confidence")
    found = json.loads(said.out)
    assert code == 0
    assert found["lines"] == len(TEXTS)
    assert found["left_out"] == 1
    rates = {"cer", "wer", "cer_ci", "wer_ci", "cer_iamhwr", "wer_iamhwr", "wer_joined"}
    assert found["kind"] == "line"
    assert not {"form", "limit"} & found.keys()
    for name in ("streaming", "refined", "final"):
        assert set(found[name]) == rates
        assert found[name]["cer_ci"] == [None, None], "of two writers there is no interval"
    assert {
        "shown_delay_p50", "shown_delay_p90", "commit_delay_p50", "commit_delay_p90",
        "edit_overhead", "changed_words", "changed_words_before_last", "committed_cer",
    } <= set(found["stream"])  # fmt: skip


def test_eval_limits_and_chooses(evaluate):
    _, said = evaluate("--split", "dev", "--limit", "2", "--json")
    assert json.loads(said.out)["lines"] == json.loads(said.out)["limit"] == 2
    _, said = evaluate("--split", "dev", "--kind", "word", "--json")
    assert json.loads(said.out)["characters"] == 4
    code, said = evaluate("--split", "dev", "--worst", "1")
    assert code == 0
    assert said.out.count("true  ") == 1


def test_eval_names_what_is_missing(evaluate, corpus):
    code, said = evaluate("--split", "test")
    assert code == 1
    assert "no split 'test'" in said.err
    assert "'dev'" in said.err
    assert said.err.count("\n") == 1


def test_eval_chooses_forms(evaluate):
    _, said = evaluate("--split", "dev", "--kind", "line", "--form", "f[01]", "--json")
    assert json.loads(said.out)["lines"] == sum(i % 3 < 2 for i in range(len(TEXTS)))
    _, said = evaluate("--split", "train", "--form", "f*", "--json")
    assert json.loads(said.out)["lines"] == 1
    code, said = evaluate("--split", "dev", "--form", "f9")
    assert code == 1
    assert "no form of split 'dev' is named 'f9'; one is named 'f0'" in said.err


def test_eval_leaves_out_texts_that_another_split_has(evaluate, corpus):
    said = {
        "dev": ["tea time", "more\u2019s the pity", "milk"],
        "train": ["tea  time ", "more's the pity"],
    }
    samples = [
        Sample(spelled(text), text, f"{split}{i}", "w", "f", split, "line")
        for split, texts in said.items() for i, text in enumerate(texts)
    ]  # fmt: skip
    write_corpus(corpus, samples, attributes={"name": "tiny"})
    code, said = evaluate("--split", "dev", "--exclude-texts-of", "train", "--json")
    found = json.loads(said.out)
    assert (code, found["exclude_texts_of"], found["lines"], found["characters"]) == (
        0,
        "train",
        1,
        4,
    )
    code, said = evaluate("--split", "dev", "--exclude-texts-of", "dev")
    assert code == 1
    assert "no line with a text that split 'dev' has not" in said.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--split"),
        (["--split", "dev", "--limit", "0"], "--limit: '0' is no whole number from 1 up"),
        (["--split", "dev", "--limit", "abc"], "--limit: 'abc' is no whole number from 1 up"),
        (["--split", "dev", "--worst", "-1"], "--worst: '-1' is no whole number from 0 up"),
    ],
)
def test_eval_refuses_a_wrong_call(evaluate, capsys, options, said):
    with pytest.raises(SystemExit) as stopped:
        evaluate(*options)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("path", ["file", "file/report"])
def test_a_report_where_a_file_is_is_refused_before_reading(evaluate, tmp_path, monkeypatch, path):
    (tmp_path / "file").write_text("old")
    monkeypatch.setattr(commands_module, "load", lambda _: pytest.fail("it began"))
    code, said = evaluate("--split", "dev", "--report", str(tmp_path / path))
    assert code == 1
    assert f"{tmp_path / 'file'} is a file; name a folder" in said.err
    assert said.err.count("\n") == 1


def test_figures_are_printed_before_the_report_is_written(evaluate, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "index.html")

    monkeypatch.setattr(report_module, "write_report", full)
    code, said = evaluate("--split", "dev", "--report", str(tmp_path / "report"))
    assert code == 1
    assert "any on tiny.h5, dev: 7 lines" in said.out
    assert "No space left" in said.err


def report(fake, corpus, tmp_path, **more):
    """The page of a report of lines, one of which is misread."""
    lines = read_all(fake, corpus)
    lines[1].passes["final"] = "the <engine"
    summary = {"model": "en", "corpus": "tiny.h5", "split": "dev", **summarize(lines), **more}
    path = write_report(str(tmp_path / "new" / "report"), lines, summary, corpus)
    return Path(path).read_text(encoding="utf-8")


def test_report_is_one_page_with_everything(fake, corpus, tmp_path):
    page = report(fake, corpus, tmp_path, form="<f>", left_out=3)
    titles = re.findall("<h[23]>(.*?)</h[23]>", page)
    assert titles == [
        "Error rates", "Characters", "Length", "Writers", "Confidence", "While writing",
        "Commit policies: errors against delay", "Worst lines",
    ]  # fmt: skip
    assert "words; forms &lt;f&gt;; left out without a text: 3</p>" in page
    assert re.search(r"<td>final</td><td>1\.\d\d</td><td>-</td>", page), (
        "no interval of two writers"
    )
    assert "nan" not in page
    assert "x &lt; y &amp; z" in page
    assert "the <mark>&lt;</mark>engine" in page
    assert page.count('class="case"') == len(TEXTS)
    inks = page.split("<h2>Worst lines</h2>")[1]
    assert inks.count("<svg") == len(TEXTS)


def test_a_report_needs_nothing_beside_it(fake, corpus, tmp_path):
    page = report(fake, corpus, tmp_path)
    addresses = re.findall(
        r"(?:src|href|action)=[\"']?([^\"'> ]+)|url\(([^)]*)\)|@import (.*)", page
    )
    found = ["".join(groups) for groups in addresses]
    assert len(found) == 6, "six plots"
    for address in found:
        kind, _, data = address.partition(",")
        assert kind == "data:image/svg+xml;base64"
        picture = ElementTree.fromstring(base64.b64decode(data))
        assert picture.tag.endswith("svg")
        linked = [v for e in picture.iter() for k, v in e.attrib.items() if k.endswith("href")]
        assert all(link.startswith("#") for link in linked)


def test_a_report_of_lines_without_confidences_and_streams(fake, corpus, tmp_path):
    lines = list(read_lines("any", corpus, range(len(TEXTS)), loader=fake.load))
    summary = {"model": "en", "corpus": "tiny.h5", "split": "dev", **summarize(lines)}
    page = Path(write_report(str(tmp_path), lines, summary, corpus)).read_text(encoding="utf-8")
    titles = re.findall("<h2>(.*?)</h2>", page)
    assert titles == ["Error rates", "Characters", "Length", "Writers", "Worst lines"]
    assert page.count("<img") == 3


def test_analysis_counts_confusions():
    pairs = [("see the", "scc thc"), ("be", "b"), ("a", "ab")]
    found = analysis.confusions(pairs)
    assert found == {("e", "c"): 3, ("e", ""): 1, ("", "b"): 1}
    first = analysis.characters(pairs)[0]
    assert first == ("e", 4, 4, (("c", 3), ("", 1)))


def test_analysis_groups_by_form_where_there_is_no_writer(fake, corpus):
    lines = read_all(fake, corpus)
    assert {group.name for group in analysis.by_writer(lines, "streaming")} == {"w0", "w1"}
    for line in lines:
        object.__setattr__(line, "writer", "")
    groups = analysis.by_writer(lines, "streaming")
    assert {group.name for group in groups} == {"f0", "f1", "f2"}
    assert [group.cer for group in groups] == sorted(group.cer for group in groups)


def test_analysis_by_length_keeps_every_line(fake, corpus):
    groups = analysis.by_length(read_all(fake, corpus), "final", width=5)
    assert [group.name for group in groups] == ["5-9", "10-14", "15-19"]
    assert sum(group.lines for group in groups) == len(TEXTS)


def test_reliability_bins():
    assert analysis.reliability([(0.95, True), (1.0, False), (0.1, False)]) == [
        (0.1, 0.0, 1),
        (0.975, 0.5, 2),
    ]


def test_bins_hold_every_word_where_it_belongs():
    sums = metrics.confidence_bins([0.0, 0.49, 0.5, 1.0], [True, False, True, False], 2)
    assert sums.tolist() == [[0.49, 1.0, 2.0], [1.5, 1.0, 2.0]]


def test_rates_are_drawn_with_their_intervals_where_there_are_any():
    known = {"cer": 2.0, "cer_ci": [1.0, 4.0], "wer": 9.0, "wer_ci": [8.0, 11.0]}
    unknown = {**known, "cer_ci": [math.nan, math.nan], "wer_ci": [math.nan, math.nan]}
    for rates, bars in ((known, 2), (unknown, 0)):
        axes = report_module.rates_plot({"final": rates}, ["final"])
        assert [line.get_ydata().tolist() for line in axes.lines[:2]] == [[2.0], [9.0]]
        assert len(axes.collections) == bars
        assert {text.get_text() for text in axes.texts} == {"2.0", "9.0"}
    axes = report_module.rates_plot({"final": known}, ["final"])
    (span,) = axes.collections[0].get_segments()
    assert span[:, 1].tolist() == [1.0, 4.0]


def test_delays_are_not_said_to_end_where_the_axis_does():
    shown = [0.01 * i for i in range(100)]
    commit = [0.2 * i for i in range(100)]
    axes = report_module.delays_plot(shown, commit)
    low, high = axes.get_xlim()
    assert low == pytest.approx(0.01, abs=0.02)
    assert 19 < high < 19.8, "the axis reaches what all but a fiftieth wait"
    assert max(axes.lines[1].get_xdata()) == pytest.approx(19.8), "and the line goes on to its end"


@pytest.mark.parametrize(("count", "shown"), [(4, 4), (12, 12), (40, 10)])
def test_names_on_an_axis_do_not_run_into_one_another(count, shown):
    groups = [analysis.Group(f"{8 * k}-{8 * k + 7}", 1, 8, 1.0) for k in range(count)]
    axes = report_module.length_plot({"streaming": groups, "final": groups})
    axes.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert len(boxes) == shown
    assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))
    bars = [bar.get_x() for bar in axes.patches]
    assert len(set(bars)) == 2 * count, "two bars beside one another"


def test_a_missing_corpus_is_one_error(fake, tmp_path):
    with pytest.raises(FormatError, match="no such corpus"):
        list(read_lines("any", str(tmp_path / "no.h5"), [0], loader=fake.load))

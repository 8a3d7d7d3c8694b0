"""The command line, with a reader that spells the ink's own code."""

from __future__ import annotations

import io
import json
import os
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import inkrec
from inkrec import Hypothesis, Ink, ModelError, Stroke, Word, cli
from inkrec.cli import read as read_command


def spelled(text):
    """Ink whose stroke k looks like a letter and tells character k by its pressure."""
    x, y = [0, 0, 1, 3, 5, 6, 6, 6], [0, 6, 9, 9, 6, 0, 5, 9]
    return Ink(
        Stroke(
            [v + 9 * k for v in x],
            y,
            [0.5 * k + 0.2 * i / 7 for i in range(8)],
            [ord(c) / 512] * 8,
        )
        for k, c in enumerate(text)
    )


class Reader:
    def recognize(self, ink, *, line_height=None, pre_context="", one_line=False, field=None):
        session = self.session(line_height=line_height, pre_context=pre_context)
        for sample in ink.samples():
            session.feed(sample)
        return session.finish()

    def session(self, *, line_height=None, pre_context="", has_time=True, field=None):
        return Session(pre_context)


class Session:
    def __init__(self, before):
        self.text = before
        self.hypothesis = Hypothesis()
        self.pressure = 0.0

    def feed(self, sample):
        if sample.touching:
            self.pressure = sample.pressure
        else:
            self.text += chr(round(512 * self.pressure))
            done = max(self.text.rfind(" "), 0)
            self.hypothesis = Hypothesis(self.text[:done], self.text[done:])
        return self.hypothesis

    def finish(self):
        words = tuple(Word(w, 0.5, 0.0, 1.0, (0,)) for w in self.text.split())
        return Hypothesis(self.text, words=words, final=True)


@pytest.fixture
def reader(monkeypatch):
    monkeypatch.setattr(read_command, "load", lambda name: Reader())


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "hi.jsonl"
    inkrec.write(path, spelled("so it"))
    return str(path)


def test_read_prints_the_text(reader, file, capsys):
    assert cli.main(["read", file]) == 0
    assert capsys.readouterr().out == "so it\n"


def test_read_names_the_files_where_there_are_several(reader, file, tmp_path, capsys):
    other = tmp_path / "other.inkml"
    inkrec.write(other, spelled("go"))
    assert cli.main(["read", file, str(other), "--pre-context", "x"]) == 0
    assert capsys.readouterr().out == f"{file}: xso it\n{other}: xgo\n"


def test_read_json_holds_the_words(reader, file, capsys):
    assert cli.main(["read", "--json", file]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["text"] == "so it"
    assert [word["text"] for word in found["words"]] == ["so", "it"]
    assert found["words"][0]["confidence"] == 0.5


@pytest.fixture
def page(tmp_path):
    below = [s.replace(y=s.y + 60, t=s.t + 9) for s in spelled("to you")]
    path = tmp_path / "page.jsonl"
    inkrec.write(path, Ink([*spelled("hi all"), *below]))
    return str(path)


def test_read_takes_a_page_line_by_line(reader, page, capsys):
    assert cli.main(["read", page]) == 0
    assert capsys.readouterr().out == "hi all\nhi all to you\n"  # the text in front is told
    assert cli.main(["read", page, "--one-line"]) == 0
    assert capsys.readouterr().out == "hi allto you\n"
    assert cli.main(["read", page, "--stream"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "hi all to you|"


def test_read_json_tells_the_strokes_of_the_page(reader, page, capsys):
    assert cli.main(["read", page, "--json"]) == 0
    told = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert [row["line"] for row in told] == [0, 1]
    assert [row["words"][0]["strokes"] for row in told] == [[0], [6]]


def test_ink_with_a_text_of_its_own_is_one_line(reader, page, tmp_path, capsys):
    path = str(tmp_path / "labelled.jsonl")
    inkrec.write(path, inkrec.read(page), label="hi all to you")
    assert cli.main(["read", path]) == 0
    assert capsys.readouterr().out == "hi allto you\n"


def test_stream_in_a_pipe_is_a_line_a_change(reader, file, capsys):
    assert cli.main(["read", "--stream", file]) == 0
    assert capsys.readouterr().out == "|s\n|so\nso| \nso| i\nso| it\nso it|\n"


def test_stream_json_is_an_object_a_change_and_one_for_the_end(reader, file, capsys):
    assert cli.main(["read", "--stream", "--json", file]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [state["t"] for state in found[:-1]] == [0.2, 0.7, 1.2, 1.7, 2.2]
    assert found[3] == {"file": file, "t": 1.7, "committed": "so", "tentative": " i"}
    assert found[-1]["text"] == "so it"
    assert "t" not in found[-1]


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_stream_on_a_terminal_tells_committed_from_tentative(reader, file, monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    assert cli.main(["read", "--stream", "--speed", "0", file]) == 0
    assert "\r\x1b[K\x1b[1mso\x1b[0m\x1b[2m it\x1b[0m" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[Kso it\n")


def test_stream_on_a_terminal_never_wraps(reader, tmp_path, monkeypatch):
    path, screen = tmp_path / "long.jsonl", Screen()
    inkrec.write(path, spelled("word " * 30))
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "40")
    assert cli.main(["read", "--stream", "--speed", "0", str(path)]) == 0
    states = screen.getvalue().split("\r\x1b[K")[1:-1]
    plain = [s.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "") for s in states]
    assert len(plain) > 100
    assert max(map(len, plain)) == 39


def test_stream_keeps_the_pace_it_is_given(reader, file, monkeypatch, capsys):
    now, slept = [100.0], []

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    assert cli.main(["read", "--stream", "--speed", "2", file]) == 0
    assert sum(slept) == pytest.approx(2.2 / 2)


@pytest.mark.parametrize("speed", ["-1", "inf", "nan", "quick"])
def test_a_speed_that_is_none_is_refused(speed, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["read", "--stream", "--speed", speed, "x"])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert f"argument --speed: {speed!r} is no speed; give a number, 0 or more" in said


def test_a_file_that_cannot_be_read_does_not_keep_the_others_from_it(
    reader, file, tmp_path, capsys
):
    broken = tmp_path / "broken.inkml"
    broken.write_text("<ink><trace>1 2, 3")
    assert cli.main(["read", file, "nowhere.inkml", str(broken), file]) == 1
    said = capsys.readouterr()
    assert said.out == f"{file}: so it\n" * 2
    first, second = said.err.splitlines()
    assert first == "inkrec: nowhere.inkml: No such file or directory"
    assert second.startswith(f"inkrec: {broken}:1: broken XML")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["read", "nowhere.inkml"], "nowhere.inkml"),
        (["show", "nowhere.inkml"], "nowhere.inkml"),
        (["convert", "{file}", "out.nonsense"], "out.nonsense"),
        (["show", "{file}", "-o", "out.pdf"], "out.pdf: ink is drawn as .svg or .png"),
        (["convert", "{file}", "no/such/folder/out.inkml"], "no/such/folder"),
        (["read", "{folder}"], "directory"),
        (["read", "{broken}"], "broken.inkml"),
    ],
)
def test_an_error_of_the_user_is_one_line(arguments, match, reader, file, tmp_path, capsys):
    (tmp_path / "broken.inkml").write_text("<ink><trace>1 2, 3")
    names = {"file": file, "folder": str(tmp_path), "broken": str(tmp_path / "broken.inkml")}
    assert cli.main([a.format(**names) for a in arguments]) == 1
    said = capsys.readouterr()
    assert match in said.err
    assert said.err.startswith("inkrec: ")
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_an_error_of_many_lines_becomes_one(file, monkeypatch, capsys):
    def load(name):
        raise ModelError("no model\n  of this\nname")

    monkeypatch.setattr(read_command, "load", load)
    assert cli.main(["read", file]) == 1
    assert capsys.readouterr().err == "inkrec: no model of this name\n"


def test_a_fault_of_ours_is_not_hidden(file, monkeypatch):
    def load(name):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(read_command, "load", load)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        cli.main(["read", file])


def test_an_unknown_model_names_those_there_are(file, capsys):
    assert cli.main(["read", "--model", "no-such-model", file]) == 1
    assert "no-such-model" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["sing"], ["read"], ["convert", "one"]])
def test_a_wrong_call_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert "usage: inkrec" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    ["read", "show", "convert", "eval", "train", "adapt", "live", "devices", "record"],
)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main([command, "--help"])
    assert stopped.value.code == 0
    assert "usage: inkrec" in capsys.readouterr().out


def test_version(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"inkrec {inkrec.__version__}, {inkrec.engine()}\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_an_encoding_lacks_is_escaped(reader, tmp_path, monkeypatch, encoding):
    name = str(tmp_path / "h\xe9.jsonl")
    inkrec.write(name, spelled("\xe9t\u0142"))

    def said(*options):
        out = io.TextIOWrapper(io.BytesIO(), encoding)
        monkeypatch.setattr(sys, "stdout", out)
        assert cli.main(["read", name, *options]) == 0
        assert out.errors == "strict", "as it was"
        return out.buffer.getvalue()

    text = "\xe9t\u0142\n".encode(encoding, "backslashreplace")
    assert said() == text
    for options in (["--json"], ["--json", "--stream"]):
        rows = [json.loads(row) for row in said(*options).decode().splitlines()]
        assert rows[-1]["text"] == "\xe9t\u0142"
        assert {row["file"] for row in rows} == {name}
    assert len(rows) == 4


def test_a_name_that_is_no_utf_8_is_escaped(reader, tmp_path, file, monkeypatch):
    name = str(tmp_path / "h\udce9.jsonl")  # as Python calls a file of such a name
    try:
        os.rename(file, name)
    except (OSError, UnicodeError):
        pytest.skip("the disk takes no such name")
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "stdout", out)
    assert cli.main(["read", name, name]) == 0
    assert cli.main(["read", "--json", name]) == 0
    first, _, last = out.buffer.getvalue().decode().splitlines()
    assert first == f"{tmp_path}/h\\udce9.jsonl: so it"
    assert json.loads(last)["file"] == name


# Programs around ours: a pipe that closes, Ctrl-C. Both in a process of their own, in
# which the reader is swapped for one without a model.

HOST = """
    import sys
    sys.path.insert(0, {here!r})
    from {me} import Reader
    from inkrec import cli
    from inkrec.cli import read as read_command
    read_command.load = lambda name: Reader()
    sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.fixture
def host(tmp_path):
    me = Path(__file__)
    script = tmp_path / "host.py"
    script.write_text(textwrap.dedent(HOST.format(here=str(me.parent), me=me.stem)))
    return [sys.executable, str(script)]


def test_a_reader_that_has_enough_is_no_error(host, tmp_path):
    path = tmp_path / "long.jsonl"
    inkrec.write(path, spelled("word " * 400))
    with subprocess.Popen(
        [*host, "read", "--stream", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout.readline() == b"|w\n"
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 141


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_leaves_no_traceback(host, file):
    # tests that run in a shell's background ignore Ctrl-C, and so would what they start
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run = subprocess.Popen(
            [*host, "read", "--stream", "--speed", "0.1", file],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    finally:
        signal.signal(signal.SIGINT, ours)
    with run:
        assert run.stdout.readline() == b"|s\n"
        run.send_signal(signal.SIGINT)
        assert run.stderr.read() == b"\n"
    assert run.returncode == 130


EARLY = """
    import sys
    from inkrec import cli
    class Stop:
        def find_spec(self, name, path=None, target=None):
            if name == "numpy":
                raise KeyboardInterrupt
    sys.meta_path.insert(0, Stop())
    sys.exit(cli.main(["read", "x.jsonl"]))
"""


def test_ctrl_c_while_modules_are_loaded_leaves_no_traceback():
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(EARLY)], capture_output=True)
    assert (run.stdout, run.stderr, run.returncode) == (b"", b"\n", 130)


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", [["read"], ["read", "--stream"], ["show"]])
def test_a_full_device_is_one_line(command, host, file):
    with FULL.open("w") as full:
        run = subprocess.run([*host, *command, file], stdout=full, stderr=subprocess.PIPE)
    assert run.stderr == b"inkrec: No space left on device\n"
    assert run.returncode == 1


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("name", ["a.inkml", "a.png"])
def test_a_file_on_a_full_device_is_named(name, file, tmp_path, capsys):
    if name == "a.png":
        pytest.importorskip("matplotlib", reason="drawing PNG needs the train extra")
    out = tmp_path / name
    out.symlink_to(FULL)
    command = ["show", file, "-o"] if name == "a.png" else ["convert", file]
    assert cli.main([*command, str(out)]) == 1
    assert capsys.readouterr().err == f"inkrec: {out}: No space left on device\n"


@pytest.mark.skipif(os.name == "nt", reason="needs file-size limits")
def test_a_recording_that_grows_too_large_is_one_line_and_reads(tmp_path):
    path, out = tmp_path / "long.jsonl", tmp_path / "out.jsonl"
    inkrec.write(path, spelled("word " * 100))
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))\n"
        "from inkrec import cli\n"
        "sys.exit(cli.main(sys.argv[1:]))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, "record", str(out), "--pen", f"replay:{path}"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (run.stderr, run.returncode) == (f"inkrec: {out}: File too large\n", 1)
    with pytest.warns(inkrec.InkWarning, match="the last line was cut off"):
        assert len(inkrec.read(out)) > 3


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize("command", ["read", "read --stream", "show", "convert"])
def test_what_is_said_to_a_closed_stream_goes_nowhere(command, host, file, tmp_path):
    out = tmp_path / "out.inkml"
    line = shlex.join([*host, *command.split(), file]) + (f" {out}" if command == "convert" else "")
    run = subprocess.run(["sh", "-c", f"{line} >&-"], capture_output=True)
    assert (run.stderr, run.returncode) == (b"", 0)
    assert out.exists() == (command == "convert")
    run = subprocess.run(["sh", "-c", f"{line}.none 2>&-"], capture_output=True)
    assert run.stdout == b""


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_closed_input_is_an_error(host):
    run = subprocess.run(
        ["sh", "-c", shlex.join([*host, "read", "-"]) + " <&-"], capture_output=True
    )
    assert run.stderr == b"inkrec: standard input is closed; name a file\n"
    assert run.returncode == 1


# Threads: what the process says to the libraries below NumPy when they are loaded.

THREADS = """
    import json, os, sys
    from inkrec import cli
    assert "numpy" not in sys.modules
    import importlib.util
    class Watch:
        def find_spec(self, name, path=None, target=None):
            if name == "numpy":
                print(json.dumps({k: v for k, v in os.environ.items() if "_NUM_THREADS" in k}))
    sys.meta_path.insert(0, Watch())
    code = cli.main(["convert", *sys.argv[1:]])
    print(json.dumps({k: v for k, v in os.environ.items() if "_NUM_THREADS" in k}))
    sys.exit(code)
"""


@pytest.mark.parametrize("said", [{}, {"OMP_NUM_THREADS": "2"}, {"OPENBLAS_NUM_THREADS": "3"}])
def test_numpy_gets_one_thread_unless_the_user_says_otherwise(said, file, tmp_path):
    around = {k: v for k, v in os.environ.items() if "_NUM_THREADS" not in k}
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(THREADS), file, str(tmp_path / "out.svg")],
        env=around | said, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    loading, after = map(json.loads, run.stdout.splitlines())
    one = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")
    assert loading == (said or one)
    assert after == said

"""Ink of made-up pens and habits: what is changed, and that nothing else is."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the benchmark needs the train extra")
pytest.importorskip("h5py", reason="corpora need the train extra")

from letters import page, samples

import inkrec
from inkrec import Ink, Stroke

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "robust.py"


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPT))


@pytest.fixture
def ink() -> Ink:
    return page(3)[0]


def points(ink):
    return np.array([[x, y] for s in ink for x, y in zip(s.x, s.y, strict=True)])


def test_a_pen_of_another_rate_follows_the_same_way(script, ink):
    for hz in (40, 240):
        for before, after in zip(ink, script["sampled"](hz)(ink), strict=True):
            assert np.diff(after.t).max() <= 1 / hz + 1e-9
            assert (after.t[0], after.t[-1]) == (before.t[0], before.t[-1])
            assert np.interp(after.t, before.t, before.x) == pytest.approx(after.x)


def test_lost_samples_leave_both_ends(script, ink):
    fewer = script["dropped"](0.5)(ink)
    assert sum(map(len, fewer)) < 0.7 * sum(map(len, ink))
    for before, after in zip(ink, fewer, strict=True):
        assert [after.x[0], after.x[-1]] == [before.x[0], before.x[-1]]
        assert set(after.t) <= set(before.t)


def test_places_move_and_times_stay(script, ink):
    scale = script["scale_of"](ink)
    moved = script["on_a_grid"](0.1)(ink)
    assert np.abs(points(moved) - points(ink)).max() <= 0.05 * scale + 1e-9
    steps = points(moved) / (0.1 * scale)
    assert steps == pytest.approx(np.round(steps))
    noise = points(script["shaken"](0.04)(ink)) - points(ink)
    assert noise.std() == pytest.approx(0.04 * scale, rel=0.2)
    rising = script["turned"](90)(ink)  # x to the right becomes up, and y grows downward
    assert points(rising) == pytest.approx(points(ink) @ np.array([[0, -1], [1, 0]]))
    for other in (moved, rising):
        assert [s.t.tolist() for s in other] == [s.t.tolist() for s in ink]
    assert not script["CHANGES"]["no time"](ink).has_time


def test_noise_does_not_depend_on_what_came_before(script, ink):
    shaken = script["CHANGES"]["noise of 1/25 scale"]
    first = shaken(ink)
    shaken(page(5)[0])
    assert shaken(ink) == first
    assert np.corrcoef((points(first) - points(ink)).T)[0, 1] < 0.5, "x and y apart"


def test_dots_and_bars_come_last_in_their_order_and_in_time(script):
    u = script["scale_of"](Ink([Stroke([0, 0, 5, 5, 10, 10], [0, 10, 0, 10, 0, 10])]))

    def bar(x, t):
        return Stroke(np.array([x, x + 0.5 * u]), [0.0, 0.0], [t, t + 0.1])

    def stem(x, t):
        return Stroke([x, x], np.array([-u, u]), [t, t + 0.2])

    ink = Ink([stem(5 * u, 0), bar(4.6 * u, 1), stem(9 * u, 2), bar(8.6 * u, 3), stem(14 * u, 4)])
    scale = script["scale_of"](ink)
    late = script["marks_last"](ink)
    assert scale > 0
    assert [float(s.x[0] / u) for s in late] == pytest.approx([5, 9, 14, 4.6, 8.6])
    times = np.concatenate([s.t for s in late])
    assert (np.diff(times) > 0).all()
    assert [s.t[-1] - s.t[0] for s in late] == pytest.approx([0.2, 0.2, 0.2, 0.1, 0.1])


def test_the_report_compares_each_change_with_the_lines_as_they_are(script, tmp_path, capsys):
    from inkrec.corpus import write_corpus

    path = tmp_path / "letters.h5"
    write_corpus(path, samples(16), attributes={"name": "L", "licence": "CC0", "citation": "-"})
    if not (Path(inkrec.__file__).parent / "models" / "en.inkrec").exists():
        pytest.skip("no bundled model")
    sets, name = tmp_path / "sets.toml", "letters.h5, split dev, every 2"
    sets.write_text('[[data]]\nfile = "letters.h5"\nsplit = "dev"\nevery = 2\n')
    call = ["en", str(sets), "--corpora", str(tmp_path), "--quiet"]
    assert script["main"]([*call, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["sets"][name]
    assert told["lines"] == 2
    same = told["changes"]["a thousandth of the units"]
    assert (same["cer"], same["more"]) == (told["cer"], 0)
    for entry in told["changes"].values():
        assert entry["more"] == pytest.approx(entry["cer"] - told["cer"], abs=0.011)
        assert entry["more_ci"] is None, "of two writers there is no interval"
    report = {"model": "en", "sets": {name: told}}
    assert script["table"](report).count("\n") == 2 + len(script["CHANGES"])
    assert "(+0.00; -)" in script["table"](report)
    same["more_ci"] = script["rounded"]((-0.123, 4.567))
    assert "(+0.00; -0.12 to +4.57)" in script["table"](report)
    sets.write_text('[[data]]\nfile = "letters.h5"\nsplit = "nowhere"\n')
    assert script["main"](call) == 1
    assert "nowhere" in capsys.readouterr().err

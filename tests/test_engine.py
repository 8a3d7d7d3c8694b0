"""The compiled core beside NumPy: the same values in and out, whatever kernel computes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st

import inkrec
from inkrec import InkrecError, ModelError, PenSample, _engine
from inkrec._engine import VARIABLE, Engine, chosen, engine
from inkrec.decoding import beam as beams
from inkrec.decoding import prefix
from inkrec.decoding.lm_scorer import LanguageScorer
from inkrec.decoding.prefix import BeamSettings, BeamState
from inkrec.features import points
from inkrec.features.points import FeatureSettings, ResamplerState, feature_points
from inkrec.language.alphabet import Alphabet
from inkrec.language.char_ngram import NgramModel
from inkrec.model import load_model, save_model
from inkrec.network.lstm import FloatLstm, Quantized, QuantizedLstm
from inkrec.recognizer import Recognizer

CORE = _engine._core()
KERNELS = CORE.kernels() if CORE else []
SAMPLES = sorted(
    p for p in (Path(__file__).parents[1] / "demos" / "ink").iterdir() if p.suffix != ".md"
)
needs_core = pytest.mark.skipif(CORE is None, reason="inkrec was built without its compiled core")
each_kernel = pytest.mark.parametrize("kernel", KERNELS or [pytest.param("", marks=needs_core)])

Use = Callable[[str], None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """Choose the engine of what is made from now on."""

    def choose(name: str) -> None:
        monkeypatch.setenv(VARIABLE, name)
        chosen.cache_clear()

    yield choose
    monkeypatch.undo()
    chosen.cache_clear()


# ---- which one


def test_numpy_can_be_chosen(use: Use) -> None:
    use("numpy")
    assert engine() == inkrec.engine() == "numpy"


@each_kernel
def test_a_kernel_can_be_chosen(use: Use, kernel: str) -> None:
    use(kernel)
    assert engine() == f"compiled ({kernel})"


def test_what_is_not_there_is_named(use: Use) -> None:
    use("abacus")
    with pytest.raises(InkrecError, match=r"INKREC_ENGINE is 'abacus'; here there is numpy"):
        engine()


def test_without_a_core_numpy_computes(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_engine, "_core", lambda: None)
    use("")
    assert engine() == "numpy"
    use("compiled")
    with pytest.raises(InkrecError, match="installed without its compiled core"):
        engine()


@needs_core
def test_where_plain_c_alone_runs_numpy_multiplies(
    use: Use, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    class Elsewhere:
        def __getattr__(self, name: str) -> Any:
            return getattr(CORE, name)

        def kernels(self) -> list[str]:
            return ["plain"]

    monkeypatch.setattr(_engine, "_core", Elsewhere)
    use("")
    assert engine() == "compiled"
    assert type(load_model(path).network._causal[0]) is FloatLstm
    use("plain")
    assert engine() == "compiled (plain)"
    assert type(load_model(path).network._causal[0]) is QuantizedLstm


# ---- LSTM


def matrix(random: np.random.Generator, rows: int, columns: int, reach: int = 127) -> Quantized:
    numbers = random.integers(-reach, reach + 1, (rows, columns)).astype(np.int8)
    scale = random.uniform(0.2, 1.0, rows) / (127 * np.sqrt(columns))
    return Quantized(np.asfortranarray(numbers), scale.astype(np.float32))


def pair(
    kernel: str, width: int, units: int, seed: int = 0
) -> tuple[FloatLstm, QuantizedLstm, np.random.Generator]:
    random = np.random.default_rng(seed)
    into, across = matrix(random, 4 * units, width), matrix(random, 4 * units, units)
    bias = random.normal(0, 0.5, 4 * units).astype(np.float32)
    return (
        FloatLstm(into.floats(), across.floats(), bias),
        QuantizedLstm(CORE, kernel, into, across, bias),
        random,
    )


def normal(random: np.random.Generator, *shape: int) -> Any:
    return random.normal(0, 1, shape).astype(np.float32)


@each_kernel
@pytest.mark.parametrize(
    ("width", "units", "steps"),
    [(1, 1, 1), (3, 5, 2), (64, 16, 4), (65, 17, 7), (130, 33, 41), (96, 64, 70), (600, 12, 5)],
)
def test_a_layer_says_what_numpy_says(kernel: str, width: int, units: int, steps: int) -> None:
    floats, whole, random = pair(kernel, width, units)
    x, h, c = normal(random, steps, width), np.tanh(normal(random, units)), normal(random, units)
    for ours, theirs in zip(whole.run(x, h, c), floats.run(x, h, c), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=3e-4)
    ours, theirs = np.empty((2, steps, units), np.float32)
    whole.run_backwards(x, ours)
    floats.run_backwards(x, theirs)
    np.testing.assert_allclose(ours, theirs, atol=3e-4)


@each_kernel
@given(
    st.integers(1, 140), st.integers(1, 40), st.integers(0, 40), st.integers(0, 9), st.booleans()
)
def test_all_kernels_give_the_same_bits(
    kernel: str, width: int, units: int, steps: int, seed: int, backwards: bool
) -> None:
    said = []
    for name in (kernel, "plain"):
        _, layer, random = pair(name, width, units, seed)
        x, h = normal(random, steps, width), normal(random, units)
        if backwards:
            out = np.empty((steps, units), np.float32)
            layer.run_backwards(x, out)
            said.append([out])
        else:
            said.append(list(layer.run(x, h, h)))
    for one, other in zip(*said, strict=True):
        assert one.tobytes() == other.tobytes()


@each_kernel
def test_cuts_of_a_run_make_no_difference(kernel: str) -> None:
    _, layer, random = pair(kernel, 20, 24)
    x, zero = normal(random, 50, 20), np.zeros(24, np.float32)
    whole = layer.run(x, zero, zero)
    h = c = zero
    for start, end in ((0, 1), (1, 6), (6, 39), (39, 50)):
        out, cells = layer.run(x[start:end], h, c)
        assert (out == whole[0][start:end]).all()
        assert (cells == whole[1][start:end]).all()
        h, c = out[-1], cells[-1]


@each_kernel
@pytest.mark.parametrize("width", [1, 4, 515, 517, 3000])
def test_no_sum_runs_over(kernel: str, width: int) -> None:
    for sign in (-1, 1):
        numbers = np.full((4, width), -128 if sign < 0 else 127, np.int8)
        into = Quantized(numbers, np.full(4, 1 / (128 * width), np.float32))
        across = Quantized(np.zeros((4, 1), np.int8), np.ones(4, np.float32))
        zero = np.zeros(4, np.float32)
        x = np.ones((2, width), np.float32)
        ours = QuantizedLstm(CORE, kernel, into, across, zero).run(x, zero[:1], zero[:1])
        theirs = FloatLstm(into.floats(), across.floats(), zero).run(x, zero[:1], zero[:1])
        np.testing.assert_allclose(ours, theirs, atol=2e-4)


@each_kernel
def test_what_is_no_number_stays_so(kernel: str) -> None:
    _, layer, random = pair(kernel, 20, 24)
    zero = np.zeros(24, np.float32)
    for value in (np.nan, np.inf, -np.inf):
        x = normal(random, 9, 20)
        sound = layer.run(x, zero, zero)[0]
        x[5, 3] = value
        out = layer.run(x, zero, zero)[0]
        assert (out[:5] == sound[:5]).all()
        assert np.isnan(out[5:]).all()
    for value in (0.0, 1e-42, 3e38):
        x = np.full((3, 20), value, np.float32)
        assert np.isfinite(layer.run(x, zero, zero)[0]).all()


@each_kernel
def test_rows_may_lie_apart_and_values_anywhere(kernel: str) -> None:
    _, layer, random = pair(kernel, 20, 24)
    x, h = normal(random, 9, 20), normal(random, 24)
    whole = layer.run(x, h, h)[0]
    wide = np.zeros((18, 33), np.float32)
    wide[::2, 5:25] = x
    odd = np.frombuffer(b"." + h.tobytes(), np.uint8)[1:].view(np.float32)
    assert (layer.run(wide[::2, 5:25], odd, odd)[0] == whole).all()


@needs_core
def test_what_does_not_fit_is_refused() -> None:
    _, layer, random = pair("plain", 20, 24)
    run = layer._layer.run
    x, h, out = normal(random, 9, 20), normal(random, 24), np.empty((9, 24), np.float32)
    run(x, h, h, out, None, False)
    locked = out.copy()
    locked.flags.writeable = False
    for wrong in (
        (x[:, :19], h, h, out, None), (x, h[:23], h, out, None), (x, h, h[:23], out, None),
        (x, h, h, out[:8], None), (x, h, h, out[:, :23], None), (x, h, h, out, out[:8]),
        (x.astype(np.float64), h, h, out, None), (x, h, h, locked, None), (x[0], h, h, out, None),
        (np.asfortranarray(x), h, h, out, None), (None, h, h, out, None), ("x", h, h, out, None),
    ):  # fmt: skip
        with pytest.raises((ValueError, TypeError, BufferError)):
            run(*wrong, False)
    make, scale = type(layer._layer), np.ones(8, np.float32)
    into, across = np.zeros((8, 3), np.int8), np.zeros((8, 2), np.int8)
    make(into, scale, across, scale, scale, "plain")
    for wrong_parts in (
        (into[:7], scale, across, scale, scale, "plain"),
        (into, scale[:7], across, scale, scale, "plain"),
        (into, scale, across[:, :1], scale, scale, "plain"),
        (into, scale, across[:, :0], scale, scale, "plain"),
        (into, scale, across, scale, scale[:7], "plain"),
        (into, scale, across, scale, scale, "abacus"),
        (into.astype(np.uint8), scale, across, scale, scale, "plain"),
    ):
        with pytest.raises((ValueError, TypeError)):
            make(*wrong_parts)


@each_kernel
def test_weights_come_back_as_they_went_in(kernel: str) -> None:
    floats, whole, _ = pair(kernel, 37, 19)
    for ours, theirs in zip(whole.weights(), floats.weights(), strict=True):
        assert (ours == theirs).all()


# ---- models


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "m.inkrec"
    extra = {f"rescorer/{k}": v for k, v in tiny.rescorer_weights().items()}
    save_model(file, tiny.card(), tiny.weights(), extra)
    return file


@each_kernel
def test_a_model_is_the_same_to_all_engines(use: Use, path: Path, kernel: str) -> None:
    models = []
    for name in ("numpy", kernel):
        use(name)
        models.append(load_model(path))
    one, other = models
    assert one.fingerprint == other.fingerprint
    assert type(one.network._causal[0]) is not type(other.network._causal[0])
    points = np.random.default_rng(0).uniform(-1, 1, (50, one.network.channels)).astype(np.float32)
    said = []
    for model in models:
        assert model.rescorer is not None
        frames = model.network.step(model.network.initial_state(), points)[1]
        said.append(
            [*frames, model.network.refine(frames.hidden), model.rescorer.log_probs(points)]
        )
    for ours, theirs in zip(*said, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=5e-3)


@pytest.mark.parametrize("kernel", ["numpy", *KERNELS[:1]])
def test_a_scale_that_is_no_number_is_refused(use: Use, path: Path, kernel: str) -> None:
    use(kernel)
    arrays = tiny.weights()
    with np.errstate(over="ignore"):
        quantized = Quantized(np.ones((52, 13), np.int8), np.full(52, np.inf, np.float32))
    from inkrec.network.two_pass import Network

    with pytest.raises(ModelError, match="not finite"):
        Network({**arrays, "causal.0.across": quantized})


# ---- the beam and the language model


class Plain:
    """A language model that the core cannot walk."""

    def __init__(self, model: LanguageScorer) -> None:
        self.start, self.step = model.start, model.step


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return inkrec.load("en")


def alike(one: BeamState, other: BeamState) -> None:
    assert one.p_blank == pytest.approx(other.p_blank, rel=1e-9)
    assert one.p_nonblank == pytest.approx(other.p_nonblank, rel=1e-9)
    assert one.log_scale == pytest.approx(other.log_scale, rel=1e-9)
    assert one.frame == other.frame
    for p, q in zip(one.prefixes, other.prefixes, strict=True):
        assert p.symbols() == q.symbols()
        assert (p.key, p.parent_key, p.symbol, p.frame, p.length, p.lm_state) == (
            q.key, q.parent_key, q.symbol, q.frame, q.length, q.lm_state
        )  # fmt: skip


def noise(seed: int, frames: int, classes: int, sharp: float) -> Any:
    x = np.random.default_rng(seed).normal(0, sharp, (frames, classes)).astype(np.float32)
    x[:, 0] += sharp
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


@needs_core
@given(
    st.integers(0, 999), st.integers(0, 30), st.sampled_from([1.0, 3.0, 6.0]), st.integers(1, 40),
    st.booleans(), st.sampled_from([0.0, 1e-6, 1e-2]), st.sampled_from([0.0, 5e-4, 0.5]),
)  # fmt: skip
def test_the_beam_is_the_same(
    recognizer: Recognizer, seed: int, frames: int, sharp: float, width: int, spoken: bool,
    narrow: float, cut: float,
) -> None:  # fmt: skip
    lm = recognizer.language if spoken else None
    if spoken:
        assert isinstance(lm, LanguageScorer)
        assert lm.walk is not None
    settings = replace(
        recognizer.beam, beam_width=width, beam_prune_prob=narrow, token_min_prob=cut
    )
    log_probs = noise(seed, frames, recognizer.model.alphabet.classes, sharp)
    start = prefix.initial_beam(lm)
    trail = beams.advance_all(settings, start, log_probs, lm)
    theirs = _python(settings, start, log_probs, lm)
    assert len(trail) == len(theirs) == frames
    for one, other in zip(trail, theirs, strict=True):
        alike(one, other)
    alike(beams.advance(settings, start, log_probs, lm), theirs[-1] if theirs else start)
    if frames > 3:  # pieces give the same, from a wider beam into a narrower too
        front = beams.advance(settings, start, log_probs[:3], lm)
        alike(beams.advance(settings, front, log_probs[3:], lm), theirs[-1])
        slim = replace(settings, beam_width=max(1, width // 2))
        others = _python(slim, theirs[2], log_probs[3:], lm)
        alike(beams.advance(slim, front, log_probs[3:], lm), others[-1])


def _python(settings: BeamSettings, state: BeamState, log_probs: Any, lm: Any) -> list[BeamState]:
    """The beam in Python, whatever engine there is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beams, "_walk", lambda lm: None)
        return beams.advance_all(settings, state, log_probs, Plain(lm) if lm else None)


@needs_core
def test_frames_that_hold_no_numbers_end_too(recognizer: Recognizer) -> None:
    log_probs = noise(1, 9, recognizer.model.alphabet.classes, 3.0)
    for rows, value in ((4, np.nan), (slice(2, 5), -np.inf), (slice(None), np.inf)):
        broken = log_probs.copy()
        broken[rows] = value
        with np.errstate(all="ignore"):
            state = beams.advance(
                recognizer.beam,
                prefix.initial_beam(recognizer.language),
                broken,
                recognizer.language,
            )
        assert state.frame == 9
        assert state.prefixes


@needs_core
def test_a_walk_is_the_same(recognizer: Recognizer) -> None:
    assert isinstance(recognizer.language, LanguageScorer)
    model = recognizer.language.model
    assert isinstance(model, NgramModel)
    random = np.random.default_rng(3)
    text = 'The quick brown fox jumps over 13 lazy dogs, "isn\'t it?" she said; Xyzzy qqq. '
    for start in range(0, len(text), 7):
        state = model.start(text[:start])
        for symbol in [*model.alphabet.encode(text[start:]), *random.integers(1, 95, 50).tolist()]:
            ours, theirs = model.trie.step(state, symbol), model._score(state, symbol)
            assert ours == pytest.approx(theirs, rel=1e-12)
            state = ours[0]


@needs_core
@given(st.data())
def test_a_damaged_trie_is_refused_or_walked(recognizer: Recognizer, data: st.DataObject) -> None:
    """Whatever the arrays hold, a walk ends and reads nothing outside of them."""
    assert isinstance(recognizer.language, LanguageScorer)
    sizes = data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=5))
    levels = [5, *sizes]
    nodes, inner = sum(levels), sum(levels[:-1])
    random = np.random.default_rng(data.draw(st.integers(0, 999)))
    children = np.zeros(inner, np.uint8)
    at = 0
    for level, below in pairwise(levels):
        np.add.at(children, at + random.integers(0, level, below), 1)
        at += level
    arrays = {
        "unigram": np.full(4, 0.25, np.float32),
        "levels": np.array(levels, np.int32),
        "labels": random.integers(0, 6, nodes).astype(np.uint8),
        "probs": random.integers(0, 256, nodes).astype(np.uint8),
        "children": children,
        "rests": random.integers(0, 256, np.count_nonzero(children)).astype(np.uint8),
    }
    model = NgramModel(Alphabet(" abc"), *arrays.values(), (0.1, 0.1))
    fitted = LanguageScorer(model, Alphabet(" abc"))
    assert fitted.walk is not None
    state = 0
    for symbol in random.integers(1, 5, 60).tolist():
        state, log_p = model.step(state, symbol)
        assert 0 <= state <= nodes
        assert log_p <= 0
    beams.advance(BeamSettings(), prefix.initial_beam(fitted), noise(1, 20, 5, 1.0), fitted)
    # any further change of the children is found out, or leaves a trie
    children[data.draw(st.integers(0, inner - 1))] += data.draw(st.integers(1, 200))
    with pytest.raises(ModelError):
        NgramModel(Alphabet(" abc"), *arrays.values(), (0.1, 0.1))


@needs_core
def test_a_beam_that_does_not_fit_is_refused(recognizer: Recognizer) -> None:
    lm = recognizer.language
    log_probs = noise(0, 4, recognizer.model.alphabet.classes, 3.0)
    start = prefix.initial_beam(lm)
    for symbol, state in ((96, 0), (-1, 0), (1, -1), (1, 1 << 30)):
        odd = prefix.Prefix(None, symbol, 0, 7, state)
        with pytest.raises(IndexError):
            beams.advance(recognizer.beam, start._replace(prefixes=(odd,)), log_probs, lm)
    with pytest.raises(ValueError, match="same length"):
        beams.advance(recognizer.beam, start._replace(p_blank=(0.5, 0.5)), log_probs, lm)


# ---- the samples' path


@needs_core
@given(
    st.integers(0, 999), st.integers(0, 60), st.booleans(), st.sampled_from([0.5, 1.0, 30.0, 1e9]),
    st.lists(st.integers(0, 60), max_size=3),
)  # fmt: skip
def test_the_path_is_the_same(
    seed: int, n: int, has_time: bool, reach: float, cuts: list[int]
) -> None:
    random = np.random.default_rng(seed)
    places = random.normal(0, reach, (n, 2)).tolist()
    forces = random.uniform(0, 1, n).tolist()
    down = (random.uniform(0, 1, n) < 0.9).tolist()
    rows = zip(places, forces, down, strict=True)
    run = [
        PenSample(0.01 * (i // 2), x, y, p if seed % 2 else None, touching)
        for i, ((x, y), p, touching) in enumerate(rows)
    ]
    settings = FeatureSettings()
    one = feature_points(settings, 1.0, ResamplerState(), run, has_time=has_time)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(points, "chosen", lambda: Engine(None, ""))
        other = feature_points(settings, 1.0, ResamplerState(), run, has_time=has_time)
    assert one[0] == other[0]
    assert [type(v) for v in one[0]] == [type(v) for v in other[0]]
    for ours, theirs in zip(one[1], other[1], strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
    state, rows_of = ResamplerState(), []
    bounds = [0, *sorted(c for c in cuts if c < n), n]
    for a, b in pairwise(bounds):
        state, some = feature_points(settings, 1.0, state, run[a:b], has_time=has_time)
        rows_of.append(some.features)
    assert state == one[0]
    np.testing.assert_array_equal(np.concatenate(rows_of), one[1].features)


@needs_core
def test_a_path_that_cannot_be_is_refused() -> None:
    sample = PenSample(0.0, 1.0, 1.0)
    state = ResamplerState()
    for wrong in ([(0.0, 1.0)], [None], [(0.0, "x", 1.0, None, True)], (sample,)):
        with pytest.raises((TypeError, ValueError)):
            CORE.path((0.19, 90, 18, 2.5, 1.0), state, wrong, True)
    for settings in ((0.0, 90, 18, 2.5, 1.0), (0.19, 0, 18, 2.5, 1.0), (0.19, 90, 18, 2.5)):
        with pytest.raises((TypeError, ValueError)):
            CORE.path(settings, state, [sample], True)
    for odd in (state[:-1], state._replace(first=3), state._replace(seen=-1)):
        with pytest.raises((TypeError, ValueError)):
            CORE.path((0.19, 90, 18, 2.5, 1.0), odd, [sample], True)
    lost = feature_points(FeatureSettings(), 1.0, state, [sample])[0]._replace(point=(np.inf,) * 3)
    with pytest.raises(ValueError, match="does not end"):
        feature_points(FeatureSettings(), 1.0, lost, [PenSample(1.0, 5.0, 5.0)])


# ---- texts


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.name)
@needs_core
def test_texts_are_the_same_and_sessions_go_on(use: Use, path: Path) -> None:
    both: list[Recognizer] = []
    for name in ("numpy", "compiled"):
        use(name)
        both.append(inkrec.load("en"))
    ink = inkrec.read(path)
    one, other = (r.recognize(ink) for r in both)
    assert one.text == other.text
    sessions = [r.session(has_time=ink.has_time) for r in both]
    run = list(ink.samples())
    for i, sample in enumerate(run):
        said = [s.feed(sample) for s in sessions]
        assert said[0].committed == said[1].committed
        assert said[0].text == said[1].text
        if i == len(run) // 2:  # each goes on where the other was
            saved = [s.save() for s in sessions]
            sessions = [r.restore(state) for r, state in zip(both, saved[::-1], strict=True)]
    ends = [s.finish() for s in sessions]
    assert ends[0].text == ends[1].text


@needs_core
def test_threads_share_a_recognizer(recognizer: Recognizer) -> None:
    inks = [inkrec.read(p) for p in SAMPLES[:2]]
    alone = [recognizer.recognize(ink).text for ink in inks]
    said: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: said.append([recognizer.recognize(i).text for i in inks]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [alone] * 4

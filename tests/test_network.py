"""The network in NumPy: the same as PyTorch's, in any cut, and a value."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from inkrec import ModelError
from inkrec.features.context_bitmap import PIXELS, with_context_bitmap
from inkrec.network.layers import STRIDE
from inkrec.network.lstm import matmul_blocked
from inkrec.network.rescorer import Rescorer
from inkrec.network.two_pass import CausalState, EncoderFrames, Network

CHANNELS = 12


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, CHANNELS)).astype(np.float32)


def whole(network: Network, points: np.ndarray) -> EncoderFrames:
    state, frames = network.step(network.initial_state(), points)
    return joined([frames, network.flush(state)])


def joined(pieces: list[EncoderFrames]) -> EncoderFrames:
    return EncoderFrames(*(np.concatenate(c) for c in zip(*pieces, strict=True)))


def flat(state: CausalState) -> list[np.ndarray]:
    return [state.point_context, state.conv_context, *itertools.chain.from_iterable(state.lstm)]


def agree(a: EncoderFrames, b: EncoderFrames) -> None:
    np.testing.assert_allclose(a.log_probs, b.log_probs, atol=1e-5)
    np.testing.assert_allclose(a.hidden, b.hidden, atol=1e-5)


# ---- against PyTorch


@pytest.fixture(scope="module")
def pair():
    """A PyTorch network whose gates are far from their middles, and the same in NumPy."""
    torch = pytest.importorskip("torch", reason="parity needs PyTorch, the extra 'train'")
    from inkrec.training.export import network_arrays
    from inkrec.training.network import Network as Trained
    from inkrec.training.network import NetworkSettings

    torch.set_num_threads(1)
    torch.manual_seed(3)
    sizes = NetworkSettings(CHANNELS, 17, (10, 14), 22, 3, 15, 2, 0.5)
    trained = Trained(sizes).eval()
    with torch.no_grad():
        for name, p in trained.named_parameters():
            p.normal_(0, 0.5 if "weight" in name else 0.3)
    return trained, Network(network_arrays(trained))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7, 8, 9, 40, 333])
def test_both_passes_equal_those_of_pytorch(pair, n):
    import torch

    trained, network = pair
    points = noise(n, n)
    with torch.no_grad():
        causal, refined, frames = trained(torch.from_numpy(points)[None], torch.tensor([n]))
    mine = whole(network, points)
    assert len(mine.log_probs) == int(frames) == -(-n // STRIDE)
    assert np.ptp(mine.log_probs) > 1, "weights too small to tell anything"
    np.testing.assert_allclose(mine.log_probs, causal[:, 0].numpy(), atol=1e-4)
    np.testing.assert_allclose(network.refine(mine.hidden), refined[:, 0].numpy(), atol=1e-4)


@pytest.mark.parametrize("pixels", [0, PIXELS])
@pytest.mark.parametrize("n", [1, 3, 4, 5, 8, 41, 200])
def test_a_rescorer_equals_the_network_without_causal_layers(n, pixels):
    torch = pytest.importorskip("torch", reason="parity needs PyTorch, the extra 'train'")
    from inkrec.training.export import network_arrays
    from inkrec.training.network import Network as Trained
    from inkrec.training.network import NetworkSettings

    torch.set_num_threads(1)
    torch.manual_seed(4)
    trained = Trained(NetworkSettings(CHANNELS + pixels, 17, (10, 14), 1, 0, 15, 3, 0.5)).eval()
    with torch.no_grad():
        for name, p in trained.named_parameters():
            p.normal_(0, 0.5 if "weight" in name else 0.3)
    arrays = network_arrays(trained)
    early = {k: v for k, v in arrays.items() if k.startswith("causal_head.")}
    rescorer = Rescorer({k: v for k, v in arrays.items() if k not in early})
    points = noise(n, n)
    whole = with_context_bitmap(points) if pixels else points
    padded = np.concatenate([whole, np.zeros((7, whole.shape[1]), np.float32)])
    with torch.no_grad():
        first, last, frames = trained(torch.from_numpy(padded)[None], torch.tensor([n]))
    said = rescorer.log_probs(points)
    assert len(said) == int(frames) == -(-n // STRIDE)
    np.testing.assert_allclose(said, last[: len(said), 0].numpy(), atol=1e-4)
    assert not np.allclose(first[: len(said)], last[: len(said)], atol=0.1), "two heads"


def test_a_padded_batch_says_the_same_of_each_sequence(pair):
    import torch

    trained, network = pair
    lengths = [1, 6, 23, 64]
    rows = [noise(n, n) for n in lengths]
    padded = np.zeros((len(rows), max(lengths), CHANNELS), np.float32)
    for out, row in zip(padded, rows, strict=True):
        out[: len(row)] = row
    with torch.no_grad():
        causal, refined, frames = trained(torch.from_numpy(padded), torch.tensor(lengths))
    for i, row in enumerate(rows):
        n = int(frames[i])
        mine = whole(network, row)
        np.testing.assert_allclose(mine.log_probs, causal[:n, i].numpy(), atol=1e-4)
        np.testing.assert_allclose(network.refine(mine.hidden), refined[:n, i].numpy(), atol=1e-4)


# ---- law 2, and states as values


@settings(max_examples=40)
@given(st.integers(0, 60), st.lists(st.integers(0, 60), max_size=6))
def test_any_cut_of_the_points_gives_the_same_frames(n, cuts):
    network, points = Network(tiny.weights()), noise(n)
    state, pieces = network.initial_state(), []
    for a, b in itertools.pairwise([0, *sorted(c for c in cuts if c <= n), n]):
        state, frames = network.step(state, points[a:b])
        pieces.append(frames)
    assert sum(len(f.hidden) for f in pieces) == n // STRIDE
    pieces.append(network.flush(state))
    assert sum(len(f.hidden) for f in pieces) == -(-n // STRIDE)
    agree(joined(pieces), whole(network, points))


def test_point_by_point_is_as_good_as_at_once():
    network, points = Network(tiny.weights()), noise(50)
    state, pieces = network.initial_state(), []
    for i in range(len(points)):
        state, frames = network.step(state, points[i : i + 1])
        assert len(frames.hidden) == (i % STRIDE == STRIDE - 1)
        pieces.append(frames)
    agree(joined([*pieces, network.flush(state)]), whole(network, points))


@pytest.mark.parametrize("n", range(9))
def test_steps_and_flushes_leave_states_and_inputs_alone(n):
    network, points = Network(tiny.weights()), noise(9)
    state, frames = network.step(network.initial_state(), points[:n])
    before = [a.copy() for a in flat(state)]
    kept = [a.copy() for a in (points, frames.hidden, frames.log_probs)]
    first, second = network.flush(state), network.flush(state)
    np.testing.assert_array_equal(first.log_probs, second.log_probs)
    later, more = network.step(state, points)
    network.refine(more.hidden)
    network.step(later, points)
    again = network.step(state, points)[1]
    np.testing.assert_array_equal(again.log_probs, more.log_probs)
    for a, b in zip(before, flat(state), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(kept, (points, frames.hidden, frames.log_probs), strict=True):
        np.testing.assert_array_equal(a, b)


def test_starts_do_not_share_what_steps_write():
    network = Network(tiny.weights())
    fresh = [a.copy() for a in flat(network.initial_state())]
    network.step(network.initial_state(), noise(40))
    for a, b in zip(fresh, flat(network.initial_state()), strict=True):
        np.testing.assert_array_equal(a, b)
        assert not b.any()


def test_frames_look_at_the_past_alone():
    network, points = Network(tiny.weights()), noise(40)
    other = points.copy()
    other[20:] = 3.0
    a, b = whole(network, points), whole(network, other)
    np.testing.assert_allclose(a.log_probs[:5], b.log_probs[:5], atol=1e-5)
    assert np.abs(a.log_probs[5:] - b.log_probs[5:]).max() > 0.1
    ahead, behind = network.refine(a.hidden), network.refine(b.hidden)
    assert np.abs(ahead[:5] - behind[:5]).max() > 1e-3, "the second pass must look ahead"


def test_outputs_are_log_probabilities():
    network = Network(tiny.weights())
    frames = whole(network, noise(80))
    for log_probs in (frames.log_probs, network.refine(frames.hidden)):
        assert log_probs.dtype == np.float32
        assert log_probs.shape == (20, network.classes)
        np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1.0, atol=1e-5)


def test_nothing_in_gives_nothing_out():
    network = Network(tiny.weights())
    state, frames = network.step(network.initial_state(), noise(0))
    assert frames.hidden.shape == (0, network.frame_width)
    assert frames.log_probs.shape == (0, network.classes)
    assert network.flush(state).hidden.shape == (0, network.frame_width)
    assert network.refine(frames.hidden).shape == (0, network.classes)


@pytest.mark.parametrize("size", [1e3, 6.0])
def test_large_inputs_stay_finite(size):
    network = Network(tiny.weights())
    frames = whole(network, np.full((50, CHANNELS), size, np.float32))
    assert np.isfinite(frames.log_probs).all()
    assert np.isfinite(network.refine(frames.hidden)).all()


# ---- arrays that do not make a network


def test_float16_arrays_make_the_same_network():
    small = {k: v.astype(np.float16) for k, v in tiny.weights().items()}
    rounded = {k: v.astype(np.float32) for k, v in small.items()}
    agree(whole(Network(small), noise(30)), whole(Network(rounded), noise(30)))


@pytest.mark.parametrize("name", sorted(tiny.weights()))
def test_every_array_is_needed_in_its_shape(name):
    arrays = tiny.weights()
    shape = arrays[name].shape
    without = {k: v for k, v in arrays.items() if k != name}
    with pytest.raises(ModelError, match=rf"lacks the array '{name}'"):
        Network(without)
    with pytest.raises(ModelError, match=r"shape|fit"):
        Network({**arrays, name: np.zeros((*shape, 1), np.float32)})
    with pytest.raises(ModelError, match=r"has shape \(0"):
        Network({**arrays, name: np.zeros((0, *shape[1:]), np.float32)})
    longer = np.zeros((shape[0] + 1, *shape[1:]), np.float32)
    with pytest.raises(ModelError, match=r"shape|fit|differ"):
        Network({**arrays, name: longer})


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.nan, r"array 'causal\.1\.bias' holds values that are not finite"),
        (np.inf, "not finite"),
        (1e300, "not finite"),
    ],
)
def test_values_that_are_no_numbers_are_refused(bad, message):
    arrays = {k: v.astype(np.float64) for k, v in tiny.weights().items()}
    arrays["causal.1.bias"][3] = bad
    with pytest.raises(ModelError, match=message):
        Network(arrays)


@pytest.mark.parametrize("dtype", ["U4", "i4", "c8", "?"])
def test_arrays_of_other_types_are_refused(dtype):
    arrays = tiny.weights()
    arrays["conv1.bias"] = np.zeros(7, dtype)
    with pytest.raises(ModelError, match=r"array 'conv1\.bias' is of type"):
        Network(arrays)


def test_arrays_of_no_layer_are_refused():
    with pytest.raises(ModelError, match=r"array 'causal\.3\.bias' belongs to no layer"):
        Network({**tiny.weights(), "causal.3.bias": np.zeros(4, np.float32)})


def test_a_network_without_a_second_pass_is_refused():
    arrays = {k: v for k, v in tiny.weights().items() if not k.startswith(("forth", "back"))}
    arrays["refine_head.weight"] = np.zeros((10, 20), np.float32)
    with pytest.raises(ModelError, match="lacks a pass"):
        Network(arrays)


# ---- going on from frames read before


@pytest.mark.parametrize("read", [0, 1, 7, 30])
def test_the_second_pass_goes_on_where_it_stood(read):
    network = Network(tiny.weights())
    hidden = whole(network, noise(120)).hidden
    log_probs, ahead = network.refine_from(hidden, np.zeros((1, network.forward_width), np.float32))
    np.testing.assert_array_equal(log_probs, network.refine(hidden))
    # what comes later does not change where the first layer stood, so it need not be the same
    known = np.concatenate([np.zeros((1, network.forward_width), np.float32), ahead[:read]])
    known[1:, network.forward_width // 2 :] = np.nan
    again, behind = network.refine_from(hidden, known)
    np.testing.assert_allclose(again, log_probs, atol=1e-5)
    np.testing.assert_allclose(behind, ahead, atol=1e-5)


def test_frames_in_front_need_not_be_read_again():
    network = Network(tiny.weights())
    hidden = whole(network, noise(120)).hidden
    log_probs, ahead = network.refine_from(hidden, np.zeros((1, network.forward_width), np.float32))
    last, _ = network.refine_from(hidden[20:], ahead[19:20])
    np.testing.assert_allclose(last, log_probs[20:], atol=1e-5)
    fresh = network.refine(hidden[20:])
    assert np.abs(fresh - log_probs[20:]).max() > 1e-2, "nothing was carried"


@pytest.mark.parametrize("n", range(14))
def test_lifting_is_stepping_and_flushing(n):
    network, points = Network(tiny.weights()), noise(14)
    state, front = network.step(network.initial_state(), points[:3], least=2)
    assert len(front.hidden) == 0
    after, frames, count = network.pen_up(state, points[3:n] if n > 3 else points[:0])
    stepped, plain = network.step(network.initial_state(), points[: max(n, 3)])
    assert count == len(plain.hidden)
    agree(frames, joined([plain, network.flush(stepped)]))
    for a, b in zip(flat(after), flat(stepped), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("rows", [0, 1, 2, 5, 17, 300])
@pytest.mark.parametrize("columns", [64, 192, 96])
def test_products_in_blocks_are_products(rows, columns):
    random = np.random.default_rng(rows)
    x = random.normal(size=(rows, 40)).astype(np.float32)
    weight = random.normal(size=(40, columns)).astype(np.float32)
    np.testing.assert_allclose(matmul_blocked(x, weight), x @ weight, atol=1e-4)

"""The model file: a round trip, the same bytes, and one error for all that is wrong."""

from __future__ import annotations

import contextlib
import io
import json
import os
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from inkrec import ModelError
from inkrec.features.points import FeatureSettings
from inkrec.model import VERSION, bundled_models, load_model, read_archive, save_model
from inkrec.network.rescorer import Rescorer

EXTRA = {"other/steps": np.arange(6, dtype=np.uint8), "other/pair": np.array([0.5, 1e-9])}


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> bytes:
    """The bytes of a model file."""
    path = tmp_path_factory.mktemp("model") / "tiny.inkrec"
    save_model(path, tiny.card(), tiny.weights(), EXTRA)
    return path.read_bytes()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(content: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as file:
        for name, data in content.items():
            file.writestr(name, data)
    return out.getvalue()


def with_card(data: bytes, **changes: object) -> bytes:
    """The file with entries of its card replaced; None takes one out."""
    content = members(data)
    card = {**json.loads(content["card.json"]), **changes}
    card = {k: v for k, v in card.items() if v is not None}
    return packed({**content, "card.json": json.dumps(card).encode()})


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def headed(header: str) -> bytes:
    """An array file of version 1 with a header of one's own."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()


def refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "bad.inkrec"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=message) as caught:
        load_model(path)
    assert "bad.inkrec" in str(caught.value)
    assert "\n" not in str(caught.value)


# ---- round trip


def test_what_was_saved_is_loaded(tmp_path, sound):
    path = tmp_path / "m.inkrec"
    path.write_bytes(sound)
    model = load_model(path)
    assert model.alphabet.symbols == tuple(tiny.SYMBOLS)
    assert model.features == FeatureSettings()
    assert model.card["version"] == VERSION
    assert model.card["name"] == "tiny"
    assert set(model.extra) == set(EXTRA)
    for name, array in EXTRA.items():
        np.testing.assert_array_equal(model.extra[name], array)
        assert model.extra[name].dtype == array.dtype


def test_weights_are_kept_in_8_bits_and_16(tmp_path, sound):
    content = members(sound)
    kept = {k[:-4]: np.load(io.BytesIO(v)) for k, v in content.items() if k.endswith(".npy")}
    for name, weight in tiny.weights().items():
        small = kept[f"network/{name}"]
        if name.endswith((".into", ".across")):
            rows = kept[f"network/{name}.scale"]
            assert (small.dtype, rows.dtype) == (np.int8, np.float32)
            step = np.abs(weight).max(axis=1, keepdims=True) / 127
            assert np.all(np.abs(small * rows[:, None] - weight) <= 0.501 * step)
        else:
            assert small.dtype == np.float16
            np.testing.assert_array_equal(small, weight.astype(np.float16))


def test_a_saved_model_is_saved_again_as_it_is(tmp_path):
    first, again = tmp_path / "m.inkrec", tmp_path / "again.inkrec"
    extra = {f"rescorer/{k}": v for k, v in tiny.rescorer_weights().items()}
    arrays = tiny.weights()
    arrays["causal.0.into"][3] = 0.0
    save_model(first, tiny.card(), arrays, EXTRA | extra)
    save_model(again, *read_archive(first))
    assert again.read_bytes() == first.read_bytes()


def test_a_rescorer_is_loaded_with_its_model(tmp_path):
    path = tmp_path / "m.inkrec"
    extra = {f"rescorer/{k}": v for k, v in tiny.rescorer_weights().items()}
    save_model(path, tiny.card(), tiny.weights(), EXTRA | extra)
    model = load_model(path)
    assert set(model.extra) == set(EXTRA)
    points = np.random.default_rng(1).normal(size=(41, 12)).astype(np.float32)
    said = Rescorer(tiny.rescorer_weights()).log_probs(points)
    assert said.shape == (11, len(tiny.SYMBOLS) + 1)
    np.testing.assert_allclose(model.rescorer.log_probs(points), said, atol=0.05)
    save_model(path, tiny.card(), tiny.weights(), EXTRA)
    assert load_model(path).rescorer is None
    assert load_model(path).fingerprint != model.fingerprint


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rescorer/forth.0.into": None}, r"lacks the array 'forth\.0\.into'"),
        ({"rescorer/odd.bias": np.zeros(3, np.float32)}, r"'odd\.bias' belongs to no layer"),
        ({"rescorer/refine_head.bias": np.zeros(4)}, r"'refine_head\.bias' has shape \(4,\)"),
        (
            {
                "rescorer/refine_head.bias": np.zeros(4),
                "rescorer/refine_head.weight": np.zeros((4, 10)),
            },
            "its second network has 4 classes, its first one 10",
        ),
        (
            {"rescorer/conv1.weight": np.zeros((7, 20, 6))},
            "second network of 20 channels does not fit 12 and 117 pixels",
        ),
    ],
)
def test_a_damaged_rescorer_is_one_error(tmp_path, change, message):
    path = tmp_path / "bad.inkrec"
    extra = {f"rescorer/{k}": v for k, v in tiny.rescorer_weights().items()} | change
    save_model(path, tiny.card(), tiny.weights(), {k: v for k, v in extra.items() if v is not None})
    refused(tmp_path, path.read_bytes(), message)


@pytest.mark.parametrize("wrong", ["rows", "kind", "no"])
def test_a_scale_that_fits_no_matrix_is_one_error(tmp_path, sound, wrong):
    content = members(sound)
    if wrong == "rows":
        content["network/causal.0.into.scale.npy"] = npy(np.ones(3, np.float32))
    elif wrong == "kind":
        content["network/causal.0.into.npy"] = npy(np.ones((52, 9), np.float32))
    else:
        content["network/none.into.scale.npy"] = npy(np.ones(3, np.float32))
    refused(tmp_path, packed(content), r"into' does not fit the scale of its rows")


def test_a_file_of_the_first_version_is_read(tmp_path, sound):
    content = {k: v for k, v in members(with_card(sound, version=1)).items() if ".scale." not in k}
    for name, weight in tiny.weights().items():
        content[f"network/{name}.npy"] = npy(weight.astype(np.float16))
    path = tmp_path / "old.inkrec"
    path.write_bytes(packed(content))
    points = np.random.default_rng(1).normal(size=(40, 12)).astype(np.float32)
    a, b = load_model(path).network, tiny.model().network
    one, other = (n.step(n.initial_state(), points)[1].log_probs for n in (a, b))
    np.testing.assert_allclose(one, other, atol=0.02)


def test_the_loaded_network_computes_the_same(tmp_path, sound):
    path = tmp_path / "m.inkrec"
    path.write_bytes(sound)
    points = np.random.default_rng(1).normal(size=(40, 12)).astype(np.float32)
    a, b = load_model(path).network, tiny.model().network
    one, other = (n.step(n.initial_state(), points)[1].log_probs for n in (a, b))
    np.testing.assert_allclose(one, other, atol=0.05)
    assert not np.array_equal(one, other), "the weights were rounded"


def test_the_same_model_is_the_same_file(tmp_path, sound):
    path = tmp_path / "again.inkrec"
    save_model(path, tiny.card(), tiny.weights(), EXTRA)
    assert path.read_bytes() == sound
    save_model(path, tiny.card(), tiny.weights(1), EXTRA)
    assert path.read_bytes() != sound


def test_a_card_cannot_claim_another_version_or_other_channels(tmp_path):
    path = tmp_path / "m.inkrec"
    save_model(path, tiny.card(version=99, channels=["x"]), tiny.weights())
    assert load_model(path).card["version"] == VERSION


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
def test_weights_that_float16_cannot_hold_are_refused_and_the_old_file_stays(tmp_path, value):
    path = tmp_path / "m.inkrec"
    path.write_bytes(b"old")
    arrays = tiny.weights()
    arrays["conv2.bias"][0] = value
    with pytest.raises(ModelError, match=r"array 'conv2\.bias' holds values that float16 cannot"):
        save_model(path, tiny.card(), arrays)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["m.inkrec"]


def test_a_card_that_is_no_json_leaves_nothing_behind(tmp_path):
    with pytest.raises(TypeError, match="not JSON serializable"):
        save_model(tmp_path / "m.inkrec", tiny.card(odd={1, 2}), tiny.weights())
    assert os.listdir(tmp_path) == []


# ---- names


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(ModelError, match="no bundled model is called 'klingon'; there are") as e:
        load_model("klingon")
    for name in bundled_models():
        assert repr(name) in str(e.value)


def test_without_a_folder_of_models_the_cure_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("inkrec.model.model._FOLDER", tmp_path / "inkrec.zip" / "models")
    with pytest.raises(ModelError, match="install it unpacked, or give a file"):
        load_model("en")


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.inkrec"):
        load_model(tmp_path / "none.inkrec")


def test_a_bundled_model_is_found_by_its_name():
    names = bundled_models()
    if not names:
        pytest.skip("no model is bundled with this checkout")
    for name in names:
        assert load_model(name).alphabet.classes > 50


# ---- what is wrong with a file


def test_a_newer_version_asks_for_an_upgrade(tmp_path, sound):
    refused(tmp_path, with_card(sound, version=VERSION + 1), f"version {VERSION + 1}.*upgrade")


@pytest.mark.parametrize("version", [None, "1", 0, -3, 1.5, [1]])
def test_a_card_without_a_proper_version_is_no_model(tmp_path, sound, version):
    refused(tmp_path, with_card(sound, version=version), "so it is no model of inkrec")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"symbols": None}, "its card lacks 'symbols'"),
        ({"symbols": 5}, "not iterable"),
        ({"symbols": ["a", "bc"]}, "'bc' is not one character"),
        ({"symbols": "aab"}, "'a' comes twice"),
        ({"symbols": [[]]}, "its card is not as it should be"),
        ({"symbols": "abc"}, "does not fit"),
        ({"features": None}, "its card lacks 'features'"),
        ({"features": {"point_spacing": 99}}, "point_spacing is 99"),
        ({"features": {"point_spacing": "wide"}}, "its card is not as it should be"),
        ({"features": {"smoothing": 1}}, "smoothing"),
        ({"features": []}, "its card is not as it should be"),
        ({"channels": None}, "its card lacks 'channels'"),
        ({"channels": 3}, "not iterable"),
        ({"channels": ["dx", "dy"]}, "this inkrec makes"),
    ],
)
def test_a_wrong_card_is_one_error(tmp_path, sound, changes, message):
    refused(tmp_path, with_card(sound, **changes), message)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        (b"[1, 2]", "no model of inkrec"),
        (b"\xff\xfe", "damaged"),
        (b"{", "damaged"),
        (b"[" * 100_000, "damaged"),
        (b"", "damaged"),
    ],
)
def test_a_card_that_cannot_be_read_is_one_error(tmp_path, sound, card, message):
    refused(tmp_path, packed({**members(sound), "card.json": card}), message)


def test_a_zip_without_a_card_is_no_model(tmp_path):
    refused(tmp_path, packed({"a.txt": b"hello"}), r"no card\.json")


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip at all" * 100, b"\x89HDF\r\n\x1a\n"])
def test_another_kind_of_file_is_no_model(tmp_path, data):
    refused(tmp_path, data, "no model file of inkrec")


def test_a_folder_is_no_model(tmp_path):
    with pytest.raises(ModelError, match="no model file of inkrec"):
        load_model(tmp_path)


def test_a_truncated_file_is_one_error(tmp_path, sound):
    path = tmp_path / "bad.inkrec"
    cuts = sorted({*range(0, len(sound), 97), len(sound) - 1, len(sound) - 22})
    assert len(cuts) > 50
    for cut in cuts:
        path.write_bytes(sound[:cut])
        with pytest.raises(ModelError, match=r"bad\.inkrec"):
            load_model(path)


@settings(max_examples=150)
@given(st.data())
def test_changed_bytes_are_one_error_or_still_a_model(tmp_path_factory, sound, data):
    path = tmp_path_factory.getbasetemp() / "mutated.inkrec"
    changed = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 4))):
        # the directory at the end and the headers are where a reader of zips is led astray
        at = data.draw(
            st.integers(0, len(sound) - 1) | st.integers(len(sound) - 1500, len(sound) - 1)
        )
        changed[at] = data.draw(st.integers(0, 255))
    path.write_bytes(changed)
    with contextlib.suppress(ModelError):
        load_model(path)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("network/conv1.bias.npy", b"", r"conv1\.bias\.npy in it is no plain array"),
        ("network/conv1.bias.npy", b"\x93NUMPY\x01\x00\xff\xff{", "no plain array"),
        ("network/conv1.bias.npy", npy(np.array(["a"] * 7)), "not of floats"),
        ("network/conv1.bias.npy", npy(np.zeros(3)), "has shape"),
        ("network/extra.npy", npy(np.zeros(3)), "'extra' belongs to no layer"),
        ("language/x.npy", npy(np.array([{}, []], object)), "no plain array"),
        ("language/x.npy", headed("{'descr': '<f4', 'shape': ("), "no plain array"),
        ("language/x.npy", headed("{'descr': \\"), "no plain array"),
        ("language/x.npy", headed("  {\n 5}"), "no plain array"),
        ("language/x.npy", packed({"a.npy": b"x"}), "no plain array"),
    ],
)
def test_arrays_that_are_none_are_one_error(tmp_path, sound, name, array, message):
    refused(tmp_path, packed({**members(sound), name: array}), message)


def test_a_pickle_is_never_run(tmp_path, sound):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    trap = npy(np.array([Trap()], object))
    refused(tmp_path, packed({**members(sound), "language/x.npy": trap}), "no plain array")
    assert not (tmp_path / "sprung").exists()
    np.load(io.BytesIO(trap), allow_pickle=True)
    assert (tmp_path / "sprung").exists(), "the trap must be one"


def test_an_array_that_claims_to_be_huge_is_one_error(tmp_path, sound):
    header = {"descr": "<f4", "fortran_order": False, "shape": (1 << 50,)}
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, header)
    refused(tmp_path, packed({**members(sound), "language/x.npy": out.getvalue()}), "damaged|plain")


def claiming(content: dict[str, bytes], size: int, claimed: int) -> bytes:
    """A zip with a member of some size that claims another."""
    data = bytearray(packed({**content, "language/x.npy": bytes(size)}))
    real = struct.pack("<I", size)
    places = [i for i in range(len(data) - 4) if data[i : i + 4] == real]
    assert len(places) == 2, "in the local header and in the directory"
    for i in places:
        data[i : i + 4] = struct.pack("<I", claimed)
    return bytes(data)


def test_a_bomb_is_refused_by_its_declared_size(tmp_path, sound):
    bomb = claiming(members(sound), 300_007, 1 << 30)
    refused(tmp_path, bomb, "it would unpack to .* bytes")


def test_a_bomb_that_lies_of_its_size_is_not_unpacked(tmp_path, sound):
    bomb = claiming(members(sound), 32 << 20, 100)
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    try:
        refused(tmp_path, bomb, "damaged|plain")
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings_are_refused(tmp_path, sound, how):
    refused(tmp_path, packed(members(sound), how), "packed in a way that models are not")


def test_an_unpacked_zip_is_as_good(tmp_path, sound):
    path = tmp_path / "stored.inkrec"
    path.write_bytes(packed(members(sound), zipfile.ZIP_STORED))
    assert load_model(path).card["name"] == "tiny"

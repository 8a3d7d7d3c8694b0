"""Pictures: all of the ink within the frame, thicker where the pen was pressed."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from strategies import inks

from inkrec import Ink, InkError, Stroke
from inkrec.formats import svg

SPACE = "{http://www.w3.org/2000/svg}"
ONE = Ink([Stroke([0, 100], [0, 50])])


def drawn(ink: Ink, **options: object) -> ElementTree.Element:
    return ElementTree.fromstring(svg.render(ink, **options))  # type: ignore[arg-type]


def ends(path: ElementTree.Element) -> list[tuple[float, float]]:
    """The corners of a path of ``M`` and ``l``."""
    text = path.get("d", "")
    start, *moves = re.findall(r"[Ml]([^Mlh]+)", text)
    x, y = map(float, start.split())
    found = [(x, y)]
    for move in moves:
        dx, dy = map(float, move.split())
        x, y = x + dx, y + dy
        found.append((x, y))
    return found


@given(ink=inks())
def test_all_of_the_ink_lies_within_the_frame(ink: Ink) -> None:
    root = drawn(ink)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    assert 0 < width <= 1000.1
    assert 0 < height <= 1000.1
    paths = list(root.iter(f"{SPACE}path"))
    assert len(paths) >= len(ink)
    for path in paths:
        for x, y in ends(path):
            assert 0 <= x <= width + 0.1
            assert 0 <= y <= height + 0.1


def test_the_shape_is_kept() -> None:
    (path,) = drawn(ONE).iter(f"{SPACE}path")
    (x0, y0), (x1, y1) = ends(path)
    assert (x1 - x0) / (y1 - y0) == pytest.approx(2, rel=1e-3)
    assert y1 > y0


def test_pressure_is_width() -> None:
    ink = Ink([Stroke([0, 1, 2, 3, 4], [0] * 5, None, [0.1, 0.1, 0.5, 1, 1])])
    paths = list(drawn(ink).iter(f"{SPACE}path"))
    widths = [float(p.get("stroke-width", 0)) for p in paths]
    assert widths == sorted(widths)
    assert len(widths) == 3
    corners = [ends(p) for p in paths]
    assert corners[0][-1] == pytest.approx(corners[1][0], abs=0.11)


def test_a_dot_is_drawn() -> None:
    (path,) = drawn(Ink([Stroke([3], [4])])).iter(f"{SPACE}path")
    assert path.get("d", "").endswith("h0")


def test_colours() -> None:
    ink = Ink([ONE[0], ONE[0]])
    assert {p.get("stroke") for p in drawn(ink, colors="red").iter(f"{SPACE}path")} == {"red"}
    found = [p.get("stroke") for p in drawn(ink, colors=["#aaa", '"><x/>']).iter(f"{SPACE}path")]
    assert found == ["#aaa", '"><x/>']
    with pytest.raises(InkError, match="1 colours for 2 strokes"):
        svg.render(ink, colors=["red"])


def test_a_caption_stands_beneath() -> None:
    root = drawn(ONE, label="Dear <Ada> & co")
    (text,) = root.iter(f"{SPACE}text")
    assert text.text == "Dear <Ada> & co"
    # Strokes have no fill; a text without one is not seen.
    assert (root.get("fill"), text.get("fill")) == ("none", "#555")
    height = float(root.get("viewBox", "").split()[3])
    plain = float(drawn(ONE).get("viewBox", "").split()[3])
    assert plain < float(text.get("y", 0)) < height


def test_the_size_is_told_where_it_is_known() -> None:
    root = drawn(Ink(ONE, units_per_mm=10))
    assert root.get("width", "").endswith("mm")
    assert 10 < float(root.get("width", "").removesuffix("mm")) < 11
    assert drawn(ONE).get("width") is None


def test_a_picture_is_small() -> None:
    n = 500
    stroke = Stroke([i / 3 for i in range(n)], [(i * i) % 7 for i in range(n)])
    assert len(svg.render(Ink([stroke]))) < 12 * n


def test_empty_ink_gives_an_empty_picture() -> None:
    assert list(drawn(Ink())) == []


def test_ink_too_wide_for_a_picture_is_refused() -> None:
    with pytest.raises(InkError, match="too wide for a picture"):
        svg.render(Ink([Stroke([-1.7e308, 1.7e308], [0, 0])]))

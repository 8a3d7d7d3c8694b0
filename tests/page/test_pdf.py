"""PDF: every stroke is there, as it looked, and its words lie on it."""

from __future__ import annotations

import html
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import inkrec
from inkrec import Document, DocumentPage, Ink, InkError, Layer, Stroke, cli
from inkrec.page.pdf import write_pdf
from page.test_search import Said

pikepdf = pytest.importorskip("pikepdf", reason="PDF needs the pdf extra")
PDFTOTEXT = shutil.which("pdftotext")
needs_poppler = pytest.mark.skipif(PDFTOTEXT is None, reason="no pdftotext (apt: poppler-utils)")
DEMOS = Path(__file__).parents[2] / "demos" / "ink"
BAR = Stroke([10, 20], [30, 40])


def document(*layers, **options):
    return Document((DocumentPage(layers, **options),), 72 / 25.4)


def made(pages, said=None):
    """The PDF of a document whose ink is a point to a unit."""
    out = io.BytesIO()
    write_pdf(out, pages, said or [Said() for _ in pages.pages])
    out.seek(0)
    return pikepdf.open(out)


def content(pdf, number=0):
    return pdf.pages[number].Contents.read_bytes().decode()


def drawn(*strokes, **options):
    layer = Layer(Ink(strokes, 72 / 25.4))
    pdf = made(document(layer, width=100.0, height=200.0, **options))
    return content(pdf).partition("BT")[0], pdf.pages[0].Resources


def words_of(path, *options):
    run = subprocess.run(
        [PDFTOTEXT, *options, str(path), "-"], capture_output=True, encoding="utf-8", check=True
    )
    assert run.stderr == ""
    return run.stdout


def boxes_of(path):
    found = re.findall(
        r'xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word', words_of(path, "-bbox")
    )
    return [(html.unescape(word), *map(float, sides)) for *sides, word in found]


def test_strokes_are_lines_of_their_colour_and_width():
    ink, _ = drawn(BAR.replace(color="#ff0080", width=1.5))
    assert "1.000 0.000 0.502 RG" in ink
    assert "1.500 w 10.00 170.00 m 20.00 160.00 l S" in ink


def test_what_is_not_opaque_lets_through():
    ink, resources = drawn(BAR.replace(color="#00ff0040"), BAR.replace(tool="highlighter"), BAR)
    states = {str(k): (float(s.CA), str(s.BM)) for k, s in resources.ExtGState.items()}
    assert sorted(states.values()) == [
        (0.251, "/Normal"), (0.502, "/Multiply"), (1.0, "/Normal")
    ]  # fmt: skip
    assert len(re.findall(r"/G\d gs", ink)) == 3


def test_pressure_is_width():
    ink, _ = drawn(Stroke([0, 5, 9], [0, 5, 9], None, [0.25, 0.25, 1.0], width=4.0))
    assert re.findall(r"([\d.]+) w", ink) == ["1.000", "4.000"]
    assert ink.count(" m ") == 2


def test_a_dot_is_drawn():
    assert "50.00 150.00 m 50.00 150.00 l S" in drawn(Stroke([50], [50]))[0]


def test_pages_keep_their_size_and_grow_with_ink_beyond_them():
    far = Stroke([-10, 150], [0, 0])
    pages = tuple(
        DocumentPage((Layer(Ink([s], 72 / 25.4)),), 100.0, 200.0) for s in (BAR, far)
    )  # fmt: skip
    pdf = made(Document(pages, 72 / 25.4))
    assert [[float(v) for v in p.MediaBox] for p in pdf.pages] == [
        [0, 0, 100, 200], [0, 0, 160, 200]
    ]  # fmt: skip
    assert "0.00 200.00 m 160.00 200.00 l" in content(pdf, 1)


def test_ink_of_unknown_size_fills_a_page_and_none_is_too_large():
    ink = Ink([Stroke([0, 1e6], [0, 1e5])])
    pdf = made(Document((DocumentPage((Layer(ink),)), DocumentPage())))
    for page in pdf.pages:
        width, height = map(float, page.MediaBox[2:])
        assert 595 < width < 596
        assert height < 1000
    long = Ink([Stroke([0, 10], [0, 1e5])], 1.0)
    pdf = made(Document((DocumentPage((Layer(long),)),), 1.0))
    assert float(pdf.pages[0].MediaBox[3]) <= 14400


def test_ink_that_no_number_can_span_is_refused():
    ink = Ink([Stroke([-1.7e308, 1.7e308], [0, 1])])
    with pytest.raises(InkError, match="ink of page 1 reaches"):
        made(Document((DocumentPage((Layer(ink),)),)))


def test_a_layer_that_is_not_shown_is_there_and_not_shown():
    shown = Layer(Ink([BAR], 72 / 25.4))
    pdf = made(document(shown, Layer(shown.ink, "notes", visible=False)))
    assert content(pdf).count(" m ") == 2
    assert content(pdf).count("/OC /L0 BDC") == 1
    (group,) = pdf.Root.OCProperties.D.OFF
    assert str(group.Name) == "notes"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_there_is_a_page_said_for_each(count):
    pages = Document((DocumentPage(), DocumentPage()))
    with pytest.raises(InkError, match="there are not 2 pages"):
        write_pdf(io.BytesIO(), pages, [Said()] * count)


def test_a_line_that_says_nothing_is_ink_alone():
    line = inkrec.TextLine(1, inkrec.Hypothesis(final=True), (0,), (), (0, 0, 9, 9))
    said = Said()
    said.said = [line]
    assert " m " in content(made(document(Layer(Ink([BAR]))), [said]))
    assert inkrec.page_to_wicg(said, strokes=[0]) == []
    assert inkrec.search(said, "a") == []


def test_no_page_is_no_pdf():
    with pytest.raises(InkError, match="no page"):
        write_pdf(io.BytesIO(), Document(()), [])


def test_the_same_ink_gives_the_same_bytes():
    def data():
        out = io.BytesIO()
        write_pdf(out, document(Layer(Ink([BAR]))), [Said("one two")], title="Ünï")
        return out.getvalue()

    assert data() == data()


@needs_poppler
def test_any_character_comes_out(tmp_path):
    strange = "".join(chr(0x4E00 + n) for n in range(300))  # more than a font has codes
    lines = ["Grüße ΔΈΛΤΑ 日本", "😀 ﬁn (a\\b) <&>", strange]
    path = tmp_path / "a.pdf"
    write_pdf(path, document(width=400.0, height=400.0), [Said(*lines)])
    assert words_of(path).split() == " ".join(lines).split()


@needs_poppler
@pytest.mark.parametrize("slope", [-0.15, 0.0, 0.15])
@pytest.mark.parametrize("gap", [15.0, 6.0, 0.3])
def test_words_come_in_order_and_lie_on_their_ink(slope, gap, tmp_path):
    """Lines that rise or fall, and words that nearly touch or stand far apart."""
    said = Said("one two three four", "five six seven eight", "nine ten eleven twelve")
    moved = []
    for n, line in enumerate(said.lines):
        left, held = 20.0, []
        for word in line.words:
            right = left + 9.0 * len(word.text)
            top = 60.0 + 40 * n + slope * left
            held.append((word, (left, top, right, top + 12)))
            left = right + gap
        moved.append(held)
    said = Said.at(moved)
    path = tmp_path / "a.pdf"
    write_pdf(path, document(width=400.0, height=400.0), [said])
    assert words_of(path).split() == said.text.split()
    found = boxes_of(path)
    assert len(found) == 12
    for (text, *box), word in zip(found, said.words, strict=True):
        assert text == word.text
        across = min(box[2], word.box.right) - max(box[0], word.box.left)
        down = min(box[3], word.box.bottom) - max(box[1], word.box.top)
        area = (word.box.right - word.box.left) * (word.box.bottom - word.box.top)
        assert across * down >= 0.9 * area


@needs_poppler
def test_the_command_writes_pages_that_can_be_searched(tmp_path):
    out = tmp_path / "river.pdf"
    assert cli.main(["export-pdf", str(DEMOS / "river.xopp"), str(out)]) == 0
    assert words_of(out).split() == ["The", "river", "runs", "under", "the", "road."]
    with pikepdf.open(out) as pdf:
        assert str(pdf.docinfo["/Title"]) == "river"
        assert content(pdf).count(" m ") >= len(inkrec.read(DEMOS / "river.xopp"))


def test_only_pdf_is_written_and_nothing_over_what_is_read(tmp_path, capsys):
    tea = str(DEMOS / "tea.jsonl")
    assert cli.main(["export-pdf", tea, str(tmp_path / "a.svg")]) == 1
    assert "end its name in .pdf" in capsys.readouterr().err
    copy = tmp_path / "tea.pdf"
    shutil.copy(tea, copy)
    assert cli.main(["export-pdf", str(copy), str(copy)]) == 1
    assert "it is the file that is read" in capsys.readouterr().err


def test_a_missing_pikepdf_says_what_to_install(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(__import__("sys").modules, "pikepdf", None)
    assert cli.main(["export-pdf", str(DEMOS / "tea.jsonl"), str(tmp_path / "a.pdf")]) == 1
    assert "pip install 'inkrec[pdf]'" in capsys.readouterr().err

import matplotlib
import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.font_manager import fontManager

from ulmus.insight.confusion_plot import plot_confusion
from ulmus.insight.fonts import DEFAULT_FAMILY, drawable_labels


def texts(*labels):
    return drawable_labels(labels).texts


@pytest.fixture(autouse=True)
def only_bundled_fonts(monkeypatch):
    """Make every machine one that has no fonts but those that come with matplotlib."""
    own = matplotlib.get_data_path()
    bundled = [font for font in fontManager.ttflist if font.fname.startswith(own)]
    monkeypatch.setattr(fontManager, "ttflist", bundled)


@pytest.fixture
def installed_font(tmp_path):
    """A font with the first of two hieroglyphs, known to matplotlib during the test."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((500, 0))
    pen.lineTo((250, 700))
    pen.closePath()
    glyph = pen.glyph()
    names = [".notdef", "sign"]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({0x13000: "sign"})
    builder.setupGlyf(dict.fromkeys(names, glyph))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Nile", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWeightClass=400)
    builder.setupPost()
    path = tmp_path / "nile.ttf"
    builder.save(path)
    fontManager.addfont(path)
    return "Nile"


def test_common_scripts_need_no_other_font():
    labels = ["neg", "größer", "Ελλάδα", "Россия", "tiếng Việt", "عربي", "a_b $c$ 100 %"]

    assert drawable_labels(labels) == (labels, [DEFAULT_FAMILY])


def test_what_no_font_has_is_written_as_escapes():
    assert texts("x\U00013000y") == [r"x\U00013000y"]


def test_an_installed_font_is_used_for_what_it_has(installed_font):
    found = drawable_labels(["neg", "\U00013000", "\U00013001"])

    assert found.texts == ["neg", "\U00013000", r"\U00013001"]
    assert found.families == [DEFAULT_FAMILY, installed_font]


def test_what_an_installed_font_has_is_drawn_without_a_warning(installed_font, tmp_path):
    labels = ["neg", "\U00013000", "\U00013001"]

    plot_confusion(tmp_path / "confusion.png", np.eye(3, dtype=np.int64), labels)

    assert (tmp_path / "confusion.png").stat().st_size > 0


def test_an_installed_font_that_is_not_needed_is_not_used(installed_font):
    assert drawable_labels(["neg", "\U00013001"]).families == [DEFAULT_FAMILY]


def test_white_space_and_what_cannot_be_seen():
    assert texts("a\nb\tc\u00a0d", " pad ", "na\u200cme", "") == ["a b c d", "pad", "name", ""]
    assert texts("\x00\x1b", "\ud800") == [r"\x00\x1b", r"\ud800"]


def test_long_labels_are_cut_between_characters():
    assert texts("x" * 40, "x" * 41) == ["x" * 40, "x" * 39 + "…"]
    assert texts("\U00013000" * 9) == [r"\U00013000" * 3 + "…"]

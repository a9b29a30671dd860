import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ulmus.text import TextProcessor
from ulmus.text.casing import capitalised, lower_case, upper_case
from ulmus.text.rules import rule_set

RULES = rule_set("unicode")


def at_spaces(text):
    return text.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ПРИВЕТ, Мир! Я здесь.", "xxup привет, xxmaj мир! я здесь."),
        ("ΟΔΟΣ Αθήνα", "xxup οδος xxmaj αθήνα"),
        ("Երևան ԵՐԵՎԱՆ", "xxmaj երևան xxup երեվան"),
        ("ᲗᲑᲘᲚᲘᲡᲘ თბილისი", "xxup თბილისი თბილისი"),
        ("Đà Nẵng ĐẠI", "xxmaj đà xxmaj nẵng xxup đại"),
        ("Ça ŒUVRE École", "xxmaj ça xxup œuvre xxmaj école"),
        ("E\u0301cole E\u0301 E\u0301COLE", "xxmaj e\u0301cole e\u0301 xxup e\u0301cole"),
        # Letters beyond the first plane: Deseret and Adlam.
        ("𐐔𐐯𐑅 𐐔𐐇", "xxmaj 𐐼𐐯𐑅 xxup 𐐼𐐯"),
        ("𞤀𞤁 𞤀𞤣", "xxup 𞤢𞤣 xxmaj 𞤢𞤣"),
        # Letters that are capitals by their look only have no small ones.
        ("𝐇𝐞𝐥𝐥𝐨 𝐇𝐈", "𝐇𝐞𝐥𝐥𝐨 𝐇𝐈"),
        ("ᎣᏏᏲ", "ᎣᏏᏲ"),
        # In German a word in capitals has SS for ß; ẞ could not come back.
        ("STRASSE Straße STRAẞE GROß", "xxup strasse xxmaj straße straße groß"),
        ("ǅungla ǄUNGLA ǆungla", "xxmaj ǆungla xxup ǆungla ǆungla"),
        # Turkish letters come back as they were, though not by Turkish rules.
        ("İzmir İZMİR Işık IŞIK", "xxmaj i̇zmir xxup i̇zmi̇r xxmaj işık xxup işik"),
        ("Nº ⅣⅤ ⒶⒷ", "xxmaj nº xxup ⅳⅴ xxup ⓐⓑ"),
        ("iPhone McДональд", "iphone mcдональд"),
        ("Я É 好 ไทย ไม่ GO!!!", "я é 好 ไทย ไม่ xxup go xxrep 3 !"),
    ],
)
def test_capitals_of_all_scripts(text, expected):
    assert RULES.apply(text) == f"xxbos {expected}"


@pytest.mark.parametrize(
    "text",
    [
        "ПРИВЕТ, Мир! сегодня",
        "ΟΔΟΣ Αθήνα ΆΛΦΑ ᾈδης",
        "Երևան ԵՐԵՎԱՆ ᲗᲑᲘᲚᲘᲡᲘ თბილისი ᎣᏏᏲ",
        "Đà Nẵng ĐẠI HỌC Ổn",
        "İzmir İZMİR ISPARTA Işık IŞIK ışık",
        "STRASSE Straße ÄRGER Ärger",
        "ǅungla ǄUNGLA ǆungla ŒUVRE Œuvre",
        "E\u0301cole E\u0301COLE 𐐔𐐯𐑅𐐨𐑉𐐯𐐻 𐐔𐐇𐐝 𞤀𞤁𞤂𞤃",
    ],
)
def test_decoding_gives_back_every_letter(text):
    processor = TextProcessor.build([text], tokenizer=at_spaces, rules="unicode", min_freq=1)
    assert processor.decode(processor.encode(text)) == text


@given(st.text(st.characters(codec="ascii")))
@example("GREAT!!! I   loved it sooooo much. A HELLO, World McDonald")
def test_for_ascii_nothing_differs_from_the_reference_s_rules(text):
    assert RULES.apply(text) == rule_set("fastai").apply(text)


CASED = st.text(st.characters(categories=["Lu", "Ll", "Lt", "Mn", "Nd"]), min_size=1, max_size=6)


@given(CASED)
@example("İ\u0307a")
@example("ŉA")
@example("ﬁn")
@example("ΑΣ")
def test_a_word_is_marked_only_if_the_mark_brings_it_back(word):
    marked = RULES.apply(word).removeprefix("xxbos ")
    if marked.startswith("xxup "):
        assert upper_case(marked.removeprefix("xxup ")) == word
    elif marked.startswith("xxmaj "):
        assert capitalised(marked.removeprefix("xxmaj ")) == word
    elif not marked.startswith("xxrep "):
        assert lower_case(marked) == marked or "xxrep" in marked

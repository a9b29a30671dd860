"""Repetitions, capitals, the special tokens themselves, and soups of ASCII."""

import string
from random import Random

from tests.parity.reference.texts.scripts import SPACES

SPECIALS = str.split("xxunk xxpad xxbos xxeos xxfld xxrep xxwrep xxup xxmaj xxfake")
CAPITAL_WORDS = str.split(
    """A I AM NASA U.S. USA's X9 9X A1B2 ABC-DEF ABC-def Abc-Def McDonald iPhone IPhone Hi Hello
Hello, "Hello (Hello HELLO, "HELLO" É ÉA AÉ Aé ÄÖÜ ÀB Çа Ωmega ΩMEGA AΩ ПРИВЕТ Привет aB Ab aBC
ABc A- A' A. A... -A 'A I'm I'M O'NEIL O'Neil D-Day T-SHIRT X X! X!Y Q&A R&D AT&T C++ C# #TAG @NAME
Aไทย AİB İSTANBUL Istanbul ISTANBUL STRASSE STRAẞE Straße ǅ Ⅳ ＡＢＣ Ａｂｃ 𝐀𝐁 ǄX ﬀ AﬀB ŉ
ΣΑΣ AΣ A\u0301 E\u0301A"""
)
REPEATED = [
    *"aAzZ1!.?-_=*#/\\'\"~(<&;,:@é界กา👍…—٣\u0301",
    "\u200d",
    "\ufe0f",
    "ab",
    "ha",
    "..",
    "a ",
    "! ",
]
WORDS = str.split(
    """go Go GO no very a I the 1 10 x_y don't it's ha ก ไป 好 да é e\u0301 नमस्ते go, go. go- -go
_ __ 3.5 b-b b b. ah! γεια א ال ١"""
)


def repeated_characters(chance: Random) -> str:
    """One to five runs of a character or two, two to nine long."""
    parts = []
    for _ in range(chance.randint(1, 5)):
        run = chance.choice(REPEATED) * chance.randint(1, 9)
        parts.append(chance.choice(["", "", "a", "so", " "]) + run + chance.choice(["", "b", " "]))
    return "".join(parts)


def long_runs(chance: Random) -> str:
    """Runs of up to 200 of a character or a short word."""
    unit = chance.choice([*REPEATED, "go ", "a\n", " ", "\t", "\n", "\u00a0"])
    return chance.choice(["", "Oh ", "x"]) + unit * chance.randint(3, 200 // len(unit))


def repeated_words(chance: Random) -> str:
    """Runs of a word with all kinds of white space and marks in between and behind."""
    parts = []
    for _ in range(chance.randint(1, 4)):
        word = chance.choice(WORDS)
        for _ in range(chance.randint(1, 6)):
            usual = chance.random() < 0.7
            parts += [word, " " if usual else chance.choice([*SPACES, ", ", "! ", "-", "x ", ""])]
        parts.append(chance.choice(["", "", "!", ".", "end ", " ", "\n", "s "]))
    return "".join(parts)


def near_repeats(chance: Random) -> str:
    """Words of few letters, so that some stand three times by chance."""
    words = ["".join(chance.choices("abA", k=chance.randint(1, 2))) for _ in range(12)]
    return "".join(word + chance.choice([" ", " ", " ", "  ", "\n", "!"]) for word in words)


def capitals(chance: Random) -> str:
    """Words with capitals of several scripts in all places."""
    words = chance.choices(CAPITAL_WORDS, k=chance.randint(1, 10))
    return chance.choice(["", " "]) + "".join(
        word + (" " if chance.random() < 0.8 else chance.choice(SPACES)) for word in words
    )


def capital_soup(chance: Random) -> str:
    """Random words of capitals, small letters, digits and marks."""
    letters = "AAABBZaabz19.'-é "
    return "".join(chance.choices(letters, k=chance.randint(1, 40)))


def special_tokens(chance: Random) -> str:
    """The special tokens in a text: alone, in capitals, glued to marks, letters and each other."""
    parts = []
    for token in chance.choices(SPECIALS, k=chance.randint(1, 6)):
        form = chance.choice(
            [
                *(
                    "{}",
                    "{}",
                    "{} 3 a",
                    "{} Word",
                    "({})",
                    "{}.",
                    "'{}'",
                    "{}'s",
                    "-{}",
                    "#{}",
                    "/{}/",
                ),
                *(
                    "\u2581{}",
                    "a{}",
                    "{}b",
                    "{}\n",
                    "{}, x",
                    "<{}>",
                    "{}!!!!",
                    "{}-{}",
                    "{}5km",
                    "${}",
                ),
            ]
        )
        written = chance.choice([token, token, token.upper(), token.title()])
        parts.append(form.replace("{}", written))
    return chance.choice([" ", " ", "", "  ", "\t"]).join(parts)


def ascii_soup(chance: Random) -> str:
    """Random printable ASCII, more marks than letters."""
    marks = string.punctuation * 2 + string.ascii_letters + string.digits + " " * 20
    return "".join(chance.choices(marks, k=chance.randint(1, 60)))


KINDS = (
    repeated_characters,
    long_runs,
    repeated_words,
    near_repeats,
    capitals,
    capital_soup,
    special_tokens,
    ascii_soup,
)

"""Emoji, combining marks, control characters and code points drawn at random."""

import unicodedata
from random import Random

from tests.parity.reference.texts.scripts import JOINERS, RARE_SPACES, SENTENCES

EMOJI = str.split(
    """😀 😂😂😂 ❤️ ❤ 👍 👍🏽 👍🏿👍🏻 👩‍👩‍👧‍👦 👨🏽‍💻 🏳️‍🌈 🇩🇪 🇹🇭🇯🇵 1️⃣ #️⃣ ☺️ ☺ ✌🏼 🤷🏾‍♀️ 🫠 ™️ © ®
⭐⭐⭐⭐ 💯 🎉!!! 🧑‍🚀
🐈‍⬛ ♥♥♥ ☎️ ➡️ 🅰️ ㊗️ 🈶 🀄 👁️‍🗨️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ✔ ✅ • ● ◆ → ⇒ ★★★☆☆ ♪ ♯ ½ ² ₂ € № ‰ ∞ ≠ √2 π"""
)
MARKS = [chr(point) for point in (*range(0x300, 0x316), 0x327, 0x338, 0x342, 0x489, 0x1AB0, 0x20DD)]
MARKS += ["\u0e31", "\u0e34", "\u0e48", "\u064b", "\u05b0", "\u093c", "\u094d", "\u3099", "\ufe20"]
CONTROLS = [chr(point) for point in (*range(0x20), *range(0x7F, 0xA1))] + [
    *JOINERS,
    *("\ufeff", "\ufffd", "\uffff", "\ufffe", "\ufff9", "\ue000", "\U0010ffff", "\U000e0041"),
]
BLOCKS = [(0, 0x7F), (0x80, 0x24F), (0x250, 0x7FF), (0x800, 0x1FFF), (0x2000, 0x2BFF)]
BLOCKS += [(0x2C00, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x1FAFF), (0x20000, 0x10FFFF)]


def emoji(chance: Random) -> str:
    """Emoji among words, spaced, glued and repeated."""
    parts = []
    for one in chance.choices(EMOJI, k=chance.randint(1, 6)):
        word = chance.choice(["", "", "good", "WOW", "Nice,", "ดี", "好", ":)", "3"])
        parts.append(word + chance.choice(["", " "]) + one * chance.choice([1, 1, 1, 2, 3, 5]))
    return chance.choice([" ", "", "\n"]).join(parts)


def combining(chance: Random) -> str:
    """Letters under one mark or heaps of them."""
    letters = chance.choices("aeionAEOnกाاא가1 .", k=chance.randint(1, 14))
    heaps = ["".join(chance.choices(MARKS, k=chance.choice([0, 1, 1, 2, 5]))) for _ in letters]
    return "".join(letter + heap for letter, heap in zip(letters, heaps, strict=True))


def normal_forms(chance: Random) -> str:
    """Sentences decomposed or in compatibility forms."""
    form = chance.choice(["NFC", "NFD", "NFKC", "NFKD"])
    return unicodedata.normalize(form, " ".join(chance.choices(SENTENCES, k=2)))


def controls(chance: Random) -> str:
    """Control and format characters, private and unassigned ones, among words."""
    parts = chance.choices([*CONTROLS, "a", "Bc", "DEF", "ก", "1"], k=chance.randint(1, 12))
    return chance.choice(["", "", " "]).join(parts)


def any_unicode(chance: Random) -> str:
    """Code points of any block, a few to a text."""
    return "".join(
        chr(chance.randint(*chance.choice(BLOCKS))) for _ in range(chance.randint(1, 16))
    )


def unicode_words(chance: Random) -> str:
    """Words of one block each, white space of any kind between them."""
    parts = []
    for _ in range(chance.randint(1, 4)):
        low, high = chance.choice(BLOCKS[:7])
        start = chance.randint(low, max(low, high - 40))
        parts += [chr(chance.randint(start, min(high, start + 40))) for _ in range(4)]
        parts.append(chance.choice(RARE_SPACES))
    return "".join(parts)


KINDS = (emoji, combining, normal_forms, controls, any_unicode, unicode_words)

"""Thai and mixed texts of many kinds, all written or drawn here."""

import random

WRITTEN = {
    "words": (
        "ผม ฉัน เรา เขา รัก ชอบ กิน ข้าว ผัด อร่อย มาก ไม่ ได้ ไป มา เมือง ไทย กรุงเทพมหานคร "
        "โรงเรียน นักเรียน อากาศ ร้อน ฝน ตก น้ำ ท่วม ตากลม มหาวิทยาลัย รถไฟฟ้า ภาษา วันนี้ พรุ่งนี้ "
        "ขอบคุณ ค่ะ ครับ จ้า นะ น้ำ น้ำ แล้ว ก็ ที่ ของ ซื้อ ขาย ถูก แพง จัง เลย อิอิ งง แก๊ส เปปเปอโรนี "
        "ฯลฯ ๆ สบายดี หรือเปล่า ประชาธิปไตย คอมพิวเตอร์ อินเทอร์เน็ต กำลัง ทำ การบ้าน ฤดู หนาว ฤๅษี"
    ),
    "names": "Mitsubishi iPhone KFC Facebook LINE McDonald's Toyota COVID-19 BTS MRT Go I AI",
    "signs": (
        "! !!! ??? ... .... ....... , ( ) () (...) ( ,ก) [] {} (กข ; ) [1] {a} - -- ---- / // # ## "
        "#เที่ยวไทย @user \\ \\\\ \" ' ฯ ๏ ๛ = == >>>> <3 :) :( ^^ ^_^ T_T *** ~~~~ ____ | & ; :"
    ),
    "numbers": "5555 55555555 12:30 1,234.50 ๑๒๓ ๒๕๖๖ 127.0.0.1 50% 100฿ 08-1234-5678 3x4 1/2",
    "emoji": "😂 😂🤣😃 😭😭😭 😭😭😭😭😭 ❤️ ❤️❤️❤️❤️ 👍 👍🏽 👍🏽👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇹🇭 ☺ ☺😊 ©® 1️⃣",
    "addresses": (
        "http://www.google.com/search?q=1 https://t.co/abc google.com GOOGLE.COM www.pantip.com "
        "a.co.th/x me@mail.com me@sub.mail.co.th http:abc.com https:x/y kapook.com, ไทย.com. "
        "x-y.net a_b.com 1.com ดูgoogle.com ไปgoogle.com google.comดี facebook.com/กข a.b.c.d.in.th "
        "mail.com@x t.me/x http://a.b/c#d example.xyz ftp://ftp.gov เว็บwww.abc.com"
    ),
    "html": (
        '&amp; &lt;b&gt; &nbsp; amp; nbsp; #39; quot; <br /> <unk> &#3585; &quot;ก&quot; \\n \\" '
        "@.@ @,@ @-@ <p>ก</p> &copy; lamp; <br/> ก&amp;ข ก<unk>ข"
    ),
    "odd_marks": ("เเปลก ก้ำ นํา นํ้า น้ํา กําลัง ทํ่า กะ่ กา้ ก็้ กุ่ กุ่ ก์ิ กๅ ฤๅ ฤๅๅ ๅ กๅๅ เเเเ แเเ ก่่่่่ กุุุุ กิิ ํา ่ำ ัั"),
    "specials": "xxbos xxmaj xxrep xxunk xxwrep 3 xxpad xxfld xxup xxeos",
}
POOLS = {name: text.split() for name, text in WRITTEN.items()}
THAI, SPECIALS = POOLS.pop("words"), POOLS["specials"]
# Next to other white space than these a special token is torn in the reference, see the tests.
SPACES = (" ", " ", " ", "  ", "\n", "\n\n", "\r\n", "\t", " \n ", "   \n\n\n")
INSIDE = ("", "", "", "", "\u200b", "\u00a0", "\u3000", "\x0b", "\u200d", "\ufeff", "\u2028")


def written_thai_texts(count: int, seed: int = 5) -> list[str]:
    """Return different texts, the same for the same seed."""
    chance = random.Random(seed)
    texts = {"": None, " ": None, "\n": None, "ก": None, "A": None, ")": None, "xxbos": None}
    while len(texts) < count:
        texts[_text(chance)] = None
    return list(texts)


def _text(chance: random.Random) -> str:
    text = ""
    for _ in range(chance.choice((1, 2, 3, 5, 8))):
        text += _phrase(chance)
        text += chance.choice((*SPACES, "", ""))
    return text


def _phrase(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.5:
        return _thai(chance)
    drawn = chance.choice(chance.choice(list(POOLS.values())))
    if kind < 0.6:
        return f" {drawn} "
    if kind < 0.7:
        return _thai(chance) + _apart(drawn) + _thai(chance)
    if kind < 0.8:
        return f"({drawn})" if chance.random() < 0.5 else f"[{_thai(chance)} {drawn}]"
    if kind < 0.9:
        word = chance.choice(THAI)
        return chance.choice((f"{word} ", word)) * chance.randint(2, 5)
    return drawn


def _thai(chance: random.Random) -> str:
    words = chance.choices(THAI, k=chance.randint(1, 9))
    if chance.random() < 0.3:
        words[-1] += words[-1][-1] * chance.randint(1, 9)
    return chance.choice(INSIDE).join(words)


def _apart(drawn: str) -> str:
    """Return what may be a special token with spaces around it, so that none is torn."""
    return f" {drawn} " if drawn in SPECIALS else drawn

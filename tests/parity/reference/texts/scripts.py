"""Sentences of many scripts, alone and mixed, and what stands between words there."""

from random import Random

SENTENCES = [
    *("ฉันชอบอ่านหนังสือมากกกกก", "วันนี้อากาศดี 555 ไปเที่ยวกันไหม", "ราคา ๑๒๓ บาท (ลด 50%) ๆๆๆ"),
    *(
        "我喜欢看书。",
        "你好，世界！！！",
        "今天天气很好，我们去公园吧。",
        "「引號」與『書名』《題》",
    ),
    *("私は本を読むのが好きです。", "カタカナとひらがな・漢字ｗｗｗ", "ﾊﾝｶｸ　全角ＡＢＣ１２３"),
    *("أحب قراءة الكتب كثيرًا.", "السَّلَامُ عَلَيْكُم، كيف الحال؟", "٣ كتب بـ ١٢٫٥ درهم"),
    *("אני אוהב לקרוא ספרים.", "שָׁלוֹם! צה\"ל ג'ירפה", "מע״מ של 17% — לא?"),
    *("मुझे किताबें पढ़ना पसंद है।", "नमस्ते!!! क्या हाल है?", "१२३ क्षत्रिय ज्ञान ॐ"),
    *("Я люблю читать книги.", "ПРИВЕТ, как дела??? Ёлка", "Москва́ — т.е. г. М.", "їжак ґанок ъ"),
    *("Μου αρέσει να διαβάζω.", "ΚΑΛΗΜΕΡΑ ΣΑΣ· τι κάνεις;", "ὀδυσσεύς Ὀδυσσεύς ΟΔΟΣ"),
    *("İstanbul'da ışık IŞIK iyi İYİ", "Diyarbakır'ın ağacı ĞÜŞ", "KADIKÖY'DE ÇAY içtik"),
    *("Die Straße ist groß. STRASSE GROẞ", "Fußball-Übung z.B. im Süd-Osten", "ÄÖÜ äöü „Zitat“"),
    *("J'aime l'été à l'école.", "Qu'est-ce que c'est ? « Oui » !", "ŒUVRE œuvre Ça ça"),
    *(
        "¿Cómo estás? ¡Muy bien!",
        "Año, NIÑO, pingüino",
        "São João não põe maçã",
        "l'amico dell'università",
    ),
    *(
        "책을 읽는 것을 좋아해요.",
        "안녕하세요!!! ㅋㅋㅋㅋㅋ ㅠㅠ",
        "Tôi thích đọc sách. ĐƯỜNG Nguyễn",
    ),
    *("மிகவும் நன்றி", "ধন্যবাদ ভাই।", "ಧನ್ಯವಾದ", "გმადლობთ", "Շնորհակալություն։", "አመሰግናለሁ።"),
    *("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "ខ្ញុំស្រឡាញ់អ្នក", "မင်္ဂလာပါ", "བཀྲ་ཤིས་བདེ་ལེགས།", "ភាសា", "𐌰𐌱 𓀀𓂀 𝔘𝔫𝔦"),
    *("Xin chào THẾ GIỚI", "Žluťoučký kůň", "Þórður Æsir ÐÖÞ", "ĦAĠRA għajn", "Łódź ŻÓŁW"),
]
SPACES = [
    " ",
    "  ",
    "   ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "\u00a0",
    "\u2003",
    "\u3000",
    "\u2028",
]
RARE_SPACES = [
    *SPACES,
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1f",
    "\x85",
    "\u1680",
    "\u2009",
    "\u202f",
    "\u205f",
]
RARE_SPACES += [
    "\u200b",
    "\u2060",
    "\ufeff",
    "\u180e",
    "\u2029",
    " \n",
    "\n ",
    " \t ",
    "\u00a0 ",
    "\u2000",
]
JOINERS = ["\u200d", "\u200c", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069", "\u00ad"]


def one_script(chance: Random) -> str:
    """Sentences of one line each, whole or cut anywhere."""
    text = " ".join(chance.choices(SENTENCES, k=chance.randint(1, 2)))
    start = chance.choice([0, 0, chance.randrange(len(text))])
    return text[start : start + chance.randint(1, 60)]


def mixed_scripts(chance: Random) -> str:
    """Halves of sentences of several scripts, glued or spaced."""
    parts = []
    for sentence in chance.choices(SENTENCES, k=chance.randint(2, 5)):
        start = chance.randrange(len(sentence))
        parts.append(sentence[start : start + chance.randint(1, 12)])
        parts.append(chance.choice(["", "", " ", "/", "-", "A", "x", "1", *JOINERS]))
    return "".join(parts)


def swapped_case(chance: Random) -> str:
    """Sentences in capitals, titles and the like, where letters change their number."""
    sentence = chance.choice(SENTENCES)
    return chance.choice([str.upper, str.title, str.swapcase, str.capitalize])(sentence) + (
        " " + chance.choice(SENTENCES).upper()
    )


def white_space(chance: Random) -> str:
    """Words between white space of all kinds."""
    parts = [chance.choice(["", *RARE_SPACES])]
    for _ in range(chance.randint(1, 7)):
        parts.append(chance.choice(["a", "Bee", "NASA", "ก", "好", "1.", "don't", "(x)", "", "."]))
        parts += chance.choices(RARE_SPACES, k=chance.choice([1, 1, 1, 2, 3]))
    return "".join(parts)


def only_white_space(chance: Random) -> str:
    """Nothing, or nothing but white space."""
    return "".join(chance.choices(RARE_SPACES, k=chance.randint(0, 4)))


KINDS = (one_script, mixed_scripts, swapped_case, white_space, only_white_space)

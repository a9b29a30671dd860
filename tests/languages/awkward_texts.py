"""Texts that trip programs which think of English only."""

AWKWARD_TEXTS = {
    "thai": "ผมรักเมืองไทย อาหารอร่อยมากกกกก 5555",
    "vietnamese": "Tiếng Việt rất đẹp, phải không? Hà Nội mùa thu.",
    "chinese": "我爱北京天安门。今天天气很好，iPhone 15 真贵！",
    "japanese": "吾輩は猫である。名前はまだ無い。カタカナもＡＢＣも。",
    "arabic": "مرحبا بالعالم، كيف حالك؟ السلام عليكم.",
    "hindi": "नमस्ते दुनिया। आप कैसे हैं?",
    "german": "Die Straße ist schön, groß und über 100 m lang; Fußgängerübergänge!",
    "emoji": "Familie 👩‍👩‍👧‍👦 und 🏳️‍🌈 👍🏽 ❤️❤️❤️❤️",
    "combining": "e\u0301 n\u0303 Z\u0351\u036b\u0343a\u0328lgo",
    "controls": "a\x00b\x1f\ufeffc\u202ed\u200be\u2028f",
    "half a pair": "broken \ud83d surrogate",
    "special tokens": "xxbos xxrep xxrep 3 xxmaj xxfld xxunk xxpad xxwrep 9 xxup",
    "empty": "",
    "white space": " \t\n\u3000 ",
    "long line": "ab " * 33_333 + "c",
}

"""Written-out tokens of sentences in each language that has a preset, and the way back."""

import pytest

from tests.languages.extras import skip_without_extra
from ulmus.text import TextProcessor
from ulmus.text.languages import language_settings

# Sentence, its tokens but for xxbos, with a space within one as ▁, and what is decoded if not
# the sentence. Capitals inside of words, single capitals and, in Thai, all capitals are lost.
GOLDEN = {
    "th": [
        (
            "ผมรักเมืองไทย อาหารอร่อยมากกกกก 5555",
            "▁ ผม รัก เมือง ไทย ▁ อาหาร อร่อย มาก xxrep 5 ▁ 5 xxrep 4 ▁",
            None,
        ),
        (
            "นักเรียนไปโรงเรียน แต่ฝนตกหนักจังเลย!!!!",
            "▁ นักเรียน ไป โรงเรียน ▁ แต่ ฝน ตกหนัก จัง เลย !xxrep4 ▁",
            None,
        ),
        (
            "ดูที่ www.pantip.com (ภาษาไทย) นะน้ำน้ำน้ำ 😂🤣",
            "▁ ดู ที่ ▁ xxurl ▁ ( ภาษาไทย ) ▁ นะ xxwrep 2 น้ำ ▁ 😂 🤣",
            "ดูที่ xxurl (ภาษาไทย) นะน้ำน้ำน้ำ 😂🤣",
        ),
        (
            "เเปลกจริงๆ น้ํา KFC ราคา 1,234.50 บาท",
            "▁ แปลก จริงๆ ▁ น้ำ ▁ kfc ▁ ราคา ▁ 1,234.50 ▁ บาท",
            "แปลกจริงๆ น้ำ kfc ราคา 1,234.50 บาท",
        ),
    ],
    "vi": [
        (
            "Bác sĩ bây giờ có thể thản nhiên báo tin bệnh nhân bị ung thư.",
            "xxmaj bác▁sĩ bây▁giờ có▁thể thản▁nhiên báo tin bệnh▁nhân bị ung▁thư .",
            None,
        ),
        (
            "Tiếng Việt rất đẹp, phải không? Tôi yêu mùa thu.",
            "xxmaj tiếng xxmaj việt rất đẹp , phải không ? xxmaj tôi yêu mùa thu .",
            None,
        ),
        (
            "ĐẠI HỌC có 12 sinh viên; xem (http://vnu.edu.vn)",
            "xxup đại xxup học có 12 sinh▁viên ; xem ( http : / / vnu.edu.vn )",
            None,
        ),
    ],
    "zh": [
        (
            "我爱北京天安门。今天天气很好，iPhone 15 Pro真贵！",
            "我 爱 北京 天安门 。 今天天气 很 好 ， iphone 15 xxmaj pro 真贵 ！",
            "我爱北京天安门。今天天气很好，iphone 15 Pro真贵！",
        ),
        ("他来到了网易杭研大厦。哈哈哈哈", "他 来到 了 网易 杭研 大厦 。 xxrep 4 哈", None),
        (
            "中华人民共和国成立于1949年10月1日。",
            "中华人民共和国 成立 于 1949 年 10 月 1 日 。",
            None,
        ),
        (
            "Hello World，我们用 Python 写程序。",
            "xxmaj hello xxmaj world ， 我们 用 xxmaj python 写 程序 。",
            "Hello World，我们用Python写程序。",
        ),
    ],
    "ja": [
        ("吾輩は猫である。名前はまだ無い。", "吾輩 は 猫 で ある 。 名前 は まだ 無い 。", None),
        (
            "東京都知事選挙の投票に行かなければならない。",
            "東京 都 知事 選挙 の 投票 に 行か なけれ ば なら ない 。",
            None,
        ),
        ("外国人参政権について話し合う。", "外国 人 参政 権 に つい て 話し 合う 。", None),
        (
            "スマートフォンでYouTubeを見る。すごーーーい！！！",
            "スマートフォン で youtube を 見る 。 すご xxrep 3 ー い xxrep 3 ！",
            "スマートフォンでyoutubeを見る。すごーーーい！！！",
        ),
    ],
    "de": [
        (
            "Die Straße ist schön, groß und über 100 m lang!",
            "xxmaj die xxmaj straße ist schön , groß und über 100 m lang !",
            None,
        ),
        (
            "Das ist z.B. ein ÄRGERNIS für die Universität München.",
            "xxmaj das ist z.b. ein xxup ärgernis für die xxmaj universität xxmaj münchen .",
            "Das ist z.b. ein ÄRGERNIS für die Universität München.",
        ),
        (
            "Ein „guter“ Wein kostet 3,50 €. Ich weiß es.",
            "xxmaj ein „ guter “ xxmaj wein kostet 3,50 € . xxmaj ich weiß es .",
            None,
        ),
    ],
    "en": [
        (
            "The U.S. dollar $1 is $1.00.",
            "xxmaj the xxup u.s . dollar $ 1 is $ 1.00 .",
            None,
        ),
        (
            "NASA's HELLO, World. I don't know!!!",
            "nasa 's xxup hello , xxmaj world . i do n't know xxrep 3 !",
            "nasa's HELLO, World. i don't know!!!",
        ),
        ("They go go go home, café", "xxmaj they xxwrep 3 go home , café", None),
    ],
}
SENTENCES = [(code, *rest) for code, sentences in GOLDEN.items() for rest in sentences]


@pytest.mark.parametrize(("code", "sentence", "tokens", "decoded"), SENTENCES)
def test_a_sentence_s_tokens_and_the_way_back(code, sentence, tokens, decoded):
    skip_without_extra(f"words:{code}")
    processor = TextProcessor.build([sentence], **language_settings(code), min_freq=1)
    found = processor.tokens(sentence)
    assert " ".join(token.replace(" ", "▁") for token in found) == f"xxbos {tokens}"
    assert processor.decode(processor.encode(sentence)) == (decoded or sentence)


THAI = [
    "ผมรักเมืองไทย อาหารอร่อย",
    "ไป  เที่ยว\nกัน Hello World นะ KFC อร่อย",
    "ไปกัน Go Home เลย",
    "วันนี้ 12:30 น.\n\nพบกัน",
]


@pytest.mark.parametrize("spec", ["words:th", "function:pythainlp.tokenize:word_tokenize"])
@pytest.mark.parametrize("rules", ["fastai", "unicode", "none"])
@pytest.mark.parametrize("text", THAI)
def test_spaces_of_thai_come_back_as_they_were(spec, rules, text):
    skip_without_extra(spec)
    processor = TextProcessor.build([text], tokenizer=spec, rules=rules, min_freq=1)
    expected = text if rules == "none" else text.replace("  ", " ")
    assert processor.decode(processor.encode(text)) == expected

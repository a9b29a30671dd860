import io
import pickle

import pytest
from sentencepiece import SentencePieceTrainer

from ulmus.errors import TokenizerError
from ulmus.text import TextProcessor, build_splitter
from ulmus.text.special_tokens import SPECIAL_TOKENS
from ulmus.text.tokenizers.subwords import subwords_from_file

SENTENCES = [
    "the time machine went back in time",
    "ไปไหนมา นกสีดำ 好的",
    "go back , said the man",
] * 9
MARKED = ["▁" + token for token in SPECIAL_TOKENS]


def train(symbols):
    """Train a model as another program would."""
    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES),
        model_writer=model,
        vocab_size=90,
        user_defined_symbols=symbols,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("other program") / "spm.model"
    path.write_bytes(train(MARKED))
    return path


def test_a_model_of_another_program_splits_texts(path):
    tokenizer = subwords_from_file(path)
    tokens = build_splitter(tokenizer).tokens("ไปไหน THE time 好的 Ж")
    assert [token for token in tokens if token in SPECIAL_TOKENS] == ["xxbos", "xxup"]
    rest = "".join(token for token in tokens if token not in SPECIAL_TOKENS)
    assert rest == "▁ไปไหน▁the▁time▁好的▁ж"
    assert not {"<s>", "</s>", "<unk>"} & set(tokenizer.pieces())
    assert pickle.loads(pickle.dumps(tokenizer)) == tokenizer


@pytest.mark.parametrize(("language", "spec"), [("en", "subwords"), ("th", "subwords:language=th")])
def test_it_is_saved_and_loaded_within_a_processor(path, tmp_path, language, spec):
    tokenizer = subwords_from_file(path, language=language)
    assert tokenizer.spec == spec
    processor = TextProcessor.build(SENTENCES, tokenizer=tokenizer)
    processor.save(tmp_path)
    assert (tmp_path / "subwords.model").read_bytes() == path.read_bytes()
    again = TextProcessor.load(tmp_path)
    assert again.tokenizer == tokenizer
    assert again.fingerprint == processor.fingerprint
    assert again.encode("ไปไหนมา Ж 9").tolist() == processor.encode("ไปไหนมา Ж 9").tolist()
    assert again.decode(again.encode("Go back to ไปไหนมา")) == "Go back to ไปไหนมา"


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(TokenizerError, match=r"model cannot be read \(No such file.*nowhere.model"):
        subwords_from_file(tmp_path / "nowhere.model")
    with pytest.raises(TokenizerError, match=r"model cannot be read \(Is a directory"):
        subwords_from_file(tmp_path)


@pytest.mark.parametrize("damage", ["empty", "text", "pickle", "cut", "longer"])
def test_a_file_that_is_no_model_is_told(path, tmp_path, damage):
    model = path.read_bytes()
    other = tmp_path / "other.model"
    other.write_bytes(
        {
            "empty": b"",
            "text": b"the time machine\n",
            "pickle": pickle.dumps(["xxunk"]),
            "cut": model[:-3],
            "longer": model + b"x",
        }[damage]
    )
    with pytest.raises(
        TokenizerError, match=r"is no SentencePiece model: .*other.model.*; accepted"
    ):
        subwords_from_file(other)


@pytest.mark.parametrize("symbols", [[], ["▁xxbos"], list(SPECIAL_TOKENS)])
def test_a_model_without_the_special_tokens_is_told(tmp_path, symbols):
    other = tmp_path / "other.model"
    other.write_bytes(train(symbols))
    with pytest.raises(
        TokenizerError, match=r"tears special tokens apart: .*trained with ▁xxbos, "
    ):
        subwords_from_file(other)


@pytest.mark.parametrize("language", ["", "a:b"])
def test_a_language_that_is_no_code_is_told(path, language):
    with pytest.raises(TokenizerError, match=r"not a subword tokenizer: 'subwords:language="):
        subwords_from_file(path, language=language)

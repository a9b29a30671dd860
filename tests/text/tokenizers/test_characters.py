import pickle

from ulmus.text.tokenizers import CharacterTokenizer


def test_each_code_point_is_a_token_and_special_tokens_are_whole():
    tokenizer = CharacterTokenizer()
    assert tokenizer.tokens("ab c") == ["a", "b", " ", "c"]
    assert tokenizer.tokens("กา👍🏽") == ["ก", "า", "👍", "🏽"]
    assert tokenizer.tokens("xxbos a xxrep 3 b") == [
        *["xxbos", "a", " ", "xxrep", "3", " ", "b"],
    ]
    assert tokenizer.tokens("") == []


def test_joined_and_cut_into_words():
    tokenizer = CharacterTokenizer()
    assert tokenizer.join(["a", " ", "b"]) == "a b"
    assert tokenizer.word_end(["a", "b", " ", "c"], 0) == 2
    assert tokenizer.is_space("\t")
    assert tokenizer.is_space("▁")
    assert not tokenizer.is_space("a")


def test_nothing_but_the_name_is_stored(tmp_path):
    tokenizer = CharacterTokenizer()
    tokenizer.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert tokenizer.description() == {"spec": "characters"}
    assert tokenizer.pieces() is None
    assert pickle.loads(pickle.dumps(tokenizer)) == tokenizer

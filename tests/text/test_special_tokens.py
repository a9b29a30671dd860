from ulmus.text import special_tokens


def test_the_nine_tokens_and_their_ids() -> None:
    assert " ".join(special_tokens.SPECIAL_TOKENS) == (
        "xxunk xxpad xxbos xxeos xxfld xxrep xxwrep xxup xxmaj"
    )
    for number, token in enumerate(special_tokens.SPECIAL_TOKENS):
        name = next(name for name, value in vars(special_tokens).items() if value == token)
        assert getattr(special_tokens, f"{name}_ID") == number
    assert special_tokens.FILLER == "xxfake"

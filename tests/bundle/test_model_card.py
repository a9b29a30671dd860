import re

from tests.bundle.saved_models import classifier, language_model
from ulmus.bundle.model_card import model_card
from ulmus.bundle.writer import write_bundle


def test_the_card_of_a_classifier(tmp_path):
    bundle = classifier(labels=("blue|sky", "green", "red"))
    write_bundle(tmp_path, bundle)
    card = (tmp_path / "README.md").read_text("utf-8")
    assert card.startswith("# A text classifier made with ulmus\n")
    rows = len(bundle.processor.vocabulary)
    spec = bundle.processor.tokenizer.spec
    size = f"AWD-LSTM: embedding 12, hidden 16, 2 layers, {rows} tokens in the vocabulary "
    size += f"(tokenizer {spec}). "
    assert size + "It reads a text from its beginning." in card
    assert "## Classes (3)" in card
    assert "| valid_accuracy | 0.75 |" in card
    assert 'print(bundle.predict(["a text to judge"]))' in card


def test_the_card_of_a_backward_language_model():
    manifest = language_model(backward=True).manifest
    changed = manifest.with_(provenance={"source": "a | b\nc"}, metrics={"valid_perplexity": 1 / 3})
    card = model_card(changed, "function:pkg.words:cut")
    assert card.startswith("# A language model made with ulmus\n")
    assert "It reads a text from its end." in card
    assert "| source | a \\| b c |" in card
    assert "| valid_perplexity | 0.3333 |" in card
    assert 'ulmus.load("this folder", tokenizer="function:pkg.words:cut")' in card
    assert "bundle.generate(" in card
    assert "Classes" not in card
    assert card.endswith("before you rely on it.\n")


def test_names_command_nothing():
    labels = ("[/red]", "\x1b[31mred", "<script>alert(1)</script>", "a\nb")
    card = model_card(classifier(labels=labels).manifest, "words:en")
    wanted = r"\[/red\], \\x1b\[31mred, \<script\>alert(1)\</script\>, a\\nb"
    assert f"## Classes (4)\n\n{wanted}\n" in card


def test_facts_and_tokenizers_of_strangers_command_nothing():
    script = "<script>alert(1)</script>"
    facts = {script: script, "a\x1b[2Jb": 1, "a|b": 0.5}
    manifest = classifier().manifest.with_(provenance=facts, metrics=facts)
    for spec in (f"subwords:space={script}", f"function:{script}:\x1b[2J"):
        card = model_card(manifest, spec)
        assert "\x1b" not in card
        outside = card.replace(f'tokenizer="function:{script}', "")  # a string of the code
        assert not re.search(r"(?<!\\)<script", outside)
        assert r"| \<script\>alert(1)\</script\> | \<script\>alert(1)\</script\> |" in card
        assert r"| a\|b | 0.5 |" in card

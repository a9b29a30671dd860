"""A language model with fastai's weights draws from the probabilities that fastai draws from."""

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.parity.fastai_weights import fill, named
from tests.parity.reading import read_tensors
from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.writer import language_model_bundle
from ulmus.inference.sampling import next_token_probabilities
from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import LanguageModel, build_language_model
from ulmus.nn.recurrent_stack import State
from ulmus.text.decoding import apply_specials
from ulmus.text.processor import TextProcessor
from ulmus.text.special_tokens import UNKNOWN_ID
from ulmus.text.splitter import build_splitter
from ulmus.text.tokenizers import build_tokenizer
from ulmus.text.vocabulary import Vocabulary

Fixture = tuple[LanguageModelBundle, dict[str, Tensor], dict[str, Any]]


@pytest.fixture(scope="module")
def reference() -> Fixture:
    tensors, facts = read_tensors("generation")
    weights = named(tensors, "weights")
    words, width = weights["0.encoder.weight"].shape
    size = AwdLstmSettings(embedding_size=width, hidden_size=10, layer_count=2)
    model = build_language_model(size, words)
    fill(model, weights)
    splitter = build_splitter("words:en")
    processor = TextProcessor(splitter, Vocabulary(tuple(facts["vocabulary"])))
    return language_model_bundle(model, processor), tensors, facts


def probabilities(
    model: LanguageModel, prompt: list[int], drawn: list[int], settings: dict[str, Any]
) -> Tensor:
    """Return ours for each step of a run, (T, V), the state carried."""
    banned = torch.tensor([UNKNOWN_ID] if settings.get("no_unk", True) else [])
    sampling = {key: value for key, value in settings.items() if key != "no_unk"}
    state: State | None = None
    read, steps = torch.tensor([prompt]), []
    for token in drawn:
        with torch.inference_mode():
            logits, state = model.last_logits(read, state)
        steps.append(next_token_probabilities(logits[0], **sampling, banned=banned))
        read = torch.tensor([[token]])
    return torch.stack(steps)


def test_prompts_are_read_alike(reference: Fixture) -> None:
    bundle, _, facts = reference
    for prompt, ids in facts["prompts"].items():
        assert bundle.processor.encode(prompt).tolist() == ids


def test_every_step_draws_from_the_same_probabilities(reference: Fixture) -> None:
    bundle, tensors, facts = reference
    compared = filtered = 0
    for number, run in enumerate(facts["runs"]):
        theirs = tensors[f"drawn_from/{number}"]
        prompt = facts["prompts"][run["prompt"]]
        ours = probabilities(bundle.model, prompt, run["ids"], run["settings"])
        if run["settings"].get("min_p") == 0.9:
            continue
        theirs = theirs / theirs.sum(-1, keepdim=True)  # multinomial does so
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)
        assert torch.equal(ours == 0, theirs == 0)
        compared += len(ours)
        filtered += int((ours == 0).sum())
    assert compared == 3 * 10 * 6
    assert filtered > 2_000


def test_a_share_that_no_token_has_leaves_the_most_probable(reference: Fixture) -> None:
    """The reference warns and then draws from all: the opposite of what was asked for."""
    bundle, tensors, facts = reference
    for number, run in enumerate(facts["runs"]):
        if run["settings"].get("min_p") == 0.9:
            theirs = tensors[f"drawn_from/{number}"]
            assert int((theirs > 0).sum(-1).min()) == theirs.shape[1] - 1
            prompt = facts["prompts"][run["prompt"]]
            ours = probabilities(bundle.model, prompt, run["ids"], run["settings"])
            assert torch.equal(ours.argmax(-1), theirs.argmax(-1))
            assert (ours.amax(-1) == 1).all()


def test_decoding(reference: Fixture) -> None:
    """Alike until the reference goes on repeating what stands behind a repetition."""
    _, _, facts = reference
    words = build_tokenizer("words:en")
    ours = [" ".join(apply_specials(tokens.split(), words)) for tokens, _ in facts["decoded"]]
    theirs = [text for _, text in facts["decoded"]]
    assert ours[:2] == theirs[:2] == ["The film", "WAR is Long"]
    assert ours[2:] == ["dull dull book", "aaa b", "aaa b c D"]
    assert theirs[2:] == ["dull dull book book", "aaa bbb", "aaa bbb ccc D"]

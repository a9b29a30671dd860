"""The whole path over texts that trip programs which think of English only."""

import numpy as np
import pytest

from tests.languages.awkward_texts import AWKWARD_TEXTS
from tests.languages.extras import skip_without_extra
from tests.recipes.small_world import fit_settings, quick_world
from ulmus.bundle.reader import load
from ulmus.errors import UlmusWarning
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources
from ulmus.text.sources import Document

SPECS = (
    "words:xx",
    "words:ja",
    "words:th",
    "words:vi",
    "words:zh",
    "subwords:200",
    "characters",
    "function:pythainlp.tokenize:word_tokenize",
)
COPIES = 8
LABELS = {True: "ja ✓", False: "ไม่"}
# The long line is for prediction: it would be most of the text that is learned.
LEARNED = {name: text for name, text in AWKWARD_TEXTS.items() if name != "long line"}


def documents():
    """Return every awkward text several times, with a number behind it and a label."""
    return [
        Document((f"{text} {copy}" if text.strip() else text,), LABELS[copy % 2 == 0])
        for copy in range(COPIES)
        for text in LEARNED.values()
    ]


@pytest.fixture(scope="module", params=SPECS)
def done(request, tmp_path_factory):
    spec = request.param
    skip_without_extra(spec)
    out = tmp_path_factory.mktemp("languages") / "model"
    settings = fit_settings(
        prepare={"tokenizer": spec, "valid_share": 0.2}, test_share=0.2, classifier={"epochs": 1}
    )
    empty = COPIES * sum(not text.strip() for text in LEARNED.values())
    every = COPIES * len(LEARNED)
    with (
        quick_world(),
        pytest.warns(UlmusWarning, match=f"skipped {empty} of {every} documents .* without text"),
    ):
        result = fit(FitSources(documents()), out, settings)
    return result, load(out, tokenizer=spec if spec.startswith("function") else None)


def test_the_model_is_trained_and_scored(done):
    result, saved = done
    assert saved.labels == tuple(sorted(LABELS.values()))
    assert result.report.test_documents >= 10
    assert 0 <= result.report.figures["accuracy"] <= 1
    assert np.isfinite(result.report.perplexity_after)


def test_every_text_is_encoded_decoded_and_judged(done):
    result, saved = done
    texts = list(AWKWARD_TEXTS.values())
    for text in texts:
        ids = saved.processor.encode(text)
        assert ids[0] == 2
        assert isinstance(saved.processor.decode(ids), str)
    probabilities = saved.predict_proba(texts)
    assert probabilities.sum(1) == pytest.approx(np.ones(len(texts)), abs=1e-5)
    assert np.array_equal(probabilities, result.bundle.predict_proba(texts))
    assert set(saved.predict(texts)) <= set(LABELS.values())


def test_each_text_is_judged_alike_alone_and_among_others(done):
    _, saved = done
    texts = list(AWKWARD_TEXTS.values())
    alone = np.concatenate([saved.predict_proba([text]) for text in texts])
    assert np.abs(saved.predict_proba(texts) - alone).max() < 1e-5


def test_text_is_generated_from_any_prompt(done):
    result, _ = done
    for text in AWKWARD_TEXTS.values():
        model = result.language_model
        prompt = text[:40]
        generated = model.generate(prompt, max_tokens=5, seed=1)
        assert generated == model.generate(prompt, max_tokens=5, seed=1)
        assert isinstance(generated, str)


def test_several_columns_of_any_script(done):
    _, saved = done
    pairs = [(AWKWARD_TEXTS["thai"], AWKWARD_TEXTS["arabic"]), ("", AWKWARD_TEXTS["emoji"])]
    assert saved.predict_proba(pairs).shape == (2, 2)

"""Weights in fewer bytes, and what that does to them."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.bundle.saved_models import TEXTS, change_manifest, classifier, language_model, rehash
from ulmus.bundle.reader import load
from ulmus.bundle.storage import restored, stored
from ulmus.bundle.writer import in_storage, write_bundle
from ulmus.errors import BundleError

WEIGHTS = "model.safetensors"


def some_weights():
    torch.manual_seed(0)
    matrix = torch.randn(50, 40) * torch.logspace(-6, 2, 50)[:, None]
    matrix[7] = 0
    return {"matrix": matrix, "vector": torch.randn(9), "count": torch.tensor(1 << 40)}


def test_eight_bits_are_half_a_step_off_at_most():
    weights = some_weights()
    found = restored(stored(weights, "int8"), "int8")
    assert found.keys() == weights.keys()
    step = weights["matrix"].abs().amax(1, keepdim=True) / 127
    assert ((found["matrix"] - weights["matrix"]).abs() <= step * 0.5001).all()
    assert torch.equal(found["matrix"].argmax(1), weights["matrix"].argmax(1))
    for name in ("vector", "count"):
        assert torch.equal(found[name], weights[name])
        assert found[name].dtype == weights[name].dtype


def test_bfloat16_rounds_and_fp32_does_not():
    weights = some_weights()
    found = restored(stored(weights, "bf16"), "bf16")
    assert torch.equal(found["matrix"], weights["matrix"].bfloat16().float())
    assert torch.equal(found["count"], weights["count"])
    exact = restored(stored(weights, "fp32"), "fp32")
    assert all(torch.equal(exact[name], weights[name]) for name in weights)


@pytest.mark.parametrize(("storage", "share"), [("bf16", 0.51), ("int8", 0.38)])
def test_a_bundle_in_fewer_bytes_says_nearly_the_same(storage, share, tmp_path):
    model = language_model()
    for name, bundle in (("whole", model), ("small", in_storage(model, storage))):
        (tmp_path / name).mkdir()
        write_bundle(tmp_path / name, bundle)
    sizes = [sum(t.nbytes for t in load_file(tmp_path / n / WEIGHTS).values()) for n in
             ("whole", "small")]  # fmt: skip
    assert sizes[1] <= share * sizes[0]  # a fourth and the scales, which weigh with rows of 16
    loaded = load(tmp_path / "small")
    assert loaded.manifest.storage == storage
    assert all(weight.dtype == torch.float32 for weight in loaded.model.parameters())
    before, after = model.perplexity(TEXTS).per_token, loaded.perplexity(TEXTS).per_token
    assert before != after == pytest.approx(before, rel=0.03)


def test_a_companion_is_stored_like_its_classifier(tmp_path):
    from dataclasses import replace

    both = replace(classifier(), backward=classifier(1, backward=True))
    write_bundle(tmp_path, in_storage(both, "int8"))
    loaded = load(tmp_path)
    assert (loaded.manifest.storage, loaded.backward.manifest.storage) == ("int8", "int8")
    assert loaded.predict_proba(TEXTS) == pytest.approx(both.predict_proba(TEXTS), abs=0.05)


def damaged(reason):
    return pytest.raises(BundleError, match=rf"^the bundle is damaged \({reason}\)")


@pytest.mark.parametrize("change", ["missing", "shape", "flat", "storage"])
def test_scales_that_do_not_fit_are_refused(change, tmp_path):
    write_bundle(tmp_path, in_storage(language_model(), "int8"))
    weights = load_file(tmp_path / WEIGHTS)
    name = next(each for each in weights if each.endswith(".scales"))
    if change == "missing":
        del weights[name]
    elif change == "shape":
        weights[name] = weights[name].repeat(1, 2)
    elif change == "flat":
        weights[name.removesuffix(".scales")] = torch.tensor(1, dtype=torch.int8)
    else:
        change_manifest(tmp_path, lambda facts: facts.update(storage="bf16"))
    save_file(weights, tmp_path / WEIGHTS)
    rehash(tmp_path)
    with damaged("the scales of .* are missing, or of another size"):
        load(tmp_path)

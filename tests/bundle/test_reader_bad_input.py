import json
import os
import shutil
import tracemalloc
from dataclasses import replace

import pytest
from safetensors.torch import load_file, save_file

from tests.bundle.saved_models import change_manifest, classifier, language_model, processor, rehash
from ulmus.bundle.reader import load
from ulmus.bundle.writer import write_bundle
from ulmus.errors import BundleError
from ulmus.text.vocabulary import Vocabulary

WEIGHTS = "model.safetensors"


@pytest.fixture
def folder(tmp_path):
    write_bundle(tmp_path, classifier())
    return tmp_path


@pytest.mark.parametrize("name", ["missing", "file.txt", "file.txt/below", "empty"])
def test_no_bundle_there(name, tmp_path):
    (tmp_path / "file.txt").write_text("text")
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        BundleError,
        match=rf"^there is no bundle: '.*{name}'; accepted: a folder that holds bundle.json. "
        r"Give the folder that --out named when the model was made\.$",
    ):
        load(tmp_path / name)


def damaged(reason):
    return pytest.raises(
        BundleError,
        match=rf"^the bundle is damaged \({reason}\): '.*'; accepted: the files as they were "
        r"written\. Copy the bundle again, or make it anew\.$",
    )


def test_truncated_weights(folder):
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])
    with damaged("the weights are not those that were written"):
        load(folder)


def test_truncated_weights_with_the_right_hash(folder):
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])
    rehash(folder)
    with damaged(".*incomplete.*"):
        load(folder)


@pytest.mark.parametrize("position", [0, 40, -1])
def test_a_flipped_byte_in_the_weights(position, folder):
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[position] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    with damaged("the weights are not those that were written"):
        load(folder)


def test_missing_weights(folder):
    (folder / WEIGHTS).unlink()
    with damaged(".*No such file or directory.*"):
        load(folder)


@pytest.mark.parametrize("kept", [0, 1, 100])
def test_a_cut_manifest(kept, folder):
    path = folder / "bundle.json"
    path.write_bytes(path.read_bytes()[:kept])
    with damaged(".*"):
        load(folder)


@pytest.mark.parametrize("content", ["[]", "3", "{}", "\udcff", "[" * 100_000])
def test_something_else_than_a_manifest(content, folder):
    (folder / "bundle.json").write_text(content, "utf-8", "surrogateescape")
    with damaged(".*"):
        load(folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "pickle"}, "1 validation error for Manifest"),
        ({"unknown": 1}, "1 validation error for Manifest"),
        ({"encoder": {"embedding_size": -3}}, "1 validation error for Manifest"),
        ({"classifier": None}, "1 validation error for Manifest"),
        ({"labels": ["blue"]}, "1 validation error for Manifest"),
        ({"vocabulary_size": "many", "labels": 3}, "2 validation errors for Manifest"),
    ],
)
def test_an_impossible_manifest(change, reason, folder):
    change_manifest(folder, lambda facts: facts.update(change))
    with damaged(reason):
        load(folder)


@pytest.mark.parametrize("version", [2, 10**30, "2"])
def test_a_newer_schema(version, folder):
    change_manifest(folder, lambda facts: facts.update(schema_version=version, novelty=True))
    with pytest.raises(
        BundleError,
        match=rf"^the bundle is of a newer schema: '?{version}'?; accepted: schema versions up to "
        r"1\. Install a newer ulmus\.$",
    ):
        load(folder)


@pytest.mark.parametrize("name", ["processor.json", "vocabulary.json"])
def test_a_missing_processor_file(name, folder):
    (folder / "processor" / name).unlink()
    with pytest.raises(BundleError, match=rf"No such file.*{name}.*Copy the saved model again"):
        load(folder)


def test_the_processor_of_another_model(folder, tmp_path):
    vocabulary = json.loads((folder / "processor/vocabulary.json").read_text("utf-8"))
    tokens = vocabulary["tokens"]
    tokens[20], tokens[21] = tokens[21], tokens[20]
    shutil.rmtree(folder / "processor")
    replace(processor(), vocabulary=Vocabulary(tuple(tokens))).save(folder / "processor")
    with damaged("rules, tokenizer or vocabulary changed"):
        load(folder)


def test_weights_that_do_not_fit_the_manifest(folder):
    change_manifest(folder, lambda facts: facts["encoder"].update(hidden_size=17))
    with damaged("Error.s. in loading state_dict for TextClassifier:"):
        load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"encoder": {"embedding_size": 10**6, "hidden_size": 10**6, "layer_count": 2}},
        {"encoder": {"embedding_size": 10**15, "hidden_size": 10**15, "layer_count": 2}},
        {"encoder": {"embedding_size": 12, "hidden_size": 16, "layer_count": 10**12}},
        {"vocabulary_size": 10**17},
    ],
)
def test_sizes_that_do_not_fit_are_never_allocated(change, folder):
    change_manifest(folder, lambda facts: facts.update(change))
    tracemalloc.start()
    try:
        with damaged(".*"):
            load(folder)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_weights_of_another_model(folder):
    weights = load_file(folder / WEIGHTS)
    weights["encoder.embedding"] = weights["encoder.embedding"][:-1].clone()
    save_file(weights, folder / WEIGHTS)
    rehash(folder)
    with damaged("Error.s. in loading state_dict for TextClassifier:"):
        load(folder)


def test_weights_of_the_other_kind(tmp_path):
    for name, bundle in (("lm", language_model()), ("classifier", classifier())):
        (tmp_path / name).mkdir()
        write_bundle(tmp_path / name, bundle)
    shutil.copy(tmp_path / "lm" / WEIGHTS, tmp_path / "classifier" / WEIGHTS)
    rehash(tmp_path / "classifier")
    with damaged("Error.s. in loading state_dict for TextClassifier:"):
        load(tmp_path / "classifier")


@pytest.fixture
def pair(tmp_path):
    write_bundle(tmp_path, replace(classifier(), backward=classifier(1, backward=True)))
    return tmp_path


def test_a_companion_that_was_not_copied(pair):
    shutil.rmtree(pair / "backward")
    with pytest.raises(BundleError, match=r"there is no bundle: '.*backward'"):
        load(pair)


@pytest.mark.parametrize(
    "other",
    [
        {"backward": False},
        {"backward": True, "labels": ("a", "b", "c")},
        {"backward": True, "labels": ("blue", "green")},
    ],
    ids=["reads forward", "other labels", "fewer labels"],
)
def test_a_companion_of_another_classifier(other, pair):
    shutil.rmtree(pair / "backward")
    (pair / "backward").mkdir()
    write_bundle(pair / "backward", classifier(1, **other))
    with damaged("it is no companion of the classifier above it"):
        load(pair)


def test_a_companion_of_another_kind(pair):
    shutil.rmtree(pair / "backward")
    (pair / "backward").mkdir()
    write_bundle(pair / "backward", language_model(backward=True))
    with pytest.raises(BundleError, match="is of another kind: 'language-model'"):
        load(pair)


def test_a_companion_that_is_its_own(pair):
    shutil.rmtree(pair / "backward")
    (pair / "backward").symlink_to(".")
    with damaged("a companion has no companion"):
        load(pair)


FILES = ["bundle.json", WEIGHTS, "processor/vocabulary.json", "processor/processor.json"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["pipe", "device", "loop", "nowhere"])
def test_what_is_no_file_is_not_read(kind, name, folder):
    path = folder / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"device": "/dev/zero", "loop": path, "nowhere": "gone"}[kind])
    with damaged("it is no file"):
        load(folder)


def test_links_to_files_are_followed(folder, tmp_path_factory):
    """As in the caches of hubs, where a snapshot is made of links."""
    blobs = tmp_path_factory.mktemp("blobs")
    for name in FILES:
        shutil.move(folder / name, blobs / name.replace("/", "-"))
        (folder / name).symlink_to(blobs / name.replace("/", "-"))
    assert load(folder).labels == classifier().labels


@pytest.mark.parametrize("length", [8, 1 << 30, (1 << 63) - 1])
def test_a_header_that_claims_more_than_there_is(length, folder):
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(length.to_bytes(8, "little") + content[8:])
    rehash(folder)
    tracemalloc.start()
    with damaged(".*"):
        load(folder)
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()


def test_tensors_that_claim_terabytes(folder):
    shape = {"dtype": "F32", "shape": [1 << 20, 1 << 20], "data_offsets": [0, 1 << 42]}
    header = json.dumps({"encoder.embedding": shape}).encode()
    (folder / WEIGHTS).write_bytes(len(header).to_bytes(8, "little") + header)
    rehash(folder)
    with damaged(".*"):
        load(folder)

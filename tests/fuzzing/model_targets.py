"""What reads models: bundles, checkpoints, corpora, and other libraries' files."""

import json
import pickletools
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from tests.bundle.saved_models import TEXTS, change_manifest, classifier, language_model, processor
from tests.corpus.sample_text import documents
from tests.fuzzing.choices import Choices
from tests.fuzzing.damage import damaged_bytes, damaged_folder, damaged_json
from tests.interop.foreign_files import (
    FASTAI_2,
    L,
    Size,
    encoder_of,
    fastai_2,
    pickled,
    saved,
    with_fastcore,
)
from tests.interop.foreign_files import classifier as foreign_classifier
from tests.models.seen_words import seen
from tests.training.stand_ins import STEPS, CtrlC, stage, trainer
from ulmus.bundle.language_model import LanguageModelBundle
from ulmus.bundle.reader import load
from ulmus.bundle.text_classifier import TextClassifierBundle
from ulmus.bundle.writer import ngrams_hash, write_bundle
from ulmus.corpus import in_split, open_corpus, write_corpus
from ulmus.corpus.targets import LabelReading
from ulmus.errors import UlmusError
from ulmus.files import fingerprint, hash_file
from ulmus.inference.calibration import Calibration
from ulmus.models.ngram_classifier import NgramClassifier
from ulmus.models.ngram_features import without_special_tokens
from ulmus.recipes.import_fastai import ImportSettings, import_fastai
from ulmus.text.processor import TextProcessor
from ulmus.text.splitter import build_splitter
from ulmus.training.checkpoints import FACTS, TENSORS, checkpoints_in
from ulmus.training.trainer_settings import TrainerSettings

BUNDLES = ("language model", "classifier", "blended", "subwords")
MADE = tempfile.TemporaryDirectory(prefix="ulmus-fuzzing-")
TARGETS = ("class", "tags", "number", "none")
INSTRUCTIONS = (
    *(b"cos\nsystem\n", b"(S'true'\ntR", b"\x8c\x02os\x8c\x06system\x93", b"c__builtin__\neval\n"),
    *(
        b"cfastcore.foundation\nL\n)\x81",
        b"}(X\x05\x00\x00\x00items](K\x01K\x02eub",
        b"\x85R",
        b"b",
    ),
    *(b"ctorch._utils\n_rebuild_tensor_v2\n", b"ccollections\nOrderedDict\n)R", b"N", b"]", b"}"),
    *(b"I" + b"9" * 5000 + b"\n", b"L" + b"9" * 5000 + b"L\n", b"\x8b\xff\xff\xff\x7f", b"h\x00"),
    *(
        b"\x8d" + b"\xff" * 8,
        b"X\xff\xff\xff\x7f",
        b"(" * 500,
        b"]" * 5000 + b"a" * 4999,
        b"0",
        b"2",
    ),
    *(
        b"\x85" * 9999,
        b"Ptoken\n",
        b"Q",
        b"\x82\x01",
        b"\x97",
        b"\x98",
        b"\x96" + b"\xff" * 8,
        b".",
    ),
)


@cache
def _made(make: Callable[[Path, str], None], kind: str) -> Path:
    folder = Path(MADE.name) / f"{make.__name__} {kind}"
    folder.mkdir()
    try:
        make(folder, kind)
    except UlmusError as error:  # which would pass for an answer to damage
        raise AssertionError(f"{kind} cannot be made") from error
    return folder


def load_bundle(choices: Choices, folder: Path) -> None:
    """Load a damaged bundle whose hashes are right, and use it if it can be loaded."""
    shutil.copytree(_made(_write_bundle, choices.one_of(BUNDLES)), folder / "bundle")
    bundle_folder = folder / "bundle"
    damaged_folder(choices, bundle_folder)
    if not choices.rarely():
        _hash_again(bundle_folder)
    bundle = load(bundle_folder)
    if isinstance(bundle, LanguageModelBundle):
        bundle.generate("the sky", max_tokens=3, seed=1)
        bundle.perplexity(TEXTS)
    else:
        bundle.predict(TEXTS)
        bundle.predict_proba(TEXTS)


def _write_bundle(folder: Path, kind: str) -> None:
    letters = processor(tokenizer="characters")  # loaded a hundred times as fast as words
    if kind == "language model":
        write_bundle(folder, language_model(reader=letters))
    elif kind == "subwords":
        write_bundle(folder, language_model(reader=processor(tokenizer="subwords:40")))
    elif kind == "classifier":
        backward = classifier(1, backward=True, reader=letters)
        write_bundle(folder, replace(classifier(reader=letters), backward=backward))
    else:
        write_bundle(folder, _blended(classifier(reader=letters)))


def _blended(plain: TextClassifierBundle) -> TextClassifierBundle:
    features, rows = seen([without_special_tokens(plain.processor.tokens(t)) for t in TEXTS])
    targets = np.array([0, 1, 2, 2, 1])
    ngrams = NgramClassifier.trained(features, rows, targets, class_count=3)
    manifest = plain.manifest.with_(calibration=Calibration(network=0.5, ngrams=2.0))
    return replace(plain, manifest=manifest, ngrams=ngrams)


def _hash_again(folder: Path) -> None:
    """Write the hashes that a forger would write, as far as the files can be read."""
    if any(not path.is_file() and not path.is_dir() for path in folder.rglob("*")):
        return
    for marker in sorted(folder.rglob("bundle.json")):
        where = marker.parent
        try:
            hashes = _hashes(where)
            change_manifest(where, lambda facts, hashes=hashes: facts.update(hashes))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            continue  # what cannot be read is not hashed


def _hashes(folder: Path) -> dict[str, str]:
    found = {}
    if (folder / "model.safetensors").is_file():
        found["weights_hash"] = hash_file(folder / "model.safetensors")
    if (folder / "ngrams").is_dir():
        found["ngrams_hash"] = ngrams_hash(folder / "ngrams")
    description = folder / "processor" / "processor.json"
    stored = json.loads(description.read_bytes())
    tokens = json.loads((folder / "processor" / "vocabulary.json").read_bytes())["tokens"]
    stored["vocabulary"] = fingerprint(tokens)
    subwords = folder / "processor" / "subwords.model"
    if subwords.is_file():
        stored["tokenizer"]["model"] = hash_file(subwords)
    description.write_text(json.dumps(stored), "utf-8")
    with suppress(UlmusError):
        found["processor_fingerprint"] = TextProcessor.load(folder / "processor").fingerprint
    return found


def resume_checkpoint(choices: Choices, folder: Path) -> None:
    """Resume from a damaged checkpoint whose hash is right."""
    optimizer = choices.one_of(["adam", "nt-asgd"])
    shutil.copytree(_made(_write_checkpoints, optimizer), folder / "checkpoints")
    before, newest = checkpoints_in(folder / "checkpoints")
    shutil.rmtree(before)
    damaged_folder(choices, newest)
    if not choices.rarely():
        _hash_checkpoint(newest)
    _run(folder / "checkpoints", optimizer, resume=True)


def _run(folder: Path, optimizer: Any, *, resume: bool, steps: int = 99) -> None:
    settings = TrainerSettings(optimizer=optimizer, nonmonotone_interval=0)
    run = trainer(checkpoint_folder=folder, settings=settings, callbacks=[CtrlC(steps)])
    run.run([stage(epochs=2, schedule="constant")], resume=resume)


def _write_checkpoints(folder: Path, optimizer: str) -> None:
    with suppress(KeyboardInterrupt):
        _run(folder, optimizer, resume=False, steps=STEPS + 2)


def _hash_checkpoint(folder: Path) -> None:
    if not ((folder / FACTS).is_file() and (folder / TENSORS).is_file()):
        return
    try:
        facts = json.loads((folder / FACTS).read_bytes())
        facts["sha256"] = hash_file(folder / TENSORS)
        (folder / FACTS).write_text(json.dumps(facts), "utf-8")
    except (OSError, ValueError, TypeError, RecursionError):
        return


def read_corpus(choices: Choices, folder: Path) -> None:
    """Open a damaged corpus, and read all of it."""
    shutil.copytree(_made(_write_corpus, choices.one_of(TARGETS)), folder / "corpus")
    damaged_folder(choices, folder / "corpus")
    corpus = open_corpus(folder / "corpus")
    for split in corpus.splits.values():
        read = [split.document(index) for index in range(split.document_count)]
        assert sum(map(len, read)) == split.token_count


def _write_corpus(folder: Path, target: str) -> None:
    labels = {"class": ("good", "bad"), "tags": ("a;b", "b"), "number": ("1.5", "-2")}
    stream = chain.from_iterable(
        in_split(split, documents(*TEXTS, label=label))
        for split in ("train", "valid")
        for label in labels.get(target, [None])
    )
    reading = LabelReading(target) if target in labels else LabelReading()
    write_corpus(folder, stream, build_splitter("characters"), min_freq=1, reading=reading)


def import_foreign(choices: Choices, folder: Path) -> None:
    """Import damaged weights and vocabularies of fastai."""
    size = Size(len(FASTAI_2))
    kind = choices.one_of(["language model", "encoder", "classifier", "learner"])
    weights = {
        "language model": fastai_2(size),
        "encoder": encoder_of(fastai_2(size)),
        "classifier": foreign_classifier(size),
        "learner": {"model": fastai_2(size), "opt": {"hypers": L([{"lr": 0.1}]), "state": []}},
    }[kind]
    tokens = [list(FASTAI_2), ["neg", "pos"]] if kind == "classifier" else list(FASTAI_2)
    with with_fastcore():
        pth, vocabulary = saved(folder, weights, tokens)
    if choices.below(2):
        _damage_vocabulary(choices, vocabulary, tokens)
    if choices.below(2):
        _damage_archive(choices, pth)
    settings = ImportSettings(tokenizer=choices.one_of(["words:en", "characters"]))
    import_fastai(pth, vocabulary, folder / "out", settings)


def _damage_vocabulary(choices: Choices, path: Path, tokens: object) -> None:
    kind = choices.below(4)
    if kind == 0:
        path.write_bytes(damaged_json(choices, json.dumps(tokens).encode()))
    elif kind == 1:
        path.write_bytes(choices.rest())
    else:
        content = pickled(L(tokens) if choices.below(2) else tokens, choices.below(6))
        path.write_bytes(_damaged_pickle(choices, content))


def _damaged_pickle(choices: Choices, content: bytes) -> bytes:
    """Return a pickle with bytes changed, or with instructions put where others begin."""
    if choices.below(2):
        return damaged_bytes(choices, content)
    starts = [place for _, _, place in pickletools.genops(content) if place is not None]
    for _ in range(1 + choices.below(3)):
        at = choices.one_of(starts)
        instruction = choices.one_of(INSTRUCTIONS)
        if choices.below(2):
            instruction = choices.one_of(pickletools.opcodes).code.encode("latin-1")
        content = content[:at] + instruction * (1 + choices.below(3)) + content[at:]
    return content


def _damage_archive(choices: Choices, path: Path) -> None:
    """Damage what lies within a `.pth` file, or the file itself."""
    if choices.below(4) == 0:
        path.write_bytes(damaged_bytes(choices, path.read_bytes()))
        return
    with zipfile.ZipFile(path) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    name = choices.one_of([*parts, *[key for key in parts if key.endswith("data.pkl")] * 16])
    change = _damaged_pickle if name.endswith("data.pkl") else damaged_bytes
    parts[name] = change(choices, parts[name])
    compression = choices.one_of([zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    with zipfile.ZipFile(path, "w", compression) as archive:
        for entry, content in parts.items():
            archive.writestr(entry, content)

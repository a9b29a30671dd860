"""What `ulmus import-fastai` refuses: one line, exit code 2, and nothing left behind."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.cli.running import refused
from tests.interop.foreign_files import FASTAI_2, Size, classifier, fastai_2, saved, without
from tests.parity.reading import FIXTURES

SIZE = Size(tokens=len(FASTAI_2))
SUBWORDS = FIXTURES / "weights_subwords.pth", FIXTURES / "weights_subwords.pkl"
SENTENCEPIECE = FIXTURES / "weights_subwords.model"


def files(folder: Path, weights: Any = None, tokens: Any = FASTAI_2) -> tuple[Path, Path]:
    """Write weights and a vocabulary."""
    return saved(folder, fastai_2(SIZE) if weights is None else weights, tokens)


class Call:
    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


Change = Callable[[Path], tuple[Path, Path]]
NO_NUMBERS = torch.full((17,), torch.nan)
BAD_FILES: dict[str, tuple[Change, str]] = {
    "a call in the vocabulary": (
        lambda folder: files(folder, None, ["xxunk", Call(folder / "called")]),
        "the pickle '{vocabulary}' asks for something that is never loaded: "
        f"'{os.mkdir.__module__}.mkdir'; accepted: lists, tuples, strings, whole numbers and "
        "fastcore's L. Save plain lists: list(vocab), or [list(part) for part in vocab] of a pair.",
    ),
    "a call in the weights": (
        lambda folder: files(folder, {"model": fastai_2(SIZE), "opt": Call(folder / "called")}),
        "the weights '{weights}' ask for something that is never loaded: "
        f"'{os.mkdir.__module__}.mkdir'; accepted: tensors alone: a file of learn.save, "
        "learn.save_encoder or torch.save(model.state_dict(), FILE). Save them anew with "
        "torch.save(model.state_dict(), FILE).",
    ),
    "a whole model": (
        lambda folder: files(folder, torch.nn.LSTM(2, 2)),
        "the weights '{weights}' ask for something that is never loaded: "
        "'torch.nn.modules.rnn.LSTM'; ",
    ),
    "a missing key": (
        lambda folder: files(folder, without(fastai_2(SIZE), "0.rnns.1.module.bias_ih_l0")),
        "the weights do not fit an AWD-LSTM (missing: 0.rnns.1.module.bias_ih_l0): '{weights}'; "
        "accepted: all weights of one model, and no others. Save the whole model again.",
    ),
    "an extra key": (
        lambda folder: files(folder, {**fastai_2(SIZE), "0.attention": torch.zeros(2)}),
        "the weights do not fit an AWD-LSTM (unexpected: 0.attention): '{weights}'; ",
    ),
    "a misshapen key": (
        lambda folder: files(folder, {**fastai_2(SIZE), "1.decoder.bias": torch.zeros(3)}),
        "the weights do not fit an AWD-LSTM (1.decoder.bias is (3,) instead of (17,)): "
        "'{weights}'; ",
    ),
    "an untied decoder": (
        lambda folder: files(folder, {**fastai_2(SIZE), "1.decoder.weight": torch.zeros(17, 6)}),
        "1.decoder.weight differs from 0.encoder.weight, to which it should be tied: '{weights}'; "
        "accepted: a language model with tied weights. Train with tie_weights=True.",
    ),
    "a shorter vocabulary": (
        lambda folder: files(folder, None, FASTAI_2[:-2]),
        "the vocabulary has 15 tokens and the embedding 17 rows: '{vocabulary}'; accepted: a "
        "token for each row. Give the vocabulary that the model was trained with.",
    ),
    "a QRNN": (
        lambda folder: files(folder, {"0.rnns.0.layers.0.linear.weight_raw": torch.zeros(2, 2)}),
        "weights of an unknown layout (the layers of a QRNN, which is not supported): '{weights}'; "
        "accepted: an AWD-LSTM of fastai 2, fastai 1, fastai 0.7 or awd-lstm-lm, or its encoder. "
        "Give the weights of an AWD-LSTM.",
    ),
    "another model": (
        lambda folder: files(folder, {"bert.pooler.bias": torch.zeros(2)}),
        "weights of an unknown layout (keys: bert.pooler.bias): '{weights}'; ",
    ),
    "a weight that is no number": (
        lambda folder: files(
            folder, {**fastai_2(SIZE), "1.decoder.bias": torch.full((17,), torch.nan)}
        ),
        "a weight is no number: 1.decoder.bias holds 17 of 17 values that are NaN or infinite: "
        "'{weights}'; accepted: finite weights. ",
    ),
    "no weights": (
        lambda folder: (folder / "absent.pth", files(folder)[1]),
        "the weights cannot be read (No such file or directory): '",
    ),
    "cut weights": (
        lambda folder: cut(files(folder)),
        "the weights cannot be read (",
    ),
    "a folder of weights": (
        lambda folder: (folder, files(folder)[1]),
        "a folder in place of a file of weights: '",
    ),
    "no vocabulary": (
        lambda folder: (files(folder)[0], folder / "absent.pkl"),
        "this is no vocabulary (No such file or directory): '",
    ),
    "a folder of vocabularies": (
        lambda folder: (files(folder)[0], folder),
        "this is no vocabulary (Is a directory): '",
    ),
    "a vocabulary of numbers": (
        lambda folder: files(folder, None, [1, 2]),
        "this is no vocabulary (item 0 is a int, not a string): '{vocabulary}'; accepted: a "
        "pickled list (.pkl), a JSON list (.json) or a text with one token a line. Save it with "
        "pickle.dump(list(vocab), file).",
    ),
    "a damaged vocabulary": (
        lambda folder: files(folder, None, pickle.dumps(list(FASTAI_2))[:-20]),
        "the pickle cannot be read (",
    ),
    "two directions": (
        lambda folder: files(folder, both_directions()),
        "a language model that reads in both directions sees what it should predict: ",
    ),
}


def cut(paths: tuple[Path, Path]) -> tuple[Path, Path]:
    content = paths[0].read_bytes()
    paths[0].write_bytes(content[: len(content) // 2])
    return paths


def both_directions() -> dict[str, torch.Tensor]:
    made = torch.nn.LSTM(6, 3, bidirectional=True).state_dict()
    weights = {f"rnns.0.module.{name}": value for name, value in made.items()}
    return {"encoder.weight": torch.zeros(17, 6), **weights}


@pytest.mark.parametrize("name", BAD_FILES)
def test_files_that_cannot_be_taken_over(name: str, tmp_path: Path) -> None:
    change, told = BAD_FILES[name]
    weights, vocabulary = change(tmp_path)
    line = refused(tmp_path, "import-fastai", weights, vocabulary, "--out", tmp_path / "out")
    assert line.startswith(told.format(weights=weights, vocabulary=vocabulary)), line


MANY = ("--class", "a", "--class", "b")
BAD_FLAGS: dict[str, tuple[int, tuple[object, ...], str]] = {
    "no classes": (
        3,
        (),
        "the classifier has 3 classes, and 0 are named: 'no classes'; accepted: a name for "
        "each, in the order of the classifier's logits. Name them with --labels FILE, or with "
        "--class NAME for each.",
    ),
    "too few classes": (3, MANY, "the classifier has 3 classes, and 2 are named: 'a, b'; "),
    "classes alike": (
        2,
        ("--class", "a", "--class", "a"),
        "two classes of the same name: 'a'; accepted: different names. Name each once.",
    ),
    "one class": (
        1,
        ("--class", "a"),
        "a classifier of one class: 'a'; accepted: two classes or more; --target tags or number "
        "for one output. Say what its output means with --target.",
    ),
    "chunks longer than what is pooled": (
        2,
        (*MANY, "--sequence-length", "2000"),
        "fewer tokens are pooled than are read at once: '1440 of 2000'; accepted: a --max-length "
        "of --sequence-length or more. Give both as they were in training.",
    ),
    "classes of a language model": (
        0,
        MANY,
        "--class and --labels with weights that are no classifier's: 'language model'; accepted: "
        "the weights of a classifier. Leave --class and --labels away.",
    ),
    "the length of a language model": (
        0,
        ("--max-length", "10"),
        "--max-length with weights that are no classifier's: ",
    ),
    "a range of classes": (
        2,
        (*MANY, "--number-range", "0", "5"),
        "a range of numbers for classes or tags: '--target class'; accepted: --number-range with "
        "--target number. Leave --number-range away.",
    ),
    "a range of the wrong way round": (
        1,
        ("--target", "number", "--number-range", "5", "0"),
        "a range whose lower end is not below its upper one: '5 0'; accepted: --number-range LOW "
        "HIGH. Give the y_range of the learner.",
    ),
    "two numbers": (
        2,
        ("--target", "number"),
        "a number is one output without a name, and the classifier has 2: 'no names'; ",
    ),
    "the pretraining of a classifier": (
        2,
        (*MANY, "--pretraining-tokens", "103000000"),
        "--pretraining-tokens with weights of a classifier, upon which none is trained: "
        "'103000000'; accepted: the weights of a language model or an encoder. Leave "
        "--pretraining-tokens away.",
    ),
    "too few tags": (
        3,
        (*MANY, "--target", "tags"),
        "the classifier has 3 tags, and 2 are named: 'a, b'; ",
    ),
    "tags of a language model": (
        0,
        ("--target", "tags"),
        "--target with weights that are no classifier's: 'language model'; ",
    ),
    "no length": (0, ("--sequence-length", "0"), "Invalid value for '--sequence-length': "),
    "an unknown rule set": (0, ("--rules", "fastia"), "unknown rule set: 'fastia'; "),
    "an unknown tokenizer": (0, ("--tokenizer", "letters"), "unknown tokenizer: 'letters'; "),
    "no SentencePiece model": (
        0,
        ("--tokenizer", "subwords"),
        "the SentencePiece model is missing, for the tokens are pieces of words: 'subwords'; "
        "accepted: --sentencepiece FILE. Name the spm.model that lies beside the vocabulary.",
    ),
    "a SentencePiece model of others": (
        0,
        ("--sentencepiece", SENTENCEPIECE),
        "the SentencePiece model knows ",
    ),
    "a SentencePiece model that is not there": (
        0,
        ("--sentencepiece", "absent.model"),
        "the SentencePiece model cannot be read (No such file or directory): 'absent.model'; ",
    ),
    "a SentencePiece model beside words": (
        0,
        ("--sentencepiece", SENTENCEPIECE, "--tokenizer", "words:en"),
        "a SentencePiece model beside another tokenizer: 'words:en'; accepted: subwords. Leave "
        "--tokenizer or --sentencepiece away.",
    ),
}


@pytest.mark.parametrize("name", BAD_FLAGS)
def test_flags_that_do_not_go_with_the_files(name: str, tmp_path: Path) -> None:
    classes, flags, told = BAD_FLAGS[name]
    paths = files(tmp_path, classifier(SIZE, classes) if classes else None)
    line = refused(tmp_path, "import-fastai", *paths, "--out", tmp_path / "out", *flags)
    assert line.startswith(told), line


def test_pieces_need_their_sentencepiece_model(tmp_path: Path) -> None:
    """Such a vocabulary is known by its tokens, and words of it would all be unknown."""
    for flags in ((), ("--tokenizer", "words:en"), ("--language", "de")):
        line = refused(tmp_path, "import-fastai", *SUBWORDS, "--out", tmp_path / "out", *flags)
        assert line.startswith("the SentencePiece model is missing, for the tokens are pieces ")


def test_classes_said_twice(tmp_path: Path) -> None:
    paths = files(tmp_path, classifier(SIZE))
    (tmp_path / "labels.txt").write_text("a\nb\n", "utf-8")
    flags = ("--labels", tmp_path / "labels.txt", "--class", "a", "--out", tmp_path / "out")
    line = refused(tmp_path, "import-fastai", *paths, *flags)
    assert line == (
        "--class beside --labels, which names the classes already: "
        f"'{tmp_path / 'labels.txt'}'; accepted: one of the two. Leave --class away."
    )


def test_labels_that_are_no_list(tmp_path: Path) -> None:
    paths = files(tmp_path, classifier(SIZE))
    (tmp_path / "labels.json").write_text('{"a": 0}', "utf-8")
    flags = ("--labels", tmp_path / "labels.json", "--out", tmp_path / "out")
    line = refused(tmp_path, "import-fastai", *paths, *flags)
    assert line.startswith("this is no vocabulary (a dict): ")


def test_a_folder_of_something_else_is_not_replaced(tmp_path: Path) -> None:
    paths = files(tmp_path)
    line = refused(tmp_path, "import-fastai", *paths, "--out", tmp_path)
    assert line.startswith("the output path is taken: ")

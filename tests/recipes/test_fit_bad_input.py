import pytest

from tests.recipes.small_world import documents, fit_settings, left_behind, weights
from ulmus.errors import (
    CorpusError,
    LabelError,
    OutputError,
    SettingsError,
    SourceError,
    TokenizerError,
)
from ulmus.recipes import fit_stages
from ulmus.recipes.fit import fit
from ulmus.recipes.fit_documents import FitSources
from ulmus.text.sources import Document
from ulmus.training import objectives


@pytest.fixture
def out(tmp_path):
    return tmp_path / "model"


def nothing_is_there(out):
    return list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("labelled", "error", "message"),
    [
        (documents(20, classes=("bad",)), LabelError, r"^there is one class only: 'bad'"),
        ([*documents(20), Document(("x",), "odd")], LabelError, r"single document: 'odd'"),
        (documents(8), LabelError, r"too few documents to hold a share out for validation: 0\.1;"),
        (["only", "texts"], LabelError, r"^there is one class only; accepted"),
        ([], SourceError, r"^no document"),
    ],
)
def test_documents_that_no_classifier_can_be_made_of(labelled, error, message, out):
    with pytest.raises(error, match=message):
        fit(FitSources(labelled), out, fit_settings())
    assert nothing_is_there(out)


@pytest.mark.parametrize("name", ["labelled", "unlabelled", "valid", "test"])
def test_a_missing_file(name, out):
    sources = {"labelled": documents(40), name: str(out.parent / "missing.csv")}
    with pytest.raises(SourceError, match=r"missing\.csv"):
        fit(FitSources(**sources), out, fit_settings())
    assert nothing_is_there(out)


def test_a_label_in_the_test_source_that_training_lacks(out):
    test = [*documents(4), Document(("x",), "odd")]
    with pytest.raises(LabelError, match=r"labels in the test source .*: 'odd'; accepted: bad, go"):
        fit(FitSources(documents(40), test=test), out, fit_settings())
    assert nothing_is_there(out)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"language_model": {"model": "huge"}}, SettingsError, "unknown model preset: 'huge'"),
        ({"prepare": {"tokenizer": "words:qq"}}, TokenizerError, "no such language: 'qq'"),
        ({"prepare": {"rules": "swift"}}, TokenizerError, "swift"),
        ({"prepare": {"max_vocab": 3}}, SettingsError, "no room for the special tokens: 3"),
        ({"prepare": {"tokenizer": "subwords:4"}}, TokenizerError, "4"),
    ],
)
def test_a_stage_that_fails_leaves_nothing_behind(change, error, message, out):
    with pytest.raises(error, match=message):
        fit(FitSources(documents(40)), out, fit_settings(**change))
    assert nothing_is_there(out)


def test_a_loss_that_explodes_leaves_nothing_behind(out, monkeypatch):
    finite = objectives.finite_value
    calls = iter(range(1000))

    def exploding(loss):
        return finite(loss * float("inf") if next(calls) > 20 else loss)

    monkeypatch.setattr(objectives, "finite_value", exploding)
    with pytest.raises(SettingsError, match="the loss is no longer a finite number"):
        fit(FitSources(documents(60)), out, fit_settings(language_model={"epochs": 9}))
    assert nothing_is_there(out)


def test_an_unlabelled_source_without_a_text_column(out, tmp_path_factory):
    path = tmp_path_factory.mktemp("more") / "more.csv"
    path.write_text("words\nred\n", "utf-8")
    with pytest.raises(SourceError, match=r"no column 'text': .*; accepted: .*'words'"):
        fit(FitSources(documents(40), unlabelled=path), out, fit_settings())
    assert nothing_is_there(out)


def test_a_taken_folder_is_refused_before_anything_is_read(out):
    out.mkdir()
    (out / "thesis.txt").write_text("text")
    with pytest.raises(OutputError, match=r"^the output path is taken: '.*model'"):
        fit(FitSources("missing.csv"), out, fit_settings())
    assert [p.name for p in out.parent.rglob("*")] == ["model", "thesis.txt"]


def test_a_work_folder_that_is_not_ours_is_left_alone(out):
    work = out.parent / "model.work"
    work.mkdir()
    (work / "thesis.txt").write_text("text")
    with pytest.raises(OutputError, match=r"^the output path is taken: '.*model\.work'"):
        fit(FitSources(documents(40)), out, fit_settings())
    assert [p.name for p in out.parent.rglob("*")] == ["model.work", "thesis.txt"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("text")
    with pytest.raises(OutputError, match=r"^cannot write the output \(Not a directory\)|taken"):
        fit(FitSources(documents(40)), tmp_path / "file/model", fit_settings())
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_an_older_model_stays_when_a_new_one_fails(out):
    fit(FitSources(documents(40)), out, fit_settings())
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    settings = fit_settings(prepare={"rules": "swift"})
    with pytest.raises(TokenizerError):
        fit(FitSources(documents(40)), out, settings)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert left_behind(out.parent) == []


def test_an_error_in_the_last_stage_leaves_nothing_behind(out, monkeypatch):
    def failing(*rest, **more):
        raise CorpusError("the last stage fails")

    monkeypatch.setattr(fit_stages, "train_classifier", failing)
    with pytest.raises(CorpusError, match="the last stage fails"):
        fit(FitSources(documents(40)), out, fit_settings())
    assert nothing_is_there(out)


def test_finished_stages_outlast_a_full_disk(out, monkeypatch):
    def full(*what):
        raise OutputError("cannot write the output (No space left on device)", given=out)

    with monkeypatch.context() as patched:
        patched.setattr("ulmus.recipes.fit.write_fit", full)
        with pytest.raises(OutputError, match="No space left"):
            fit(FitSources(documents(40)), out, fit_settings())
    assert left_behind(out.parent) == ["model.work"]
    kept = weights(out.parent / "model.work/classifier")
    fit(FitSources(documents(40)), out, fit_settings(), resume=True)
    assert weights(out) == kept
    assert left_behind(out.parent) == []


def test_an_unknown_size_is_told_before_any_text_is_tokenized(out, monkeypatch):
    monkeypatch.setattr(fit_stages, "prepare_documents", lambda *_rest, **_more: 1 / 0)
    settings = fit_settings(language_model={"model": "enormous"})
    with pytest.raises(SettingsError, match=r"^unknown model preset: 'enormous'; accepted: awd-"):
        fit(FitSources(documents(40)), out, settings)
    assert nothing_is_there(out)

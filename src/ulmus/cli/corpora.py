"""A verb that takes SOURCE or CORPUS: how the corpus is found or made."""

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ulmus.cli.standard_input import check_standard_input
from ulmus.errors import SettingsError

if TYPE_CHECKING:
    from ulmus.corpus.reader import Corpus
    from ulmus.recipes.prepare import PrepareSettings
    from ulmus.text.splitter import TextSplitter
    from ulmus.text.vocabulary import Vocabulary
    from ulmus.training.processes import Processes


@contextmanager
def corpus_of(
    source: str,
    *,
    valid: str | None,
    out: Path,
    settings: "PrepareSettings",
    splitter: "TextSplitter",
    processes: "Processes",
    vocabulary: "Vocabulary | None" = None,
    known: "Vocabulary | None" = None,
    tokenizer: str | None = None,
) -> Iterator["Corpus"]:
    """Open a corpus folder, or make a corpus of a source beside `out` for as long as needed.

    A source always gives the same corpus, so that --resume makes it anew.

    Args:
        source: A corpus folder or a source.
        valid: A validation source, if there is one.
        out: What the verb makes.
        settings: How text becomes ids.
        splitter: The model's rules and tokenizer.
        processes: Who needs it; the first one makes it.
        vocabulary: The model's vocabulary, for a classifier, whose documents have labels; None
            for a language model, which gets one of its own.
        known: The words of a language model that its own vocabulary is to hold in any case.
        tokenizer: The function tokenizer that was handed in, for a corpus folder.

    Raises:
        OutputError: Another run holds the output.
        SourceError: Both sources are standard input.
    """
    from ulmus.corpus.reader import open_corpus

    if is_corpus(source):
        yield open_corpus(Path(source), tokenizer)
        return
    check_standard_input([source, valid])
    made: list[Corpus] = []
    with ExitStack() as stack:

        def make() -> Path:
            folder = stack.enter_context(_folder_beside(out))
            made.append(_made(source, valid, folder, settings, splitter, vocabulary, known))
            return folder

        there = processes.first(make)
        yield made[0] if made else open_corpus(there, tokenizer)


@contextmanager
def _folder_beside(out: Path) -> Iterator[Path]:
    """Return a path beside an output, which is held meanwhile; what is made there is removed."""
    from ulmus.files import claimed

    target = out.resolve()  # "." has a name to put a folder beside
    folder = target.parent / f".{target.name}.{secrets.token_hex(4)}.corpus"
    with claimed(out):  # which removes what a killed run left
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _made(
    source: str,
    valid: str | None,
    folder: Path,
    settings: "PrepareSettings",
    splitter: "TextSplitter",
    vocabulary: "Vocabulary | None",
    known: "Vocabulary | None",
) -> "Corpus":
    from ulmus.recipes.labelled_corpus import prepare_labelled
    from ulmus.recipes.prepare import Sources, prepare

    if vocabulary is None:
        return prepare(Sources(source, valid), folder, settings, splitter=splitter, known=known)
    return prepare_labelled(
        source, folder, settings, valid=valid, splitter=splitter, vocabulary=vocabulary
    )


def is_corpus(source: str) -> bool:
    """Return whether a source is a corpus folder."""
    from ulmus.corpus.layout import MANIFEST

    try:
        return (Path(source) / MANIFEST).exists()
    except OSError:  # a text in the place of a path, say, which is too long for one
        return False


def refuse_beside_corpus(source: str, values: Mapping[str, object]) -> None:
    """Refuse flags that say how text is read where the source is a corpus, made of read text.

    Args:
        source: A corpus folder or a source.
        values: What the flags say, by their name as a setting; None where they are not given.

    Raises:
        SettingsError: A flag that nobody would read.
    """
    given = [(name, value) for name, value in values.items() if value is not None]
    if given and is_corpus(source):
        name, value = f"--{given[0][0].replace('_', '-')}", given[0][1]
        raise SettingsError(
            f"{name} with a corpus, whose text is read and divided already",
            given=value,
            accepted=f"{name} beside a source of text",
            remedy=f"Leave {name} out, or prepare a corpus with it",
        )

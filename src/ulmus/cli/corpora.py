"""A verb that takes SOURCE or CORPUS: how the corpus is found or made."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ulmus.corpus.reader import Corpus
    from ulmus.recipes.prepare import PrepareSettings
    from ulmus.text.splitter import TextSplitter
    from ulmus.text.vocabulary import Vocabulary


@contextmanager
def corpus_of(
    source: str,
    *,
    valid: str | None,
    out: Path,
    settings: "PrepareSettings",
    splitter: "TextSplitter",
    vocabulary: "Vocabulary | None" = None,
    tokenizer: str | None = None,
) -> Iterator["Corpus"]:
    """Open a corpus folder, or make a corpus of a source beside `out` for as long as needed.

    After Ctrl-C the corpus stays, so that --resume finds it as it was.

    Args:
        source: A corpus folder or a source.
        valid: A validation source, if there is one.
        out: What the verb makes.
        settings: How text becomes ids.
        splitter: The model's rules and tokenizer.
        vocabulary: The model's vocabulary, where it has to be that one.
        tokenizer: The function tokenizer that was handed in, for a corpus folder.
    """
    from ulmus.corpus.layout import MANIFEST
    from ulmus.corpus.reader import open_corpus
    from ulmus.recipes.prepare import Sources, prepare

    if (Path(source) / MANIFEST).exists():
        yield open_corpus(Path(source), tokenizer)
        return
    folder = out.parent / f"{out.name}.corpus"
    sources = Sources(train=source, valid=valid)
    yield prepare(sources, folder, settings, splitter=splitter, vocabulary=vocabulary)
    shutil.rmtree(folder, ignore_errors=True)

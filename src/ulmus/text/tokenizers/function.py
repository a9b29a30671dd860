"""The tokenizer that is any Python function from a text to its tokens.

A saved model stores the function's name only, and loading never imports it: whoever loads hands
the function in, or its name, which then is their own word and not the file's.
"""

import importlib
import sys
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ulmus.errors import MissingExtraError, TokenizerError
from ulmus.text.rules import SPACE_MARK
from ulmus.text.tokenizers.special_parts import is_white_space, split_at_specials

PREFIX = "function:"
SPACES = (" ", SPACE_MARK)
EXTRAS = {
    "pythainlp": "thai",
    "rjieba": "chinese",
    "sudachipy": "japanese",
    "underthesea": "vietnamese",
}


@dataclass(frozen=True, slots=True)
class FunctionTokenizer:
    """Splits a text by a function, which sees what lies between special tokens.

    It sees the spaces around them too. So a function that makes tokens of spaces gives what the
    reference gets from it for the whole text; but there a special token next to white space of
    another kind may be torn.

    Args:
        function: Takes a text, returns a list of strings.
        spec: `function:pkg.module:name`, by which it is stored.
    """

    function: Callable[[str], Sequence[str]]
    spec: str

    def tokens(self, text: str) -> list[str]:
        """Return the special tokens and, between them, what the function makes of the text.

        Raises:
            TokenizerError: The function failed, or returned something else than strings.
        """
        tokens: list[str] = []
        for index, part in enumerate(split_at_specials(text, keep_spaces=True)):
            if index % 2:
                tokens.append(part)
            elif part:
                tokens.extend(self._call(part))
        return tokens

    def join(self, tokens: Sequence[str], known: Container[str] = (), /) -> str:
        """Return the tokens as one text.

        Args:
            tokens: Tokens without special ones.
            known: The vocabulary. If a space is among it, or among the tokens, the function keeps
                spaces as tokens; if not, there was one between each two tokens. Other white
                space, which may be tokens all the same, stands between its neighbours alone.

        Returns:
            The text.
        """
        keeps_spaces = any(space in known or space in tokens for space in SPACES)
        text = "".join(tokens) if keeps_spaces else "".join(_spaced(tokens))
        return text.replace(SPACE_MARK, " ")

    @property
    def keeps_spaces_behind_specials(self) -> bool:
        """True: the function sees them, and they are tokens if it makes tokens of spaces."""
        return True

    def word_end(self, _tokens: Sequence[str], start: int) -> int:
        """Return the next index, for each token is a word."""
        return start + 1

    def is_space(self, token: str) -> bool:
        """Return whether the token is white space."""
        return is_white_space(token)

    def pieces(self) -> None:
        """Return None, for any token may be met."""

    def description(self) -> dict[str, str]:
        """Return what a saved processor stores."""
        return {"spec": self.spec}

    def save(self, folder: Path) -> None:
        """Write nothing, for code is never saved."""

    def _call(self, text: str) -> list[str]:
        try:
            tokens = self.function(text)
        except Exception as error:
            raise TokenizerError(
                f"the tokenizer function failed with {type(error).__name__} ({error})",
                given=self.spec,
                accepted="a function from any text to a list of strings",
                remedy="Mend it or choose another tokenizer",
            ) from error
        if not isinstance(tokens, list | tuple) or not all(isinstance(t, str) for t in tokens):
            raise TokenizerError(
                f"the tokenizer function returned {_kind(tokens)}",
                given=self.spec,
                accepted="a list of strings",
                remedy="Wrap it in a function that returns one",
            )
        return [token for token in tokens if token]


def _spaced(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the tokens, and a space between each two of them that are not white space."""
    tight = True
    for token in tokens:
        white = is_white_space(token)
        if not (tight or white):
            yield " "
        yield token
        tight = white


def function_tokenizer(given: str | Callable[[str], Sequence[str]]) -> FunctionTokenizer:
    """Return the tokenizer of a function, or of the name of one.

    Args:
        given: The function, or `function:pkg.module:name`, which is imported.

    Returns:
        The tokenizer.

    Raises:
        TokenizerError: The name is not of that form, or leads to no function.
        MissingExtraError: The function's package is an extra that is not installed.
    """
    if isinstance(given, str):
        return FunctionTokenizer(_import_function(given), given)
    return FunctionTokenizer(given, name_of(given))


def name_of(function: Callable[..., Any]) -> str:
    """Return `function:pkg.module:name` for a function, or for the class of a callable object."""
    inner = getattr(function, "func", function)  # functools.partial
    named = inner if hasattr(inner, "__qualname__") else type(inner)
    # Methods of built-in types, such as str.split, do not say where they come from.
    module = getattr(named, "__module__", None) or "builtins"
    return f"{PREFIX}{module}:{named.__qualname__}"


def matching_function(stored: str, given: str | Callable[..., Any] | None) -> FunctionTokenizer:
    """Return the tokenizer stored by name, from the function that the caller hands in.

    Args:
        stored: The name in the saved processor. It is compared, never imported.
        given: What the caller handed in.

    Returns:
        A tokenizer under the stored name.

    Raises:
        TokenizerError: Nothing was handed in, or another function.
    """
    if given is None:
        raise TokenizerError(
            "the saved text processor needs its tokenizer function, which is stored by name only",
            given=stored,
            accepted=f"--tokenizer {stored} on the command line, tokenizer={stored!r} or "
            "tokenizer=FUNCTION in Python",
            remedy="Hand it in",
        )
    if given == stored:
        return FunctionTokenizer(_import_function(given), stored)
    if callable(given) or given.startswith(PREFIX):
        handed = function_tokenizer(given)
        if stored == name_of(handed.function) or _imported(stored) is handed.function:
            return FunctionTokenizer(handed.function, stored)
        given = handed.spec
    raise TokenizerError(
        "the saved text processor was made with another tokenizer",
        given=given,
        accepted=f"{stored}",
        remedy=f"Pass --tokenizer {stored}, or tokenizer= with that function",
    )


def _import_function(spec: str) -> Callable[[str], Sequence[str]]:
    module_name, colon, name = spec.removeprefix(PREFIX).partition(":")
    if not (module_name and colon and name):
        raise _no_function(spec, "a tokenizer function is not named in full")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        extra = EXTRAS.get(module_name.partition(".")[0])
        if extra and isinstance(error, ModuleNotFoundError):
            raise MissingExtraError(
                "the tokenizer function's package is not installed",
                given=spec,
                remedy=f'Run: pip install "ulmus[{extra}]"',
            ) from error
        raise _no_function(spec, f"the tokenizer function's module fails ({error})") from error
    function = _attribute(module, name)
    if not callable(function):
        raise _no_function(spec, "the module has no such tokenizer function")
    return function  # type: ignore[no-any-return]


def _imported(spec: str) -> Any:
    # The same function often goes by two names, of its package and of the file it is written in.
    module_name, _, name = spec.removeprefix(PREFIX).partition(":")
    return _attribute(sys.modules.get(module_name), name)


def _attribute(found: Any, dotted_name: str) -> Any:
    for name in dotted_name.split("."):
        found = getattr(found, name, None)
    return found


def _no_function(spec: str, what: str) -> TokenizerError:
    return TokenizerError(
        what,
        given=spec,
        accepted="function:pkg.module:name of a module that Python can import",
        remedy="Install the package, or set PYTHONPATH to the module's folder",
    )


def _kind(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"a list with {next(type(v).__name__ for v in value if not isinstance(v, str))}"
    return type(value).__name__

"""Lists of strings out of a pickle and into one, without the means to do anything else.

A pickle is a program for a small machine, and Python's own machine can be made to call any
function. The one here has no instruction that calls: it knows lists, tuples, strings, whole
numbers, truth values, None and fastcore's `L`, and says the name of whatever else is asked for.
Every instruction costs a bounded amount of memory, so a file cannot grow when it is read.
"""

import pickletools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ulmus.errors import BundleError

MOST_BYTES = 1 << 25
"""Twice the size of a vocabulary of a million words."""

ADMITTED = "lists, tuples, strings, whole numbers and fastcore's L"
LISTS = ("fastcore.foundation L", "fastcore.basics L")

MARK = object()
LIST_CLASS = object()
"""What stands on the stack for the class `L`."""

VALUES = {
    *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "UNICODE"),
    *("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "LONG4"),
}
CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "MARK": lambda: MARK,
}


class FastcoreList(list[Any]):
    """What stands for an `L`, whose items come later as its state."""


class RefusedError(Exception):
    """The pickle asks for something that is not admitted; the argument is its name."""


def read_pickle(path: Path) -> Any:
    """Return what a pickle holds.

    Raises:
        BundleError: It holds anything but lists, tuples, strings, whole numbers, truth values,
            None and fastcore's `L`, which is returned as a list; or it is damaged or too large.
    """
    content = _content(path)
    try:
        return _run(content)
    except RefusedError as refusal:
        raise BundleError(
            f"the pickle {str(path)!r} asks for something that is never loaded",
            given=str(refusal),
            accepted=ADMITTED,
            remedy="Save plain lists: list(vocab), or [list(part) for part in vocab] of a pair",
        ) from None
    except (ValueError, LookupError, TypeError, MemoryError) as error:
        raise BundleError(
            f"the pickle cannot be read ({str(error) or error.__class__.__name__})",
            given=path,
            accepted="a pickled list of strings",
            remedy="Copy the file again, whole",
        ) from None


def pickled_strings(strings: Iterable[str]) -> bytes:
    """Return strings as a pickled list, in the protocol 2 that every Python 3 reads."""
    items = (string.encode("utf-8", "surrogatepass") for string in strings)
    texts = b"".join(b"X" + len(item).to_bytes(4, "little") + item for item in items)
    return b"\x80\x02](" + texts + b"e."


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BundleError(
            "the pickle is larger than any vocabulary",
            given=path,
            accepted=f"at most {MOST_BYTES:,} bytes",
            remedy="Give the file of the vocabulary, not that of a whole learner",
        )
    return content


def _run(content: bytes) -> Any:
    stack: list[Any] = []
    memo: dict[Any, Any] = {}
    steps = {**STEPS, "BUILD": _filling_of(len(content))}
    for opcode, argument, _ in pickletools.genops(content):
        name = opcode.name
        if name == "STOP":
            (result,) = stack
            return result
        if name in VALUES:
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name]())
        elif name in {"PUT", "BINPUT", "LONG_BINPUT"}:
            memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in {"GET", "BINGET", "LONG_BINGET"}:
            stack.append(memo[argument])
        elif name in steps:
            steps[name](stack)
        elif name not in {"PROTO", "FRAME"}:
            _refuse(name, argument, stack)
    raise ValueError("it has no end")


def _refuse(name: str, argument: Any, stack: list[Any]) -> None:
    """Refuse what an instruction asks for, unless it is the class `L`."""
    if name == "STACK_GLOBAL":
        attribute, module = stack.pop(), stack.pop()
        if not (isinstance(module, str) and isinstance(attribute, str)):
            raise TypeError("it names what to load by something that is no string")
        argument = f"{module} {attribute}"
    elif name not in {"GLOBAL", "INST"}:
        raise RefusedError(f"the instruction {name}")
    if argument not in LISTS or name == "INST":
        raise RefusedError(argument.replace(" ", "."))
    stack.append(LIST_CLASS)


def _since_mark(stack: list[Any]) -> list[Any]:
    start = len(stack) - 1
    while stack[start] is not MARK:  # IndexError, at the latest, below the bottom
        start -= 1
    items = stack[start + 1 :]
    del stack[start:]
    return items


def _extend(stack: list[Any], items: list[Any]) -> None:
    if type(stack[-1]) is not list:
        raise TypeError("it appends to what is no list")
    stack[-1].extend(items)


def _set(stack: list[Any], items: list[Any]) -> None:
    if type(stack[-1]) is not dict:
        raise TypeError("it sets items of what is no dictionary")
    if not all(isinstance(key, str) for key in items[::2]):
        raise TypeError("a key is no string")  # the hash of a deep tuple overflows C's stack
    stack[-1].update(zip(items[::2], items[1::2], strict=True))


def _make_list(stack: list[Any]) -> None:
    arguments, made = stack.pop(), stack.pop()
    if made is not LIST_CLASS or arguments != ():
        raise RefusedError("an object made in another way than an L")
    stack.append(FastcoreList())


def _filling_of(most: int) -> Callable[[list[Any]], None]:
    """Return what copies the items of a state into its list, for so many items in all.

    They may be those of other lists too: what is copied is not bounded by the file.
    """
    left = most

    def fill(stack: list[Any]) -> None:
        nonlocal left
        state, made = stack.pop(), stack[-1]
        if type(made) is not FastcoreList or not isinstance(state, dict):
            raise RefusedError("an object with a state")
        items = state.get("items")
        if not isinstance(items, list | tuple):
            raise RefusedError(f"an L of {type(items).__name__}")
        left -= len(items)
        if left < 0:
            raise ValueError("there are more items in an L than the file has bytes")
        made[:] = items

    return fill


def _tuple_of(count: int) -> Callable[[list[Any]], None]:
    def make(stack: list[Any]) -> None:
        if len(stack) < count:
            raise IndexError("too few items for a tuple")
        stack[-count:] = [tuple(stack[-count:])]

    return make


STEPS: dict[str, Callable[[list[Any]], None]] = {
    "APPEND": lambda stack: _extend(stack, [stack.pop()]),
    "APPENDS": lambda stack: _extend(stack, _since_mark(stack)),
    "SETITEM": lambda stack: _set(stack, [stack.pop(-2), stack.pop()]),
    "SETITEMS": lambda stack: _set(stack, _since_mark(stack)),
    "LIST": lambda stack: stack.append(_since_mark(stack)),
    "TUPLE": lambda stack: stack.append(tuple(_since_mark(stack))),
    "TUPLE1": _tuple_of(1),
    "TUPLE2": _tuple_of(2),
    "TUPLE3": _tuple_of(3),
    "NEWOBJ": _make_list,
}
"""Instructions that change the stack alone. LIST and the like are of the oldest protocol."""

"""Where strings that end a text stand in it."""

from collections.abc import Sequence


def find_stop(text: str, stops: Sequence[str], start: int) -> int | None:
    """Return where the first of the strings stands, or None.

    Args:
        text: Where to look.
        stops: The strings.
        start: Where to begin; nothing before it counts.
    """
    places = [place for stop in stops if (place := text.find(stop, start)) >= 0]
    return min(places, default=None)


def free_length(text: str, stops: Sequence[str], start: int) -> int:
    """Return how much of a text cannot turn out to be the beginning of one of the strings.

    Args:
        text: A text that holds none of the strings and will go on.
        stops: The strings.
        start: Where to begin; nothing before it counts.
    """
    longest = max(map(len, stops), default=0)
    for place in range(max(start, len(text) - longest + 1), len(text)):
        if any(stop.startswith(text[place:]) for stop in stops):
            return place
    return len(text)

"""The one way in which a value out of its range is refused."""

from ulmus.errors import SettingsError

LEAST_FACTOR, LARGEST_FACTOR = 1e-30, 1e30
"""What logits may be multiplied or divided by: single precision ends at 3e38, and logits of a
hundred million are to stay below."""


def check_range(name: str, value: object, accepted: str, *, fits: bool) -> None:
    """Refuse a value that means nothing.

    Args:
        name: What the value sets.
        value: The value.
        accepted: The range, in words.
        fits: Whether the value lies in it.

    Raises:
        SettingsError: It does not.
    """
    if not fits:
        raise out_of_range(name, value, accepted)


def out_of_range(name: str, value: object, accepted: str) -> SettingsError:
    """Return the error for a value that means nothing.

    Args:
        name: What the value sets.
        value: The value.
        accepted: The range, in words.
    """
    return SettingsError(
        f"{name} is out of range",
        given=value,
        accepted=accepted,
        remedy=f"Set another {name}, or leave it out",
    )

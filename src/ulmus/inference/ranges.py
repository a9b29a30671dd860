"""The one way in which a value out of its range is refused."""

from ulmus.errors import SettingsError


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
        raise SettingsError(
            f"{name} is out of range",
            given=value,
            accepted=accepted,
            remedy=f"Set another {name}, or leave it out",
        )

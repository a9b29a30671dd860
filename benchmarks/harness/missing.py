"""What a benchmark can lack."""


class MissingError(Exception):
    """Something the benchmark needs is not there; the message says in one line what.

    Args:
        message: What, and how to get it.
        optional: Whether that is no failure: the shared data sets are not everywhere.
    """

    def __init__(self, message: str, *, optional: bool = False) -> None:
        super().__init__(message)
        self.optional = optional

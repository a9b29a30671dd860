"""Where a run stands in its batches, so that it can go on there and nowhere else."""

from pydantic import Field

from ulmus.errors import CheckpointError
from ulmus.settings import Settings

SHOWN_DIGITS = 12


class BatchPosition(Settings):
    """The next batch of a run.

    Attributes:
        fingerprint: The fingerprint of the corpus.
        seed: The seed of the batches.
        epoch: The epoch, 0 first.
        step: The next step in the epoch, 0 first.
    """

    fingerprint: str
    seed: int
    epoch: int = Field(0, ge=0, lt=1 << 31)
    step: int = Field(0, ge=0, lt=1 << 53)

    def check(self, fingerprint: str, *, seed: int) -> None:
        """Refuse batches that are not those of this position.

        Args:
            fingerprint: The fingerprint of the corpus at hand.
            seed: The seed of the batches at hand.

        Raises:
            CheckpointError: Corpus or seed is another.
        """
        if fingerprint != self.fingerprint:
            raise CheckpointError(
                "the checkpoint was made with another corpus",
                given=f"{fingerprint[:SHOWN_DIGITS]}…",
                accepted=f"{self.fingerprint[:SHOWN_DIGITS]}…",
                remedy="Resume with the corpus it was made with, or start anew",
            )
        if seed != self.seed:
            raise CheckpointError(
                "the checkpoint was made with another seed",
                given=seed,
                accepted=str(self.seed),
                remedy="Resume with that seed, or start anew",
            )

"""Sizes of models by name."""

from ulmus.errors import SettingsError
from ulmus.models.awd_lstm import AwdLstmSettings

PRESETS = {
    # The books' and fastai's size: 20.3 M weights in the layers, 400 more for each word.
    "awd-lstm": AwdLstmSettings(embedding_size=400, hidden_size=1152, layer_count=3),
    # For a laptop CPU: 3.2 M weights in the layers, a sixth of the work a token. A third layer
    # of 640 doubles the layers' cost and does not pay on corpora of less than some millions of
    # words, where embedding and decoder dominate anyway.
    "compact": AwdLstmSettings(embedding_size=256, hidden_size=640, layer_count=2),
    # For a few hundred thousand words: 0.6 M weights in the layers, three times faster again.
    "small": AwdLstmSettings(embedding_size=128, hidden_size=256, layer_count=2),
    # For trying things out and for tests: seconds, not minutes.
    "tiny": AwdLstmSettings(embedding_size=64, hidden_size=128, layer_count=2),
}


def preset(name: str) -> AwdLstmSettings:
    """Return the size that goes by a name.

    Raises:
        SettingsError: There is no preset of that name.
    """
    if name not in PRESETS:
        raise SettingsError(
            "unknown model preset",
            given=name,
            accepted=", ".join(PRESETS),
            remedy="Choose one of these with --model",
        )
    return PRESETS[name]

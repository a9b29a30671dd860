"""A small untrained language model that answers differently to different prompts."""

import torch

from ulmus.models.awd_lstm import AwdLstmSettings
from ulmus.models.language_model import LanguageModel, build_language_model

VOCABULARY = 30


def small_model(vocabulary: int = VOCABULARY, seed: int = 1) -> LanguageModel:
    torch.manual_seed(seed)
    settings = AwdLstmSettings(embedding_size=8, hidden_size=12, layer_count=2)
    made = build_language_model(settings, vocabulary)
    with torch.no_grad():
        for parameter in made.parameters():  # so that what was read before matters
            parameter.mul_(20 if parameter is made.encoder.embedding else 3)
    return made.eval()

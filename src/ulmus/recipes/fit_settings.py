"""Everything `ulmus fit` can be told."""

from typing import Self

from pydantic import Field, model_validator

from ulmus.recipes.classifier_settings import ClassifierTrainingSettings
from ulmus.recipes.language_model_settings import LanguageModelSettings
from ulmus.recipes.prepare import PrepareSettings
from ulmus.settings import Settings
from ulmus.text.sources import SourceSettings
from ulmus.training.engine import EngineSettings


class FitSettings(Settings):
    """Everything `ulmus fit` can be told.

    Args:
        prepare: How text becomes ids.
        language_model: How the language model is trained or fine-tuned.
        classifier: How the classifier is trained.
        engine: Device and seed.
        test_share: Share of each class held out for the report where no test source is given.
        both_directions: Whether a second pair of models reads every text from its end, and the
            two classifiers' answers are averaged.
        blend: Whether a linear model upon the documents' words has a say in the answers, as much
            as helps on the validation documents; for classes and tags.
        pseudo_labels: The probability from which on a first classifier's classes of unlabelled
            documents are believed; a second one learns from these as well. None does without.
        minutes: Time for everything: epochs are left out so far as it takes. One epoch of each
            training is done in any case.
    """

    prepare: PrepareSettings = PrepareSettings(source=SourceSettings(label="label"))
    language_model: LanguageModelSettings = LanguageModelSettings()
    classifier: ClassifierTrainingSettings = ClassifierTrainingSettings()
    engine: EngineSettings = EngineSettings()
    test_share: float = Field(0.1, gt=0, lt=1)
    both_directions: bool = False
    blend: bool = False
    pseudo_labels: float | None = Field(None, ge=0, le=1)
    minutes: float | None = Field(None, gt=0)

    @property
    def directions(self) -> list[bool]:
        """The directions that are asked for: False for forward, True for backward."""
        return [False, True] if self.both_directions else [self.language_model.backward]

    @model_validator(mode="after")
    def _says_probabilities(self) -> Self:
        if self.blend and self.prepare.source.target == "number":
            raise ValueError("blend goes with classes and tags, not with numbers")
        if self.pseudo_labels is not None and self.prepare.source.target != "class":
            raise ValueError("pseudo_labels go with classes, not with tags or numbers")
        return self

"""How a language model is trained, as settings."""

from typing import Self

from pydantic import Field, model_validator

from ulmus.models.awd_lstm import LANGUAGE_MODEL_DROPOUTS, AwdLstmSettings, Dropouts
from ulmus.models.presets import preset
from ulmus.recipes.amounts import PRETRAINING_EPOCHS, finetuning_epochs
from ulmus.settings import Settings
from ulmus.training.schedules import ScheduleName
from ulmus.training.stage import Stage, check_stages_alone
from ulmus.training.trainer_settings import TrainerSettings

DEFAULT_MODEL = "compact"
DRAWN_WORDS, MANY_WORDS = 2_048, 16_384
"""Of 30,008 words, 2,048 drawn ones gave twice the speed and the same perplexity."""
SIZES = ("embedding_size", "hidden_size", "layer_count")
IDLE_BESIDE_STAGES = (
    *("epochs", "learning_rate", "factor", "frozen_epochs", "frozen_learning_rate", "schedule"),
)


class LanguageModelSettings(Settings):
    """How a language model is trained, from the start or further.

    Args:
        model: Preset of a new model's size. None takes `compact`, or lets `fit` start from a
            model that comes with the package; one that is fine-tuned keeps its own size.
        embedding_size: In the place of the preset's; None takes that.
        hidden_size: Likewise.
        layer_count: Likewise.
        keep_words: In fine-tuning, keep the words that the model knows though the text lacks
            them; a classifier may meet them yet.
        backward: Read each document from its end; a fine-tuned model keeps its own direction.
        stages: What to do one after the other, in the place of what the next six settings say.
        epochs: Passes over the training text; None takes six of a new model, and what
            `recipes.amounts` says in fine-tuning.
        learning_rate: Highest rate.
        factor: Ratio of the rates of neighbouring layer groups; the paper takes 2.6 in
            fine-tuning.
        frozen_epochs: In fine-tuning, passes that train embedding and decoder only, first.
        frozen_learning_rate: Highest rate of these; the book's.
        schedule: How the rate moves.
        dropouts: The five dropouts.
        dropout_multiplier: Scales all five.
        batch_size: Rows of the stream that each process reads; fewer where the text is short.
        sequence_length: Tokens of a row that are learned from at once.
        vary_sequence_length: Draw that number anew for each step, and scale the rate with it, as
            the AWD-LSTM paper does (see `batches.sequence_lengths`).
        sampled_words: How many words are drawn for each batch, among which and those of the
            batch its tokens are told, instead of among all (see `nn.sampled_words`); 0: all.
            None draws 2,048 where there are 16,384 words or more. The loss that training shows is
            then that among these, and smaller.
        alpha: Weight of the activation regularization.
        beta: Weight of the temporal activation regularization.
        activation_stats: Watch what the recurrent layers compute, and write it beside the history
            (see `insight.activation_stats`).
        trainer: Optimizer, weight decay, clipping and patience.
    """

    model: str | None = None
    embedding_size: int | None = Field(None, ge=1)
    hidden_size: int | None = Field(None, ge=1)
    layer_count: int | None = Field(None, ge=1)
    keep_words: bool = True
    backward: bool = False
    stages: tuple[Stage, ...] = ()
    epochs: int | None = Field(None, ge=1)
    learning_rate: float = Field(4e-3, gt=0)
    factor: float = Field(1.0, ge=1)
    frozen_epochs: int = Field(1, ge=0)
    frozen_learning_rate: float = Field(2e-2, gt=0)
    schedule: ScheduleName = "one-cycle"
    dropouts: Dropouts = LANGUAGE_MODEL_DROPOUTS
    dropout_multiplier: float = Field(0.7, ge=0, lt=4)
    batch_size: int = Field(32, ge=1)
    sequence_length: int = Field(72, ge=1)
    vary_sequence_length: bool = False
    sampled_words: int | None = Field(None, ge=0)
    alpha: float = Field(2.0, ge=0)
    beta: float = Field(1.0, ge=0)
    activation_stats: bool = False
    trainer: TrainerSettings = TrainerSettings()

    @model_validator(mode="after")
    def _stages_stand_alone(self) -> Self:
        check_stages_alone(self, self.stages, IDLE_BESIDE_STAGES)
        return self

    def encoder(self) -> AwdLstmSettings:
        """Return the size of a new model.

        Raises:
            SettingsError: There is no preset of that name.
        """
        sizes = {name: getattr(self, name) for name in SIZES}
        return preset(self.model or DEFAULT_MODEL).with_(
            **{k: v for k, v in sizes.items() if v is not None}
        )

    @property
    def names_a_size(self) -> bool:
        """Whether a new model is asked for, of a size that is told."""
        return any(getattr(self, name) is not None for name in ("model", *SIZES))

    def words_drawn(self, vocabulary_size: int) -> int:
        """Return how many words are drawn for each batch; 0 for none."""
        if self.sampled_words is not None:
            return self.sampled_words
        return DRAWN_WORDS if vocabulary_size >= MANY_WORDS else 0

    def scaled_dropouts(self) -> Dropouts:
        """Return the five dropouts, scaled."""
        return self.dropouts.scaled(self.dropout_multiplier)

    def training_stages(self, *, finetuned_on: int | None = None) -> list[Stage]:
        """Return what to do one after the other.

        Args:
            finetuned_on: Tokens of the text that a pretrained model is brought to, with embedding
                and decoder learning alone first if nothing else is said; None for a new model.
        """
        if self.stages:
            return list(self.stages)
        usual = PRETRAINING_EPOCHS if finetuned_on is None else finetuning_epochs(finetuned_on)
        frozen = Stage(
            name="embedding and decoder",
            epochs=max(1, self.frozen_epochs),
            learning_rate=self.frozen_learning_rate,
            schedule=self.schedule,
            train_from=-1,
        )
        main = Stage(
            name="all layers",
            epochs=self.epochs or usual,
            learning_rate=self.learning_rate,
            factor=self.factor,
            schedule=self.schedule,
        )
        return [main] if finetuned_on is None or not self.frozen_epochs else [frozen, main]

"""Every row of the report: what is measured, by which script, and what it should reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """A row.

    Args:
        key: Names it in the files of results.
        script: The script that measures it.
        job: What is done, for a reader.
        unit: Of the two medians.
        at_least: What the judged figure should reach; of most rows it is the ratio.
        at_most: What it should not exceed.
        judged: What the target speaks of, where it is not the ratio to the peer.
    """

    key: str
    script: str
    job: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    judged: str = "ratio"

    @property
    def target(self) -> str:
        """The target as a reader sees it."""
        if self.at_least is not None:
            return f"{self.judged} >= {self.at_least:g}"
        if self.at_most is not None:
            return f"{self.judged} <= {self.at_most:g}"
        return ""

    def met(self, value: float | None) -> bool | None:
        """Tell whether a figure reaches the target; None without a target or a figure."""
        if value is None or (self.at_least is None and self.at_most is None):
            return None
        if self.at_least is not None and value < self.at_least:
            return False
        return self.at_most is None or value <= self.at_most


def _training(key: str, job: str, **target: float) -> Goal:
    return Goal(key, "language_model_training", f"training, {job}", "tokens/s", **target)


def _memory(key: str, precision: str) -> Goal:
    job = f"peak memory of training, V 30,000, {precision}"
    return Goal(key, "language_model_training", job, "MB", at_least=3)


def _prediction(key: str, job: str, unit: str = "documents/s", **target: float | str) -> Goal:
    return Goal(key, "classifier_prediction", f"predicting many documents, {job}", unit, **target)


def _one_document(precision: str) -> Goal:
    job = f"predicting one text of 20 tokens, {precision}"
    return Goal(f"one_document_{precision}", "single_prediction", job, "ms", at_least=6)


def _fifty_words(precision: str) -> Goal:
    job = f"50 words after a prompt of 20, {precision}"
    return Goal(f"fifty_words_{precision}", "generation", job, "words/s", at_least=15)


def _english(key: str, job: str, **target: float | str) -> Goal:
    return Goal(key, "english_tokenization", f"English to ids on disk, {job}", "MB/s", **target)


def _thai(key: str, job: str) -> Goal:
    return Goal(key, "thai_tokenization", f"Thai newmm to ids on disk, {job}", "MB/s", at_least=1.5)


def _novels(key: str, kind: str, unit: str, at_most: float) -> Goal:
    job = f"ulmus prepare, 74 MB of novels, {kind}"
    return Goal(key, "novels_preparation", job, unit, at_most=at_most, judged=unit)


def _number_words(number: int) -> Goal:
    job = f"LMModel{number} of the fast.ai book, 15 epochs"
    return Goal(f"lm_model_{number}", "number_models", job, "s", at_least=1)


def _start(key: str, job: str, seconds: float) -> Goal:
    return Goal(key, "start_time", job, "s", at_most=seconds, judged="s")


GOALS = (
    _training("train_30k_fp32", "V 30,000, fp32", at_least=1.7),
    _training("train_30k_bf16", "V 30,000, bf16", at_least=3.0),
    _training("train_60k_fp32", "V 60,000, fp32"),
    _training("train_60k_bf16", "V 60,000, bf16", at_least=3.0),
    _training("train_15k_fp32", "V 15,000, fp32"),
    _training("train_15k_bf16", "V 15,000, bf16", at_least=2.7),
    _memory("train_memory_fp32", "fp32"),
    _memory("train_memory_bf16", "bf16"),
    Goal("classifier_fp32", "classifier_training", "classifier training, fp32", "documents/s"),
    Goal(
        *("classifier_bf16", "classifier_training", "classifier training, bf16", "documents/s"),
        at_least=2.5,
    ),
    _prediction("prediction_fp32", "fp32", at_least=3),
    _prediction("prediction_bf16", "bf16", at_least=4),
    _prediction("labels_fp32", "fp32 beside float64", "% equal", at_least=100, judged="% equal"),
    _prediction("labels_bf16", "bf16 beside fp32", "% equal", at_least=99.9, judged="% equal"),
    *(
        _text(precision)
        for precision in ("fp32", "bf16")
        for _text in (_one_document, _fifty_words)
    ),
    _english("english_1", "1 process", at_least=10),
    _english("english_2", "2 processes"),
    _english("english_scaling", "2 processes beside 1", at_least=1.7, judged="times as fast"),
    _thai("thai_1", "2 processes beside the peer's 1"),
    _thai("thai_2", "2 processes beside the peer's 2"),
    _novels("novels_words", "words", "s", 15),
    _novels("novels_words_memory", "words", "peak MB", 1000),
    _novels("novels_subwords", "subwords", "s", 30),
    _novels("novels_subwords_memory", "subwords", "peak MB", 1000),
    Goal(
        *("batch_cost", "batch_cost", "a batch of 64 x 72 of a corpus of 200 M tokens", "us"),
        at_most=1.1,
        judged="times that of 1 M",
    ),
    *(_number_words(number) for number in (6, 7)),
    _start("import", "import ulmus", 0.2),
    _start("help", "ulmus --help", 0.5),
)
SCRIPTS = tuple(dict.fromkeys(goal.script for goal in GOALS))


def goal(key: str) -> Goal:
    """Return a row by its key."""
    return next(found for found in GOALS if found.key == key)

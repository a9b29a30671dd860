import pytest

from ulmus.recipes.amounts import classifier_batch_size, classifier_epochs, finetuning_epochs


@pytest.mark.parametrize(
    ("tokens", "passes"), [(0, 8), (100_000, 8), (500_000, 4), (1_600_000, 2), (10**9, 2)]
)
def test_the_more_text_the_fewer_passes_fine_tune_a_language_model(tokens, passes):
    assert finetuning_epochs(tokens) == passes


@pytest.mark.parametrize(
    ("documents", "batch_size", "epochs"),
    [(2, 8, 30), (180, 8, 27), (450, 11, 15), (900, 22, 15), (1620, 32, 12), (9000, 32, 8)],
)
def test_few_documents_are_read_often_and_few_at_once(documents, batch_size, epochs):
    assert classifier_batch_size(documents) == batch_size
    assert classifier_epochs(documents, batch_size) == epochs

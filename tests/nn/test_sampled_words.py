"""Words drawn for a batch: their chances are what they say, and what is learned is the softmax."""

import torch
from torch.nn import functional as F

from ulmus.nn.losses import IGNORED, linear_cross_entropy
from ulmus.nn.sampled_words import WordSampler


def zipf(size):
    return (10_000 / torch.arange(1, size + 1)).round()


def test_candidates_are_the_batch_and_what_was_drawn():
    torch.manual_seed(0)
    targets = torch.tensor([5, 900, 5, IGNORED, 17])
    found = WordSampler(zipf(1000), 50).candidates(targets)
    assert torch.equal(found.ids, found.ids.unique())
    assert 3 <= len(found.ids) <= 53
    counted = targets != IGNORED
    assert torch.equal(found.ids[found.targets[counted]], targets[counted])
    assert torch.equal(found.targets[~counted], targets[~counted])
    assert (found.log_chances < 0).all()


def test_one_seed_draws_one_set():
    sampler = WordSampler(zipf(1000), 50)
    sets = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        sets.append(sampler.candidates(torch.tensor([3])).ids.tolist())
    assert sets[0] == sets[1] != sets[2]


def test_a_word_is_there_as_often_as_its_chance_says():
    torch.manual_seed(0)
    counts, draws, size, rounds = zipf(200), 20, 64, 4000
    sampler = WordSampler(counts, draws)
    frequencies = (counts + 1) / (counts + 1).sum()
    seen = torch.zeros(200)
    for _ in range(rounds):
        targets = torch.multinomial(frequencies, size, replacement=True)
        seen[sampler.candidates(targets).ids] += 1
    expected = torch.zeros(200)
    for _ in range(50):  # a word's chance is told where it is a candidate
        found = sampler.candidates(torch.multinomial(frequencies, size, replacement=True))
        expected[found.ids] = found.log_chances.exp()
    known = expected > 0
    assert known.sum() > 190
    error = (seen / rounds - expected)[known].abs()
    assert error.max() < 4 * (0.25 / rounds) ** 0.5


def test_what_is_learned_are_the_probabilities_among_all_words():
    torch.manual_seed(0)
    size, rows = 400, 256
    truth = torch.randn(4, size) * 1.5 - torch.log(torch.arange(1, size + 1.0))
    probabilities = truth.softmax(1)
    learned = {}
    for name, sampler in (
        ("all", None),
        ("some", WordSampler(probabilities.mean(0) * 100_000, 40)),
        ("without chances", WordSampler(probabilities.mean(0) * 100_000, 40)),
    ):
        torch.manual_seed(1)
        weight, bias = torch.zeros(size, 4, requires_grad=True), torch.zeros(size)
        optimizer = torch.optim.Adam([weight], lr=0.05)
        for step in range(1500):
            kinds = torch.randint(4, (rows,))
            targets = torch.multinomial(probabilities[kinds], 1)[:, 0]
            hidden = F.one_hot(kinds, 4).float()
            used, offset = weight, bias
            if sampler is not None:
                ids, log_chances, targets = sampler.candidates(targets)
                used = weight.index_select(0, ids)
                offset = -log_chances if name == "some" else torch.zeros(len(ids))
            optimizer.zero_grad()
            (linear_cross_entropy(hidden, used, offset, targets) / rows).backward()
            optimizer.step()
            for group in optimizer.param_groups:
                group["lr"] = 0.05 * (1 - step / 1500)
        said = weight.detach().t().log_softmax(1)
        learned[name] = (probabilities * (probabilities.log() - said)).sum(1).mean()
    # Nats lost against the truth; without the chances frequent words are taken for rare ones.
    assert learned["all"] < 0.02
    assert learned["some"] < 0.03
    assert learned["without chances"] > 3 * learned["some"]

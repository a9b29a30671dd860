"""The D2L book's exercises on the character model, each a function that shows what it finds."""

import math
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ulmus.inference.sampling import next_token_probabilities
from ulmus.lessons.character_model import CharacterModel, FromScratch
from ulmus.lessons.character_training import Plan, Trained, train
from ulmus.lessons.frame import Figures, Shown, gradients, same, weighed
from ulmus.lessons.wells import CharacterText

ALPHAS = (0.5, 1.0, 2.0, 5.0)
WRITTEN = 60


class Scene(NamedTuple):
    """What the exercises work with.

    Attributes:
        text: The Time Machine's beginning.
        other: Another book's beginning in the same characters; None where it is not there.
        hidden: Features of the state.
        plan: How networks are trained unless the exercise changes it.
    """

    text: CharacterText
    other: CharacterText | None
    hidden: int
    plan: Plan

    def model(
        self, hidden: int | None = None, activation: Callable[[Tensor], Tensor] = torch.tanh
    ) -> FromScratch:
        """Return a fresh network, the same at every call."""
        torch.manual_seed(self.plan.seed)
        return FromScratch(len(self.text.characters), hidden or self.hidden, activation)

    def trained(self, plan: Plan | None = None) -> tuple[FromScratch, Trained]:
        """Return a trained network and how its training went."""
        model = self.model()
        return model, train(model, self.text, plan or self.plan)


def one_hot_is_an_embedding(scene: Scene) -> Iterator[Shown]:
    """Compare a product with one-hot vectors and a look-up, by values, gradients and time."""
    size = len(scene.text.characters)
    weight = torch.randn(size, scene.hidden, requires_grad=True)
    tokens = scene.text.ids[:1120].view(32, 35)

    def product() -> Tensor:
        return F.one_hot(tokens, size).float() @ weight

    def look_up() -> Tensor:
        return F.embedding(tokens, weight)

    ways = {"one-hot and product": product, "embedding": look_up}
    times = [(name, round(_seconds(way) * 1e6)) for name, way in ways.items()]
    yield Figures("32 x 35 characters looked up", ("way", "microseconds"), times)
    outputs = [way() for way in ways.values()]
    yield same("One-hot times a matrix is an embedding", *outputs)
    yield same(
        "and so are the gradients",
        *(gradients(weighed(made), [weight]) for made in outputs),
        tolerance=1e-4,
    )


def _seconds(way: Callable[[], Tensor], times: int = 20) -> float:
    start = time.perf_counter()
    for _ in range(times):
        way()
    return (time.perf_counter() - start) / times


def tuning(scene: Scene) -> Iterator[Shown]:
    """Change one thing at a time and see how low perplexity goes."""
    plan = scene.plan
    trials = {
        "as it is": (plan, scene.hidden),
        "learning rate halved": (plan._replace(learning_rate=plan.learning_rate / 2), scene.hidden),
        "learning rate doubled": (
            plan._replace(learning_rate=plan.learning_rate * 2),
            scene.hidden,
        ),
        "half as many features": (plan, scene.hidden // 2),
        "windows twice as long": (plan._replace(steps=2 * plan.steps), scene.hidden),
        "half as many rows": (plan._replace(batch_size=plan.batch_size // 2), scene.hidden),
    }
    rows = []
    for name, (changed, hidden) in trials.items():
        result = train(scene.model(hidden), scene.text, changed)
        last = result.perplexities[-1]
        rows.append(
            (name, f"{last:.3f}", f"{min(result.perplexities):.3f}", f"{result.seconds:.1f}")
        )
    columns = ("changed", "perplexity", "lowest", "seconds")
    yield Figures(f"After {plan.epochs} epochs", columns, rows)


def another_book(scene: Scene) -> Iterator[Shown]:
    """Train on one book and judge by the other, both ways."""
    if scene.other is None:
        yield "The War of the Worlds is not at hand; put it into the folder wells of ULMUS_DATA."
        return
    books = {"The Time Machine": scene.text, "The War of the Worlds": scene.other}
    rows = []
    for name, text in books.items():
        model = scene.model()
        last = train(model, text, scene.plan).perplexities[-1]
        judged = (f"{perplexity(model, other, scene.plan):,.1f}" for other in books.values())
        rows.append((name, f"{last:.3f}", *judged))
    columns = ("learned from", "at the end", *(f"of {name}" for name in books))
    yield Figures("Perplexity of the text learned from, and of both when judged", columns, rows)
    yield (
        "A network that knows nothing has perplexity 28. One that knows a book by heart is sure of "
        "what it says, in another book as well, and there it is sure of what is wrong."
    )


@torch.inference_mode()
def perplexity(model: CharacterModel, text: CharacterText, plan: Plan) -> float:
    """Return the perplexity of a text, read in rows from an empty state."""
    length = (len(text.ids) - 1) // plan.batch_size
    used = plan.batch_size * length
    tokens = text.ids[:used].view(plan.batch_size, length)
    targets = text.ids[1 : used + 1].view(plan.batch_size, length)
    logits, _ = model(tokens, model.first_state(plan.batch_size))
    return math.exp(min(F.cross_entropy(logits, targets.t().flatten()).item(), 700))


def sharpened(logits: Tensor, alpha: float) -> Tensor:
    """Return probabilities q proportional to p^alpha.

    Shapes:
        logits: (..., V), and so is what is returned.
    """
    # By logarithms: p^alpha itself vanishes where alpha is large.
    return (alpha * logits.log_softmax(-1)).softmax(-1)


def sampling(scene: Scene) -> Iterator[Shown]:
    """Draw characters from q proportional to p^alpha."""
    model, _ = scene.trained(scene.plan._replace(epochs=max(1, scene.plan.epochs // 4)))
    rows = [(f"{alpha:g}", drawn(model, scene.text, "time traveller ", alpha)) for alpha in ALPHAS]
    rows.append(("infinite", drawn(model, scene.text, "time traveller ", math.inf)))
    yield Figures("Drawn with q ~ p^alpha, a quarter of the epochs", ("alpha", "text"), rows)
    logits, _ = model(scene.text.ids[None, :50], model.first_state(1))
    for alpha in ALPHAS:
        yield same(
            f"alpha {alpha:g} is the library's temperature {1 / alpha:g}",
            sharpened(logits, alpha),
            next_token_probabilities(logits, temperature=1 / alpha),
            tolerance=1e-5,
        )


@torch.inference_mode()
def drawn(model: CharacterModel, text: CharacterText, prefix: str, alpha: float) -> str:
    """Continue a prefix by chance; an infinite alpha takes the most probable character."""
    generator = torch.Generator().manual_seed(0)
    ids = text.encoded(prefix)
    read, state = torch.tensor([ids]), model.first_state(1)
    for _ in range(WRITTEN):
        logits, state = model(read, state)
        if math.isinf(alpha):
            ids.append(int(logits[-1].argmax()))
        else:
            ids.append(int(torch.multinomial(sharpened(logits[-1], alpha), 1, generator=generator)))
        read = torch.tensor([ids[-1:]])
    return text.decoded(ids)


def without_clipping(scene: Scene) -> Iterator[Shown]:
    """Train with and without clipping, at two learning rates."""
    rows, norms = [], []
    for rate in (scene.plan.learning_rate, 4 * scene.plan.learning_rate):
        for name, limit in (("clipped to 1", 1.0), ("not clipped", math.inf)):
            _, result = scene.trained(scene.plan._replace(limit=limit, learning_rate=rate))
            norms += result.norms
            rows.append((name, f"{rate:g}", *_ending(result), f"{max(result.norms):.3g}"))
    columns = ("gradients", "learning rate", "perplexity", "lowest", "largest norm")
    yield Figures("What clipping is for", columns, rows)
    longer = sum(norm > 1 for norm in norms) / len(norms)
    yield (
        f"In {longer:.0%} of the epochs a gradient was longer than 1; the others are left alone by "
        "clipping. It is for the rare one that would throw the network far away from where it is."
    )


def without_detaching(scene: Scene) -> Iterator[Shown]:
    """Let gradients through all batches of an epoch, and see what it costs."""
    plan = scene.plan._replace(epochs=max(2, scene.plan.epochs // 8))
    rows, seconds = [], []
    for name, detach in (("detached", True), ("not detached", False)):
        _, result = scene.trained(plan._replace(detach=detach))
        seconds.append(result.seconds)
        rows.append((name, *_ending(result), f"{result.seconds:.1f}", f"{result.speed:,.0f}"))
    columns = ("state", "perplexity", "lowest", "seconds", "characters a second")
    yield Figures(f"{plan.epochs} epochs", columns, rows)
    yield (
        f"It takes {seconds[1] / seconds[0]:.1f} times as long, for each batch goes back to the "
        "beginning of the epoch, and keeps all that was computed since then. What lies hundreds of "
        "steps back has hardly any gradient left to give."
    )


def relu_for_tanh(scene: Scene) -> Iterator[Shown]:
    """Put ReLU in the place of tanh, with and without clipping."""
    rows = []
    longest: dict[str, float] = {}
    for name, activation in (("tanh", torch.tanh), ("ReLU", torch.relu)):
        for limit in (1.0, math.inf):
            result = train(
                scene.model(activation=activation), scene.text, scene.plan._replace(limit=limit)
            )
            kept = "clipped to 1" if limit == 1 else "not clipped"
            longest[name] = max(longest.get(name, 0.0), *result.norms)
            rows.append((name, kept, *_ending(result), f"{max(result.norms):.3g}"))
    columns = ("activation", "gradients", "perplexity", "lowest", "largest norm")
    yield Figures("ReLU in the place of tanh", columns, rows)
    yield (
        "ReLU has no upper limit: what grows from step to step goes on growing, and the gradient "
        f"with it. Its longest was {longest['ReLU'] / longest['tanh']:.3g} times that of tanh."
    )


def _ending(result: Trained) -> tuple[str, str]:
    last, lowest = result.perplexities[-1], min(result.perplexities)
    return (f"{last:.3f}" if last < 1e6 else f"{last:.0e}", f"{lowest:.3f}")

"""What fastai's own modules give: weights, outputs, states, gradients, groups, signatures."""

import inspect
from typing import Any

import torch
from fastai.text.all import (
    AWD_LSTM,
    EmbeddingDropout,
    PoolingLinearClassifier,
    RNNDropout,
    SentenceEncoder,
    WeightDropout,
    awd_lstm_clas_config,
    awd_lstm_clas_split,
    awd_lstm_lm_config,
    awd_lstm_lm_split,
    dropout_mask,
    get_language_model,
    get_text_classifier,
    masked_concat_pool,
    match_embeds,
    pad_chunk,
)
from fastai.text.models.core import LinearDecoder
from fastcore.foundation import L
from torch import Tensor, nn
from torch.nn import functional as F

from tests.parity.reference.writing import write_tensors

VOCABULARY, EMBEDDING = 23, 6
SMALL = {"emb_sz": EMBEDDING, "n_hid": 8, "n_layers": 3}
DROPOUTS = ("output_p", "hidden_p", "input_p", "embed_p", "weight_p")
# Nothing is drawn below 1e-16. At 0 itself the reference's weight dropout hands its parameter to
# the wrapped module, which then refuses the next `reset()`.
NO_DROPOUTS = dict.fromkeys(DROPOUTS, 0.0) | {"weight_p": 1e-30}
BATCHES = ((2, 5), (2, 5), (4, 3), (1, 6), (3, 1), (3, 4))
"""Rows and steps of one call after another: the state grows, is cut, and grows again."""
LENGTHS = (17, 16, 12, 11, 7, 6)
"""None ends before the last chunk or begins in it: then the reference gets batches right."""
CHUNK = 5
WRONG_IN_BATCHES = {
    "rows below one that has ended": tuple(range(17, 0, -1)),
    "rows that begin in the last chunk": (17, 16, 12, 11, 7, 6, 2, 1),
}
"""Lengths of documents that the reference judges otherwise in a batch than alone, and why."""
NAMES = (
    *(AWD_LSTM, EmbeddingDropout, LinearDecoder, PoolingLinearClassifier, RNNDropout),
    *(SentenceEncoder, WeightDropout, awd_lstm_clas_split, awd_lstm_lm_split, dropout_mask),
    *(get_language_model, get_text_classifier, masked_concat_pool, match_embeds),
)
METHODS = (AWD_LSTM, EmbeddingDropout, PoolingLinearClassifier, SentenceEncoder, WeightDropout)


def make() -> None:
    """Write `names.safetensors`."""
    tensors: dict[str, Tensor] = {}
    facts: dict[str, Any] = {
        "signatures": {each.__name__: signature(each) for each in NAMES},
        "forwards": {each.__name__: signature(each.forward) for each in METHODS},
        "configs": {"lm": dict(awd_lstm_lm_config), "clas": dict(awd_lstm_clas_config)},
        "chunk": CHUNK,
        "small": SMALL,
        "vocabulary": VOCABULARY,
        "groups": groups(),
        "encoders": [encoder_calls(tensors, bidirectional) for bidirectional in (False, True)],
        "decoders": [language_model(tensors, tied) for tied in (True, False)],
        "classifiers": classifiers(tensors),
        "wrong in batches": wrong_in_batches(tensors),
        "vocabularies": embeddings(tensors),
    }
    write_tensors("names", tensors, facts | {"keys": keys(tensors)})


def keys(tensors: dict[str, Tensor]) -> dict[str, list[str]]:
    """Return each model's state dict keys in their order, which safetensors does not keep."""
    parts = [name.partition("/weights/") for name in tensors if "/weights/" in name]
    found: dict[str, list[str]] = {model: [] for model, _, _ in parts}
    for model, _, key in parts:
        found[model].append(key)
    return found


def signature(of: Any) -> list[list[Any]]:
    """Return name and default of each argument; defaults as Python writes them."""
    parameters = inspect.signature(of).parameters.values()
    return [
        [each.name, None if each.default is each.empty else repr(each.default)]
        for each in parameters
    ]


def keep(into: dict[str, Tensor], name: str, tensors: dict[str, Tensor]) -> None:
    """Add copies of tensors under a common name."""
    into.update({f"{name}/{key}": value.detach().clone() for key, value in tensors.items()})


def tokens(rows: int, steps: int, seed: int) -> Tensor:
    """Draw tokens, padding among them."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(0, VOCABULARY, (rows, steps), generator=generator)
    drawn[0, 0] = 1
    return drawn


def encoder_calls(into: dict[str, Tensor], bidirectional: bool) -> str:
    """Keep what an encoder in evaluation mode answers, call after call, and after a reset."""
    name = f"encoder{'-bidirectional' * bidirectional}"
    torch.manual_seed(11)
    model = AWD_LSTM(VOCABULARY, **SMALL, bidir=bidirectional).eval()
    keep(into, f"{name}/weights", model.state_dict())
    for index, (rows, steps) in enumerate(BATCHES):
        given = tokens(rows, steps, index)
        keep_call(into, f"{name}/{index}", model, given)
    model.reset()
    keep_call(into, f"{name}/reset", model, tokens(3, 4, 99))
    embedded = torch.randn(2, 3, EMBEDDING, generator=torch.Generator().manual_seed(7))
    keep_call(into, f"{name}/embedded", model, embedded, from_embeds=True)
    return name


def keep_call(
    into: dict[str, Tensor], name: str, model: AWD_LSTM, given: Tensor, **options: bool
) -> None:
    """Keep input, output and state of one call."""
    output = model(given, **options)
    state = {
        f"hidden/{layer}/{part}": value
        for layer, pair in enumerate(model.hidden)
        for part, value in enumerate(pair)
    }
    keep(into, name, {"inputs": given, "output": output, **state})


def language_model(into: dict[str, Tensor], tied: bool) -> str:
    """Keep outputs and gradients of two training steps of a language model, without dropout."""
    name = f"language-model{'' if tied else '-untied'}"
    torch.manual_seed(12)
    config = {**awd_lstm_lm_config, **SMALL, **NO_DROPOUTS, "tie_weights": tied}
    model = get_language_model(AWD_LSTM, VOCABULARY, config)
    keep(into, f"{name}/weights", model.state_dict())
    for call in range(2):
        given, wanted = tokens(3, 7, 20 + call), tokens(3, 7, 30 + call)
        model.zero_grad()
        logits, raw, dropped = model(given)
        F.cross_entropy(logits.flatten(0, 1), wanted.flatten()).backward()
        made = {
            "inputs": given,
            "targets": wanted,
            "logits": logits,
            "raw": raw,
            "dropped": dropped,
        }
        keep(into, f"{name}/{call}", made)
        keep(into, f"{name}/{call}/gradients", gradients(model))
    return name


def gradients(model: nn.Module) -> dict[str, Tensor]:
    """Return the gradient of each parameter that has one."""
    return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def documents(into: dict[str, Tensor], name: str, lengths: tuple[int, ...]) -> list[Tensor]:
    """Draw documents and keep them as fastai pads them: whole chunks in front, the rest behind."""
    generator = torch.Generator().manual_seed(5)
    texts = [torch.randint(2, VOCABULARY, (length,), generator=generator) for length in lengths]
    batch = [pad_chunk(text, seq_len=CHUNK, pad_len=max(lengths)) for text in texts]
    targets = torch.randint(0, 3, (len(texts),), generator=generator)
    keep(into, name, {"tokens": torch.stack(batch), "targets": targets})
    return texts


def classifiers(into: dict[str, Tensor]) -> dict[str, dict[str, Any]]:
    """Keep what classifiers answer in training without dropout, then in evaluation.

    In double precision: batch normalisation magnifies the small outputs of a fresh encoder.
    """
    documents(into, "documents", LENGTHS)
    options: dict[str, dict[str, Any]] = {
        "classifier": {"max_len": 10},
        "classifier-all": {"max_len": None, "lin_ftrs": [7, 5], "ps": [0.1, 0.0]},
        "classifier-range": {"max_len": 10, "y_range": (-1.0, 3.5), "lin_ftrs": []},
        "classifier-bidirectional": {"max_len": 10, "config": {"bidir": True}},
    }
    for name, given in options.items():
        torch.manual_seed(13)
        config = {**SMALL, **NO_DROPOUTS, **given.pop("config", {})}
        arguments = {"seq_len": CHUNK, "config": config, "ps": [0.0], **given}
        if arguments.get("lin_ftrs") == []:
            arguments["ps"] = []
        model = get_text_classifier(AWD_LSTM, VOCABULARY, 3, **arguments).double()
        keep(into, f"{name}/weights", model.state_dict())
        if name == "classifier-all":
            model.eval()  # its head has a dropout, which draws
        keep_classifier_calls(into, name, model)
        options[name] = arguments
    return options


def wrong_in_batches(into: dict[str, Tensor]) -> dict[str, Any]:
    """Keep a classifier's answers for whole batches and for each of their documents alone.

    Its weights are larger than a fresh one's, so that documents do differ.
    """
    torch.manual_seed(14)
    arguments = {"seq_len": CHUNK, "config": SMALL, "max_len": None}
    model = get_text_classifier(AWD_LSTM, VOCABULARY, 3, **arguments).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4)
    keep(into, "wrong/weights", model.state_dict())
    for name, lengths in WRONG_IN_BATCHES.items():
        texts = documents(into, f"wrong/{name}", lengths)
        together = model(into[f"wrong/{name}/tokens"])[0]
        alone = torch.cat([model(text[None])[0] for text in texts])
        keep(into, f"wrong/{name}", {"together": together, "alone": alone})
    return {"arguments": arguments, "lengths": WRONG_IN_BATCHES}


def keep_classifier_calls(into: dict[str, Tensor], name: str, model: nn.Module) -> None:
    """Keep a training step and an evaluation, with a smaller batch last."""
    batch, wanted = into["documents/tokens"], into["documents/targets"]
    predictions, first, second = model(batch)
    assert first is second
    F.cross_entropy(predictions, wanted).backward()
    keep(into, f"{name}/gradients", gradients(model))
    keep(into, f"{name}/training", {"predictions": predictions, "outputs": first})
    keep(into, f"{name}/trained", dict(model.named_buffers()))
    model.eval()
    for part, given in {"evaluation": batch, "smaller": batch[2:4, CHUNK:]}.items():
        predictions, outputs, _ = model(given)
        mask = model[0](given)[1]
        made = {"predictions": predictions, "outputs": outputs, "mask": mask}
        keep(into, f"{name}/{part}", {"tokens": given, **made})


def groups() -> dict[str, list[list[str]]]:
    """Return the parameters' names in the groups of the two splits."""
    made = {}
    for tied in (True, False):
        config = {**awd_lstm_lm_config, **SMALL, "tie_weights": tied}
        model = get_language_model(AWD_LSTM, VOCABULARY, config)
        made[f"lm{'' if tied else '-untied'}"] = named(model, awd_lstm_lm_split(model))
    for bidirectional in (False, True):
        config = {**SMALL, "bidir": bidirectional}
        model = get_text_classifier(AWD_LSTM, VOCABULARY, 3, config=config)
        made[f"clas{'-bidirectional' * bidirectional}"] = named(model, awd_lstm_clas_split(model))
    return made


def named(model: nn.Module, split: Any) -> list[list[str]]:
    """Return the names of parameters."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return [[names[id(parameter)] for parameter in group] for group in split]


def embeddings(into: dict[str, Tensor]) -> dict[str, list[str]]:
    """Keep what becomes of several state dicts when the vocabulary changes."""
    old = ["xxunk", "xxpad", "the", "ก", "cat", "บ้าน"]
    new = ["xxunk", "xxpad", "บ้าน", "dog", "the", "ข", "cat", "xxfake"]
    generator = torch.Generator().manual_seed(3)
    rows = torch.randn(len(old), 4, generator=generator)
    whole = {
        "0.encoder.weight": rows,
        "0.encoder_dp.emb.weight": rows.clone(),
        "1.decoder.weight": rows.clone(),
        "1.decoder.bias": torch.randn(len(old), generator=generator),
        "0.rnns.0.module.weight_ih_l0": torch.randn(3, 2, generator=generator),
    }
    lean = {"0.encoder.weight": rows.clone()}
    for name, given in {"whole": whole, "lean": lean}.items():
        keep(into, f"embeds/{name}/given", given)
        keep(into, f"embeds/{name}/wanted", match_embeds(dict(given), L(old), new))
    return {"old": old, "new": new}

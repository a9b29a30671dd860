"""fastai's names for the parts of AWD-LSTM and ULMFiT, for people who bring code.

Arguments, their order and defaults, attributes, parameter names and stateful behaviour are those
of fastai 2.8.12, so its code runs and its state dicts load strictly. The arithmetic is that of
`ulmus.nn` and `ulmus.models`. New code should use those two: there the recurrent state is an
argument and a return value, and one model serves many threads. The modules here keep theirs in
`.hidden`, as the reference does, and nowhere else in this library does a model do so.

| file | names |
|---|---|
| `dropouts` | `dropout_mask`, `RNNDropout`, `WeightDropout`, `EmbeddingDropout` |
| `encoder`, `named_lstm` | `AWD_LSTM` |
| `language_model` | `LinearDecoder`, `SequentialRNN`, `get_language_model`, configuration, split |
| `classifier` | `SentenceEncoder`, `masked_concat_pool`, `PoolingLinearClassifier` |
| `whole_classifier` | `get_text_classifier`, configuration, split |
| `embeddings` | `match_embeds` |

Where it differs from the reference, on purpose:

- Both directions of a bidirectional `AWD_LSTM` drop their recurrent weight; the reference
  forgets the second one.
- `EmbeddingDropout(words, scale)` scales what it returns; the reference multiplies the embedding
  itself, for good.
- What `WeightDropout` shows after a call is cut from the graph, so a model can be copied and
  saved at any time.
- The state follows the input to another device or type without a `reset()`.
- `SentenceEncoder` reads every row to its end, and the pooling finds it there. In a batch that is
  padded as fastai does, the reference leaves out the last tokens of rows below one that has
  ended, and misses the last step of rows that begin within the last `bptt` steps, so that short
  documents get other answers in a batch than alone. Rows that begin out of order are refused.
- `WeightDropout` with a probability of 0 can be reset after a training step.
"""

from ulmus.interop.fastai_names.classifier import (
    PoolingLinearClassifier,
    SentenceEncoder,
    masked_concat_pool,
)
from ulmus.interop.fastai_names.dropouts import (
    EmbeddingDropout,
    RNNDropout,
    WeightDropout,
    dropout_mask,
)
from ulmus.interop.fastai_names.embeddings import match_embeds
from ulmus.interop.fastai_names.encoder import AWD_LSTM
from ulmus.interop.fastai_names.language_model import (
    LinearDecoder,
    SequentialRNN,
    awd_lstm_lm_config,
    awd_lstm_lm_split,
    get_language_model,
)
from ulmus.interop.fastai_names.whole_classifier import (
    awd_lstm_clas_config,
    awd_lstm_clas_split,
    get_text_classifier,
)

__all__ = [
    "AWD_LSTM",
    "EmbeddingDropout",
    "LinearDecoder",
    "PoolingLinearClassifier",
    "RNNDropout",
    "SentenceEncoder",
    "SequentialRNN",
    "WeightDropout",
    "awd_lstm_clas_config",
    "awd_lstm_clas_split",
    "awd_lstm_lm_config",
    "awd_lstm_lm_split",
    "dropout_mask",
    "get_language_model",
    "get_text_classifier",
    "masked_concat_pool",
    "match_embeds",
]

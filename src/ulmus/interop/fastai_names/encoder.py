"""AWD-LSTM under fastai's name, with its parameter names and its recurrent state inside."""

from torch import Tensor, nn

from ulmus.interop.fastai_names.dropouts import (
    EmbeddingDropout,
    RNNDropout,
    WeightDropout,
    reset_module,
)
from ulmus.interop.fastai_names.named_lstm import NamedLstm
from ulmus.models.awd_lstm import EMBEDDING_RANGE, AwdLstmSettings
from ulmus.nn.lstm import LayerState
from ulmus.nn.recurrent_stack import detach_state, resize_state, run_layers


class AWD_LSTM(nn.Module):  # noqa: N801  # the reference's name
    """The encoder of ULMFiT; a call goes on from the state that the last one left.

    `.hidden` is that state, one (hidden, cell) pair a layer of shapes (D, B, H) each, cut from
    the graph, and `.bs` the size of its batch.

    Args:
        vocab_sz: Rows of the embedding, V.
        emb_sz: Features of the embedding and of the last layer, E.
        n_hid: Features of the layers between, H.
        n_layers: LSTM layers, L.
        pad_token: The token whose row of the embedding learns nothing.
        hidden_p: Dropout between layers.
        input_p: Dropout on the embedded tokens.
        embed_p: Share of words that the embedding drops.
        weight_p: Dropout of the recurrent weights, in both directions.
        bidir: Whether each layer reads in both directions and shares its features between them.

    Raises:
        SettingsError: A size is below 1, or odd where two directions share it.
    """

    initrange = EMBEDDING_RANGE
    hidden: list[LayerState]

    def __init__(  # noqa: PLR0917  # the reference's order
        self,
        vocab_sz: int,
        emb_sz: int,
        n_hid: int,
        n_layers: int,
        pad_token: int = 1,
        hidden_p: float = 0.2,
        input_p: float = 0.6,
        embed_p: float = 0.1,
        weight_p: float = 0.5,
        bidir: bool = False,
    ) -> None:
        super().__init__()
        size = AwdLstmSettings().with_(
            embedding_size=emb_sz, hidden_size=n_hid, layer_count=n_layers, bidirectional=bidir
        )
        self.emb_sz, self.n_hid, self.n_layers, self.pad_token = emb_sz, n_hid, n_layers, pad_token
        self.bs = 1
        self.n_dir = 2 if bidir else 1
        # In the reference's order, so that the same seed draws the same weights.
        self.encoder = nn.Embedding(vocab_sz, emb_sz, padding_idx=pad_token)
        self.encoder_dp = EmbeddingDropout(self.encoder, embed_p)
        self._made = [made // self.n_dir for made in size.layer_sizes()[1:]]
        lstms = [
            NamedLstm(given, made, bidirectional=bidir)
            for given, made in zip(size.layer_sizes(), self._made, strict=False)
        ]
        self.rnns = nn.ModuleList(WeightDropout(lstm, weight_p) for lstm in lstms)
        nn.init.uniform_(self.encoder.weight, -self.initrange, self.initrange)
        self.input_dp = RNNDropout(input_p)
        self.hidden_dps = nn.ModuleList(RNNDropout(hidden_p) for _ in range(n_layers))
        self.reset()

    def forward(self, inp: Tensor, from_embeds: bool = False) -> Tensor:
        """Read tokens and keep the state.

        Args:
            inp: Tokens, or what the embedding would give for them.
            from_embeds: Whether they are embedded already.

        Shapes:
            inp: (B, T) int64, or (B, T, E); returned: (B, T, E).
        """
        embedded = inp if from_embeds else self.encoder_dp(inp)
        self._fit_state(embedded)
        outputs, state = run_layers(
            self.input_dp(embedded), tuple(self.hidden), list(self.rnns), list(self.hidden_dps)
        )
        self.hidden = list(detach_state(state))
        return outputs

    def reset(self) -> None:
        """Forget what was read: a state of zeros."""
        for rnn in self.rnns:
            reset_module(rnn)
        self.hidden = [(self._zeros(made), self._zeros(made)) for made in self._made]

    def _zeros(self, features: int) -> Tensor:
        return self.encoder.weight.new_zeros(self.n_dir, self.bs, features)

    def _fit_state(self, embedded: Tensor) -> None:
        """Grow or cut the state to the batch, and move it to where the batch is."""
        self.bs = len(embedded)
        fitted = resize_state(tuple(self.hidden), self.bs)
        self.hidden = [(hidden.to(embedded), cell.to(embedded)) for hidden, cell in fitted]

#!/usr/bin/env python3
"""Makes layers.txt: PyTorch's layers in float64, their outputs and gradients in training and evaluation; and
layers.safetensors, the state_dict of one of them in float32.

Each case has its inputs, state_dict, outputs, gradients of the outputs' product with an array of PyTorch's, and the
buffers after training. All numbers that go in are exact in float32.
"""
import pathlib
import platform

import torch
from safetensors.torch import save_file
from torch import nn
from write_golden import Golden

golden = Golden("layers.txt", f"torch {torch.__version__}", f"Python {platform.python_version()}")
golden.lines.append("# to 9 digits")


def short(x):
    """The nearest numbers of few digits."""
    return torch.round(128 * x) / 128


def numbers(*shape, scale=1.0):
    return short(scale * torch.randn(*shape, dtype=torch.float64))


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def flattened(layer, *x):
    """The outputs and last states of a recurrent layer, in one row."""
    output, last = layer(x[0], None if len(x) == 1 else x[1] if len(x) == 2 else x[1:])
    return torch.cat([part.ravel() for part in (output, *(last if isinstance(last, tuple) else (last,)))])


def add(name, layer, *inputs, call=lambda layer, *x: layer(*x)):
    layer = layer.double()
    with torch.no_grad():
        for parameter in layer.parameters():  # norms and biases as well
            parameter.copy_(short(parameter) + numbers(*parameter.shape, scale=0.25))
        for key, buffer in layer.named_buffers():
            if key.endswith("running_mean"):
                buffer.copy_(numbers(*buffer.shape))
            elif key.endswith("running_var"):
                buffer.copy_(numbers(*buffer.shape).abs() + 0.5)
        for module in layer.modules():
            if isinstance(module, nn.Embedding) and module.padding_idx is not None:
                module.weight[module.padding_idx] = 0
    for k, x in enumerate(inputs):
        golden.add(f"{name}.x{k}", x)
    golden.add(f"{name}.count", len(layer.state_dict()))
    for key, value in layer.state_dict().items():
        golden.add(f"{name}.state.{key}", value)
    if name == "conv_net":
        state = {key: value.float() if value.is_floating_point() else value for key, value in layer.state_dict().items()}
        save_file(state, pathlib.Path(__file__).with_name("layers.safetensors"))
    layer.train()
    inputs = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    y = call(layer, *inputs)
    weights = numbers(*y.shape)
    (y * weights).sum().backward()
    golden.add(f"{name}.y", y.detach())
    golden.add(f"{name}.weights", weights)
    for k, x in enumerate(inputs):
        if x.is_floating_point():
            golden.add(f"{name}.dx{k}", x.grad)
    for key, parameter in layer.named_parameters():
        golden.add(f"{name}.d.{key}", parameter.grad)
    for key, buffer in layer.named_buffers():
        golden.add(f"{name}.after.{key}", buffer)
    layer.eval()
    golden.add(f"{name}.eval", call(layer, *inputs).detach())


torch.manual_seed(1)
add("linear", nn.Linear(4, 3), numbers(2, 5, 4))
add("linear_no_bias", nn.Linear(4, 3, bias=False), numbers(5, 4))
add("flatten", nn.Flatten(), numbers(2, 3, 2, 2))
add("flatten_middle", nn.Flatten(1, 2), numbers(2, 3, 2, 2))
add("embedding", nn.Embedding(6, 3), torch.tensor([[0, 5, 2], [2, 2, 1]]))
add("embedding_padding", nn.Embedding(6, 3, padding_idx=2), torch.tensor([[0, 5, 2], [2, 2, 1]]))
add("layer_norm", nn.LayerNorm(5), numbers(3, 2, 5))
add("layer_norm_two", nn.LayerNorm((3, 4), eps=1e-3), numbers(2, 3, 4))
add("layer_norm_no_bias", nn.LayerNorm(4, bias=False), numbers(3, 4))
add("layer_norm_plain", nn.LayerNorm(4, elementwise_affine=False), numbers(3, 4))
add("group_norm", nn.GroupNorm(2, 6), numbers(3, 6, 2, 2))
add("group_norm_plain", nn.GroupNorm(3, 6, affine=False), numbers(2, 6, 3))
add("batch_norm1d", nn.BatchNorm1d(3), numbers(5, 3))
add("batch_norm1d_long", nn.BatchNorm1d(3, momentum=None), numbers(4, 3, 2))
add("batch_norm2d", nn.BatchNorm2d(2, eps=1e-3, momentum=0.3), numbers(3, 2, 2, 3))
add("batch_norm2d_plain", nn.BatchNorm2d(2, affine=False), numbers(3, 2, 2, 2))
add("batch_norm2d_untracked", nn.BatchNorm2d(2, track_running_stats=False), numbers(3, 2, 2, 2))
add("conv1d", nn.Conv1d(2, 3, 3, stride=2, padding=1), numbers(2, 2, 7))
add("conv2d", nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=1), numbers(2, 2, 5, 4))
add("conv2d_groups", nn.Conv2d(4, 2, 2, dilation=2, groups=2, bias=False), numbers(2, 4, 5, 4))
add("conv_transpose2d", nn.ConvTranspose2d(3, 2, 3, stride=2, padding=1, output_padding=1), numbers(2, 3, 3, 3))
add("conv_transpose2d_groups", nn.ConvTranspose2d(4, 2, 2, groups=2, bias=False), numbers(1, 4, 2, 3))
add("max_pool1d", nn.MaxPool1d(2), numbers(2, 3, 6))
add("max_pool2d", nn.MaxPool2d(3, stride=2, padding=1), numbers(2, 2, 5, 5))
add("avg_pool1d", nn.AvgPool1d(3, stride=2), numbers(2, 3, 7))
add("avg_pool2d", nn.AvgPool2d(2, padding=1, count_include_pad=False), numbers(2, 2, 4, 4))
add("activations", nn.Sequential(nn.LeakyReLU(0.1), nn.ELU(0.5), nn.GELU(), nn.SiLU(), nn.Sigmoid(), nn.Tanh(), nn.Softplus(),
                                 nn.Softmax(-1)), numbers(3, 4, scale=3))
add("sequential", nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 2)), numbers(3, 4))
add("conv_net", nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                              nn.Linear(8, 3)), numbers(3, 1, 4, 4))
add("residual", Residual(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 4)), numbers(3, 4))
add("rnn", nn.RNN(3, 4), numbers(5, 2, 3), call=flattened)
add("rnn_layers", nn.RNN(3, 4, 2, bias=False), numbers(3, 2, 3), numbers(2, 2, 4), call=flattened)
add("gru", nn.GRU(3, 4, batch_first=True), numbers(2, 5, 3), call=flattened)
add("gru_layers", nn.GRU(3, 4, 3), numbers(4, 2, 3), numbers(3, 2, 4), call=flattened)
add("lstm", nn.LSTM(3, 4), numbers(5, 2, 3), call=flattened)
add("lstm_layers", nn.LSTM(3, 4, 2, batch_first=True), numbers(2, 3, 3), numbers(2, 2, 4), numbers(2, 2, 4), call=flattened)

attention = dict(need_weights=False)
add("attention", nn.MultiheadAttention(6, 2), numbers(4, 3, 6), call=lambda m, x: m(x, x, x, **attention)[0])
add("attention_causal", nn.MultiheadAttention(6, 3, bias=False, batch_first=True), numbers(3, 4, 6),
    call=lambda m, x: m(x, x, x, attn_mask=torch.triu(torch.ones(4, 4, dtype=bool), 1), **attention)[0])
padding = torch.tensor([[False, False, False, True, True], [False, False, False, False, False]])
add("attention_cross", nn.MultiheadAttention(4, 2), numbers(3, 2, 4), numbers(5, 2, 4), numbers(5, 2, 4),
    call=lambda m, q, k, v: m(q, k, v, key_padding_mask=padding, **attention)[0])
add("attention_scores", nn.MultiheadAttention(4, 2), numbers(3, 2, 4), numbers(3, 3),
    call=lambda m, x, scores: m(x, x, x, attn_mask=scores, **attention)[0])
options = dict(dim_feedforward=7, dropout=0)
add("transformer", nn.TransformerEncoderLayer(6, 2, **options), numbers(4, 3, 6))
add("transformer_norm_first", nn.TransformerEncoderLayer(6, 3, activation="gelu", batch_first=True, norm_first=True, **options),
    numbers(3, 4, 6), call=lambda m, x: m(x, src_mask=torch.triu(torch.ones(4, 4, dtype=bool), 1)))
golden.write()

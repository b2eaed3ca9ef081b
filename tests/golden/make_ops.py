#!/usr/bin/env python3
"""Makes ops.txt: values, gradients and Hessian-vector products of operations, by PyTorch in float64 (torch_cases.py)."""
import torch
from torch_cases import TorchCases

cases = TorchCases("ops.txt", 20240229)
case, write = cases.case, cases.write

case("softmax_last", lambda x: torch.softmax(x, -1), (3, 5))
case("softmax_first", lambda x: torch.softmax(x, 0), (3, 5))
case("softmax_middle", lambda x: torch.softmax(x, 1), (2, 4, 3))
case("log_softmax_last", lambda x: torch.log_softmax(x, -1), (3, 5))
case("log_softmax_middle", lambda x: torch.log_softmax(x, 1), (2, 4, 3))
case("logsumexp_all", lambda x: torch.logsumexp(x, (0, 1)), (3, 4))
case("logsumexp_keepdims", lambda x: torch.logsumexp(x, (0, 2), keepdim=True), (2, 3, 4))
case("var_last", lambda x: torch.var(x, -1, correction=0), (3, 5))
case("var_ddof", lambda x: torch.var(x, (0, 2), correction=1, keepdim=True), (2, 3, 4))
case("std_all", lambda x: torch.std(x, correction=0), (3, 4))
case("std_ddof", lambda x: torch.std(x, 0, correction=1), (5, 2))
case("mean_keepdims", lambda x: torch.mean(x, (0, 2), keepdim=True), (2, 3, 4))
case("max_last", lambda x: torch.amax(x, -1), (3, 5))
case("min_two_axes", lambda x: torch.amin(x, (0, -1)), (2, 3, 4))
case("matmul_stacked", torch.matmul, (2, 3, 4), (2, 4, 5))
case("matmul_broadcast", torch.matmul, (2, 1, 3, 4), (3, 4, 2))
case("matmul_shared_matrix", torch.matmul, (2, 3, 4), (4, 5))
case("matmul_vector_right", torch.matmul, (2, 3, 4), (4,))
case("matmul_vector_left", torch.matmul, (4,), (2, 4, 3))
case("matmul_transposed", lambda a, b: torch.matmul(a, b.transpose(-1, -2)), (3, 4), (5, 4))
case("linear", torch.nn.functional.linear, (4, 3), (2, 3), (2,))
case("linear_stacked", torch.nn.functional.linear, (2, 4, 3), (2, 3), (2,))
case("take_rows", lambda x: x.index_select(0, torch.tensor([2, 0, 2, 3])), (4, 3))
case("take_table", lambda x: x[:, torch.tensor([[0, 2], [2, 1]])], (2, 3))
case("slice_steps", lambda x: x[1:5:2, -3:], (6, 5))
case("slice_middle", lambda x: x[:, 1:-1], (2, 5, 3))
case("concatenate", lambda a, b: torch.cat([a, b], 1), (2, 3), (2, 2))
case("stack_last", lambda a, b: torch.stack([a, b], -1), (2, 3), (2, 3))
case("split_middle", lambda x: torch.split(x, 2, 1)[1], (2, 6))
case("transpose", lambda x: x.permute(2, 0, 1), (2, 3, 4))
case("layer_norm", lambda x: torch.nn.functional.layer_norm(x, (6,), eps=1e-5), (3, 6))
case("attention", lambda q, k, v: torch.softmax(q @ k.transpose(-1, -2) / 2, -1) @ v, (2, 3, 4), (2, 5, 4), (2, 5, 3))
case("cross_entropy", lambda x: torch.nn.functional.cross_entropy(x, torch.tensor([2, 0, 1, 2]), reduction="none"), (4, 3))
case("power", lambda a, b: a.abs() ** b, (3, 4), (4,))


def variational(mu, log_sigma, epsilon):
    divergence = 0.5 * (mu**2 + (2 * log_sigma).exp() - 2 * log_sigma - 1).sum(-1)
    return divergence + (mu + log_sigma.exp() * epsilon).tanh().mean(-1)


case("variational", variational, (3, 4), (3, 4), (3, 4))

labels = torch.tensor([[2, 0], [1, 3]])
write("one_hot.labels", labels.double())
write("one_hot.y", torch.nn.functional.one_hot(labels, 4).double())
cases.golden.write()

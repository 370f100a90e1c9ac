"""Exports PyTorch modules at every opset that they can be exported at, with inputs and what the module gives for them.

Prints one JSON list: {"name", "opset", "model" (base64), "inputs" and "outputs" ({"name", "dtype", "dims", "data"})}.
"""

import base64
import io
import json
import sys
import warnings

import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
torch.manual_seed(0)
torch.set_num_threads(1)


class Block(nn.Module):
    """Attention and a feed-forward net, as in a transformer's encoder."""

    def __init__(self, width=8, heads=2):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.feed = nn.Sequential(nn.Linear(width, 16), nn.GELU(), nn.Dropout(0.1), nn.Linear(16, width))

    def forward(self, x):
        n, t, w = x.shape
        q, k, v = self.qkv(self.first(x)).reshape(n, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        scores = F.softmax(q @ k.transpose(-1, -2) / (w // self.heads) ** 0.5, dim=-1)
        x = x + self.out((scores @ v).transpose(1, 2).reshape(n, t, w))
        return x + self.feed(self.second(x))


class Recurrent(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.net = kind(3, 5, batch_first=True, **options)
        self.head = nn.Linear(5 * (2 if options.get("bidirectional") else 1), 2)

    def forward(self, x):
        y, state = self.net(x)
        last = state[0] if isinstance(state, tuple) else state
        return self.head(y[:, -1]), last


class Of(nn.Module):
    """A plain function as a module."""

    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, *x):
        return self.f(*x)


convolutional = nn.Sequential(
    nn.Conv2d(1, 4, 3, padding=1),
    nn.BatchNorm2d(4),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(4, 6, 3, stride=2, groups=2, bias=False),
    nn.LeakyReLU(0.1),
    nn.AvgPool2d(2, stride=1, padding=1),
    nn.ConvTranspose2d(6, 2, 2),
    nn.ELU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(2, 3),
    nn.LogSoftmax(1),
)


def shapes(x):
    a, b = torch.split(x, [1, 2], dim=1)
    c = torch.cat([b, a.expand(-1, 2, -1)], dim=1).squeeze(0).unsqueeze(-1)
    return c.transpose(0, 1)[1:, ::2].repeat(1, 1, 2).clamp(-0.5, 0.5), x.flatten(1).chunk(2, dim=1)[1]


def reductions(x):
    return (
        x.sum(1, keepdim=True),
        x.mean((0, 2)),
        x.max(),
        x.amin(2),
        x.prod(1),
        x.norm(dim=2),
        torch.logsumexp(x, 1),
        x.abs().sum(),
        x.argmax(1),
        x.topk(2, dim=1)[0],
        x.cumsum(1),
    )


def choices(x, index):
    y = torch.where(x > 0, x, -x / 2)
    y = y.gather(1, index.clamp(0, 2).unsqueeze(-1).expand(-1, -1, x.shape[2]))
    z = torch.zeros_like(x).scatter(1, index.unsqueeze(-1).expand(-1, -1, x.shape[2]) % 3, y)
    return y, z, F.one_hot(index, 4), (x >= 0.1) & ~(x < -0.1), x.masked_fill(x > 1, 0.0)


def analysis(x):
    p = x.abs() + 0.1
    return (
        torch.exp(x) + torch.log(p) + torch.sqrt(p) + p.rsqrt() + p**1.5 + 1 / p,
        torch.sin(x) * torch.cos(x) + torch.tan(x / 2) + torch.atan(x),
        F.softplus(x) + torch.tanh(x) + torch.sigmoid(x) + torch.erf(x),
        F.selu(x) + F.celu(x, 0.5) + F.hardtanh(x) + F.softsign(x) + F.relu6(x),
        torch.floor(x) + torch.ceil(x) + torch.round(x) + torch.sign(x) + torch.fmod(x, 0.3),
    )


@torch.jit.script
def loops(x, n: int):
    y = x
    for i in range(n):
        if bool((y.sum() > 1.0)):
            y = y * 0.5
        else:
            y = y + 1.0
    return y


def normal(*dims):
    return torch.randn(*dims)


# name, module, inputs, first opset
modules = [
    ("mlp", nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 2)), [normal(3, 4)], 11),
    ("cnn", convolutional, [normal(2, 1, 12, 12)], 11),
    ("lstm", Recurrent(nn.LSTM), [normal(2, 4, 3)], 11),
    ("lstm both ways, two layers", Recurrent(nn.LSTM, bidirectional=True, num_layers=2), [normal(2, 4, 3)], 11),
    ("gru", Recurrent(nn.GRU), [normal(2, 4, 3)], 11),
    ("rnn", Recurrent(nn.RNN), [normal(2, 4, 3)], 11),
    ("transformer block", Block(), [normal(2, 5, 8)], 11),
    ("einsum", Of(lambda a, b: torch.einsum("nij,njk->nki", a, b)), [normal(2, 3, 4), normal(2, 4, 5)], 12),
    ("embedding", nn.Embedding(6, 3), [torch.tensor([[0, 5], [2, 2]])], 11),
    ("shapes", Of(shapes), [normal(1, 3, 4)], 11),
    ("reductions", Of(reductions), [normal(2, 3, 4)], 11),
    # at 11 PyTorch clips integers between float bounds, which ONNX does not have
    ("choices", Of(choices), [normal(2, 3, 4), torch.tensor([[0, 1, 2], [2, 1, 0]])], 12),
    ("analysis", Of(analysis), [normal(3, 4)], 11),
    ("padding", Of(lambda x: F.pad(F.pad(x, (1, 2), mode="reflect"), (1, 1), value=0.5)), [normal(1, 2, 5)], 11),
    ("replication", Of(lambda x: F.pad(x, (1, 2), mode="replicate")), [normal(1, 2, 5)], 11),
    ("norms", nn.Sequential(nn.InstanceNorm1d(3, affine=True), nn.GroupNorm(3, 3)), [normal(2, 3, 5)], 11),
    ("hard", nn.Sequential(nn.Hardswish(), nn.Hardsigmoid(), nn.PReLU()), [normal(3, 4)], 11),
    ("loops", loops, [normal(3), torch.tensor(4)], 11),
]


def plain(name, value):
    flat = value.contiguous().flatten().tolist()
    data = [int(v) if isinstance(v, bool) else v for v in flat]
    return {"name": name, "dtype": str(value.dtype).replace("torch.", ""), "dims": list(value.shape), "data": data}


class Layered(nn.Module):
    """Modules of one kind with different attributes, each of which becomes a function."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(2, 8, 3), nn.LeakyReLU(0.1), nn.Conv2d(8, 4, 1), nn.LeakyReLU(0.3))
        self.shuffle = nn.PixelShuffle(2)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.shuffle(self.body(x)))


def with_functions():
    """A model with local functions. PyTorch names its outputs itself."""
    module, x = Layered().eval(), torch.randn(2, 2, 6, 6)
    buffer = io.BytesIO()
    torch.onnx.export(
        module,
        (x,),
        buffer,
        opset_version=16,
        input_names=["x0"],
        export_modules_as_functions=True,
        dynamic_axes={"x0": {0: "N"}},
    )
    return {
        "name": "functions",
        "opset": 16,
        "model": base64.b64encode(buffer.getvalue()).decode(),
        "inputs": [plain("x0", x)],
        "outputs": [plain("y0", module(x).detach())],
    }


exports = [with_functions()]
for name, module, inputs, first in modules:
    if isinstance(module, nn.Module):
        module.eval()
    with torch.no_grad():
        given = module(*[int(x) if name == "loops" and x.dim() == 0 else x for x in inputs])
    outputs = list(given) if isinstance(given, tuple) else [given]
    names = [f"x{i}" for i in range(len(inputs))], [f"y{i}" for i in range(len(outputs))]
    for opset in range(first, 18):
        buffer = io.BytesIO()
        try:
            torch.onnx.export(
                module,
                tuple(inputs),
                buffer,
                opset_version=opset,
                input_names=names[0],
                output_names=names[1],
                dynamic_axes={n: {0: "N"} for n, x in zip(names[0], inputs) if x.dim() > 1},
            )
        except Exception as e:
            exports.append({"name": name, "opset": opset, "cannot": str(e).split("\n")[0][:200]})
            continue
        exports.append(
            {
                "name": name,
                "opset": opset,
                "model": base64.b64encode(buffer.getvalue()).decode(),
                "inputs": [plain(n, x) for n, x in zip(names[0], inputs)],
                "outputs": [plain(n, y) for n, y in zip(names[1], outputs)],
            }
        )
json.dump(exports, sys.stdout)

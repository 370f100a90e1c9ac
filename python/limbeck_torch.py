"""Datasets of Limbeck in PyTorch, and trained modules back into a graph.

One file, to be copied or put on the path; it needs torch (1.13 or later) and numpy.

    rows = RecordedDataset("dataset", split="train")
    for x, y in to_dataloader(rows, batch_size=64, shuffle=True, seed=7): ...
    export_policy(module, rows, "policy.onnx")

    $ limbeck models add reach policy.onnx --graph arm.graph.yaml --nodes controller
"""

import copy
import hashlib
import inspect
import json
import os
import re
import tempfile
from typing import NamedTuple, Optional

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

__all__ = ["Column", "RecordedDataset", "export_policy", "to_dataloader"]

FORMAT = 1
SPLITS = ("train", "validation", "test")
# What Limbeck computes again where a model runs, as the dataset's manifest declares it.
TRANSFORMS = {"flatten", "difference", "lag", "history"}
FILE = re.compile(r"(inputs|outputs|lineage)/[A-Za-z0-9_-][A-Za-z0-9._-]*\.npy")
# A spread below this share of a column's size is rounding, not signal.
CONSTANT = 1e-6
# Share of the steps from row to row that are the same, from which on it is the step of all; clocks round to whole ns.
STEADY = 0.95
ROUNDING_NS = 2
OPSET = 17


class Column(NamedTuple):
    """One number of a row."""

    port: str
    name: str
    unit: Optional[str]


class Statistics(NamedTuple):
    """Of the training rows, in original units; one number a column."""

    min: np.ndarray
    max: np.ndarray
    mean: np.ndarray
    std: np.ndarray

    @property
    def deviation(self):
        """The standard deviation, 0 for a column that never changed in training."""
        size = np.maximum(np.abs(self.min), np.abs(self.max))
        return np.where(self.std > CONSTANT * size, self.std, 0)

    @property
    def scale(self):
        """1 / deviation; 0 for a column that never changed: as an input it tells nothing."""
        deviation = self.deviation
        return np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)


class RecordedDataset(Dataset):
    """Rows of one split: `x` of all inputs [columns], `y` of all outputs [columns], both float32.

    Columns are memory-mapped: what is not read takes no memory. The dataset's transforms are in its rows already; one of
    a kind that this file does not know is refused. An index may be a number, a slice, or an array of numbers, which
    gives a batch at one stroke.

    path       the dataset's folder
    split      "train", "validation" or "test"; validation and test rows share no history with training rows
    history    so many rows of inputs a row, itself the last of them: `x` is [history, columns]. A window stays in its
               episode and its split
    pad        None: rows without enough history are left out; "first": the first row of their stretch stands in
    normalise  by mean and deviation of the training rows (default), which `export_policy` puts into the model; else rows
               are in original units
    verify     compare every file with the SHA-256 in the manifest
    """

    def __init__(self, path, split="train", history=None, *, pad=None, normalise=True, verify=True):
        if split not in SPLITS:
            raise ValueError(f"split is one of {', '.join(SPLITS)}, not {split!r}")
        if history is not None and history < 1:
            raise ValueError(f"history is a number of rows from 1, not {history!r}")
        if pad not in (None, "first"):
            raise ValueError(f"pad is None or 'first', not {pad!r}")
        self.path, self.split, self.history, self.pad, self.normalise = os.fspath(path), split, history, pad, normalise
        self.manifest = _read_manifest(self.path)
        self.inputs = _columns(self.manifest["inputs"])
        self.outputs = _columns(self.manifest["outputs"])
        self.statistics = {role: _statistics(self.manifest[role]) for role in ("inputs", "outputs")}
        self.transforms = _transforms(self)
        if verify:
            _verify(self.path, self.manifest)
        self._normal = {
            role: (s.mean.astype(np.float32), s.scale.astype(np.float32)) for role, s in self.statistics.items()
        }
        self._rows, self._first = _windows(self.manifest, split, history or 1, pad)
        self._maps = None

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, index):
        if isinstance(index, (int, np.integer)):
            if not -len(self) <= index < len(self):
                raise IndexError(f"row {index} of {len(self)}")
            x, y = self._read(np.array([index]))
            return x[0], y[0]
        if isinstance(index, slice):
            index = np.arange(len(self))[index]
        return self._read(np.asarray(index, dtype=np.int64))

    def to_units(self, y):
        """Outputs as a module gives them, in original units: [..., columns]."""
        if not self.normalise:
            return y
        s = self.statistics["outputs"]
        return y * torch.tensor(s.deviation, dtype=y.dtype) + torch.tensor(s.mean, dtype=y.dtype)

    def _read(self, index):
        rows = self._rows[index]
        y = self._take("outputs", rows)
        if self.history is None:
            return torch.from_numpy(self._take("inputs", rows)), torch.from_numpy(y)
        window = rows[:, None] + np.arange(1 - self.history, 1)
        window = np.maximum(window, self._first[index][:, None])
        x = self._take("inputs", window.reshape(-1)).reshape(len(rows), self.history, -1)
        return torch.from_numpy(x), torch.from_numpy(y)

    def _take(self, role, rows):
        if self._maps is None:
            self._maps = {r: [_Shards(self.path, p) for p in self.manifest[r]] for r in ("inputs", "outputs")}
        ports = [port.take(rows) for port in self._maps[role]]
        values = ports[0] if len(ports) == 1 else np.concatenate(ports, axis=1)
        values = values.astype(np.float32, copy=False)
        if self.normalise:
            mean, scale = self._normal[role]
            values = (values - mean) * scale
        return values

    def __getstate__(self):
        # a worker maps the files itself: pickled maps would be copies
        return {**self.__dict__, "_maps": None}


class _Shards:
    """The files of one port: [rows, columns]."""

    def __init__(self, path, port):
        width, files = len(port["columns"]), port["shards"]
        self.parts = []
        for shard in files:
            file = os.path.join(path, shard["file"])
            part = np.load(file, mmap_mode="r", allow_pickle=False)
            if part.shape != (shard["rows"], width) or part.dtype != port["dtype"]:
                raise ValueError(f"{file} is no {port['dtype']} array of [{shard['rows']}, {width}]")
            self.parts.append(part)
        self.ends = np.cumsum([shard["rows"] for shard in files])

    def take(self, rows):
        if len(self.parts) == 1:
            return self.parts[0][rows]
        out = np.empty((len(rows), self.parts[0].shape[1]), self.parts[0].dtype)
        which = np.searchsorted(self.ends, rows, side="right")
        for i in np.unique(which):
            here = which == i
            out[here] = self.parts[i][rows[here] - (self.ends[i] - len(self.parts[i]))]
        return out


class _Batches(Sampler):
    """Batches of row numbers, each row once an epoch; a new order each epoch, given by the seed."""

    def __init__(self, rows, batch_size, shuffle, seed):
        self.rows, self.batch_size, self.shuffle, self.seed, self.epoch = rows, batch_size, shuffle, seed, 0

    def __len__(self):
        return -(-self.rows // self.batch_size)

    def __iter__(self):
        order = np.arange(self.rows)
        if self.shuffle:
            np.random.Generator(np.random.PCG64([self.seed, self.epoch])).shuffle(order)
        self.epoch += 1
        for at in range(0, self.rows, self.batch_size):
            yield order[at : at + self.batch_size]


def to_dataloader(dataset, batch_size, shuffle=False, seed=0, num_workers=0):
    """A DataLoader of batches (x, y); the same seed gives the same batches, with any number of workers.

    A batch is read at one stroke, and not row by row.
    """
    batches = _Batches(len(dataset), batch_size, shuffle, seed)
    return DataLoader(dataset, sampler=batches, batch_size=None, num_workers=num_workers)


class _Policy(torch.nn.Module):
    """Ports in original units outside, the module inside."""

    def __init__(self, module, dataset):
        super().__init__()
        self.module = module
        self.history = dataset.history
        self.normalise = dataset.normalise
        self.widths = [len(port["columns"]) for port in dataset.manifest["outputs"]]
        x, y = dataset.statistics["inputs"], dataset.statistics["outputs"]
        for name, values in (("mean", x.mean), ("scale", x.scale), ("back", y.deviation), ("offset", y.mean)):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32))

    def forward(self, *ports):
        if self.history is not None:
            ports = [port.reshape(-1, self.history, port.shape[1] // self.history) for port in ports]
        x = ports[0] if len(ports) == 1 else torch.cat(tuple(ports), dim=-1)
        if self.normalise:
            x = (x - self.mean) * self.scale
        y = self.module(x)
        if self.normalise:
            y = y * self.back + self.offset
        return torch.split(y, self.widths, dim=1) if len(self.widths) > 1 else y


def export_policy(module, dataset, path, *, seed=0, settings=None, opset=OPSET):
    """Writes a trained module as ONNX that `limbeck models add` takes: what it is, and what it was trained on, inside.

    module    maps `x` of the dataset's batches to `y`: [N, columns] or [N, history, columns] → [N, columns]
    dataset   the rows it was trained on; whether they were normalised is whether the model normalises
    path      a new file; one that is there is refused
    seed      of the training, for the model's card
    settings  whatever else the card is to say: a dict that JSON can hold

    The model takes `obs.PORT` and gives `act.PORT` [N, columns] in original units. It is measured on the test rows: the
    errors are in the card, and are what this function gives back: {"nmse": […], "nmse_mean": …, "r2_mean": …}.
    """
    path = os.fspath(path)
    if os.path.exists(path):
        raise FileExistsError(f"{path} exists: choose another name, or remove it")
    policy = _Policy(copy.deepcopy(module).to("cpu", torch.float32), dataset).eval()
    for parameter in policy.parameters():
        parameter.requires_grad_(False)
    test = RecordedDataset(
        dataset.path, "test", dataset.history, pad=dataset.pad, normalise=dataset.normalise, verify=False
    )
    if test.manifest["digest"] != dataset.manifest["digest"]:
        raise ValueError(f"{dataset.path} is another dataset than it was when it was opened")
    metrics = _open_loop(policy.module, test)
    kind = {"kind": "torch", "settings": {"module": type(module).__name__, "torch": torch.__version__, **(settings or {})}}
    facts = _facts(dataset, {"student": kind, "seed": seed, "metrics": {"test": metrics}})

    manifest = dataset.manifest
    names = {
        "inputs": [f"obs.{port['port']}" for port in manifest["inputs"]],
        "outputs": [f"act.{port['port']}" for port in manifest["outputs"]],
    }
    rows = 2  # of the example; their number is left open
    example = tuple(
        torch.zeros(rows, len(port["columns"]) * (dataset.history or 1)) for port in manifest["inputs"]
    )
    more = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    handle, partial = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)), prefix=f".{os.path.basename(path)}.")
    os.close(handle)
    try:
        torch.onnx.export(
            policy,
            example,
            partial,
            input_names=names["inputs"],
            output_names=names["outputs"],
            dynamic_axes={name: {0: "N"} for name in names["inputs"] + names["outputs"]},
            opset_version=opset,
            **more,
        )
        with open(partial, "ab") as file:
            file.write(_metadata("limbeck", json.dumps(facts, allow_nan=False, sort_keys=True)))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(partial, 0o644)
        os.link(partial, path)
    finally:
        os.unlink(partial)
    return metrics


def _open_loop(module, test):
    """Mean squared error over the variance of the truth, a column each, in original units."""
    truth, said = [], []
    with torch.no_grad():
        for x, y in to_dataloader(test, 4096):
            truth.append(test.to_units(y.double()))
            said.append(test.to_units(module(x).double()))
    truth, said = torch.cat(truth).numpy(), torch.cat(said).numpy()
    if truth.shape != said.shape:
        raise ValueError(f"the module gives {list(said.shape)} where the dataset has {list(truth.shape)}")
    if not np.isfinite(said).all():
        raise ValueError("the module gives numbers that are not finite on the test rows")
    error = ((truth - said) ** 2).sum(axis=0)
    variance = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    rounding = len(truth) * (CONSTANT * np.abs(truth).max(axis=0)) ** 2
    varies = variance > rounding
    nmse = np.where(varies, error / np.where(varies, variance, 1), np.where(error <= rounding, 0.0, 1.0))
    mean = float(nmse[varies].mean() if varies.any() else nmse.mean())
    return {"nmse": nmse.tolist(), "nmse_mean": mean, "r2_mean": 1 - mean}


def _facts(dataset, more):
    """What the model's card will say, ports under the names of the recording."""
    manifest = dataset.manifest

    def ports(role):
        return {port["port"]: {"type": port["type"], "kind": "signal"} for port in manifest[role]}

    def columns(role):
        s = dataset.statistics[role]
        own = dataset.inputs if role == "inputs" else dataset.outputs
        window = range((dataset.history or 1) - 1, -1, -1) if role == "inputs" else (0,)
        return [
            {
                "name": column.name if lag == 0 else f"{column.name}@-{lag}",
                "port": column.port,
                **({} if column.unit is None else {"unit": column.unit}),
                **{"min": s.min[i], "max": s.max[i], "mean": s.mean[i], "sd": s.std[i]},
            }
            for port in manifest[role]
            for lag in window
            for i, column in enumerate(own)
            if column.port == port["port"]
        ]

    def count(split):
        return sum(to - first for first, to in manifest["splits"][split])

    return {
        "limbeck": 1,
        "graphs": sorted({recording["graph"] for recording in manifest["recordings"] if "graph" in recording}),
        "inputs": ports("inputs"),
        "outputs": ports("outputs"),
        "columns": {role: columns(role) for role in ("inputs", "outputs")},
        **({} if dataset.transforms is None else {"transforms": dataset.transforms}),
        "dataset": {
            "digest": manifest["digest"],
            "split": {"by": manifest["split"]["by"]},
            "rows": {split: count(split) for split in SPLITS},
        },
        **more,
    }


def _metadata(key, value):
    """A `metadata_props` entry of an ONNX ModelProto, which is appended as it is: protobuf lets fields stand anywhere."""

    def field(number, content):
        return _varint(number << 3 | 2) + _varint(len(content)) + content

    return field(14, field(1, key.encode()) + field(2, value.encode()))


def _varint(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def _read_manifest(path):
    with open(os.path.join(path, "dataset.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    if manifest.get("limbeck_dataset") != FORMAT:
        raise ValueError(f"{path} is no dataset of format {FORMAT}")
    unknown = {step["kind"] for step in manifest.get("transforms", {}).get("steps", [])} - TRANSFORMS
    if unknown:
        raise ValueError(f"{path} has transforms that this file does not know: {', '.join(sorted(unknown))}")
    for shard in _files(manifest):
        if not FILE.fullmatch(shard["file"]):
            raise ValueError(f"{path} names a file that is not its own: {shard['file']!r}")
    return manifest


def _files(manifest):
    ports = [shard for role in ("inputs", "outputs") for port in manifest[role] for shard in port["shards"]]
    return ports + [manifest["lineage"]["tag_ns"]]


def _verify(path, manifest):
    for shard in _files(manifest):
        file, digest = os.path.join(path, shard["file"]), hashlib.sha256()
        with open(file, "rb") as stream:
            for piece in iter(lambda: stream.read(1 << 20), b""):
                digest.update(piece)
        if digest.hexdigest() != shard["sha256"]:
            raise ValueError(f"{file} is damaged: its bytes have changed")


def _columns(ports):
    return [Column(port["port"], c["name"], c.get("unit")) for port in ports for c in port["columns"]]


def _statistics(ports):
    return Statistics(*(np.array([x for p in ports for x in p["statistics"][key]], np.float64) for key in Statistics._fields))


def _windows(manifest, split, history, pad):
    """Rows with enough history, and the first row of the stretch that each is in."""
    rows, first = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for a, b in manifest["splits"][split]:
        for episode in manifest["episodes"]:
            start, end = max(a, episode["rows"][0]), min(b, episode["rows"][1])
            own = np.arange(start if pad == "first" else start + history - 1, end)
            if len(own) > 0:
                rows.append(own)
                first.append(np.full(len(own), start))
    rows, first = np.concatenate(rows), np.concatenate(first)
    if len(rows) == 0:
        raise ValueError(f"the {split} split has no row with {history} rows of history")
    return rows, first


def _transforms(dataset):
    """The manifest's transforms, and the window of the loader as one more: the model is given it where it runs."""
    manifest, declared = dataset.manifest, dataset.manifest.get("transforms")
    if dataset.history is None or dataset.history == 1:
        return declared
    if declared is not None:
        if declared["over"] != "rows" or "max_gap_ns" in declared or declared.get("pad") != dataset.pad:
            raise ValueError(
                "history of this dataset is history over messages, ends at gaps, or is padded in another way: "
                "declare all of it as transforms when the dataset is built"
            )
        step_ns = declared.get("step_ns")
    else:
        step_ns = _step(dataset.path, manifest)
    window = [{"kind": "history", "port": port["port"], "rows": dataset.history} for port in manifest["inputs"]]
    return {
        "over": "rows",
        **({} if dataset.pad is None else {"pad": dataset.pad}),
        **({} if step_ns is None else {"step_ns": step_ns}),
        "steps": [*(declared["steps"] if declared else []), *window],
    }


def _step(path, manifest):
    """Time from row to row within an episode, where it is one and the same."""
    tags = np.load(os.path.join(path, manifest["lineage"]["tag_ns"]["file"]), mmap_mode="r", allow_pickle=False)
    steps = np.concatenate([np.diff(tags[e["rows"][0] : e["rows"][1]]) for e in manifest["episodes"]])
    steps = np.sort(steps[steps > 0])
    if len(steps) == 0:
        return None
    steady = steps[np.abs(steps - steps[len(steps) // 2]) <= ROUNDING_NS]
    return float(steady.mean()) if len(steady) >= STEADY * len(steps) else None

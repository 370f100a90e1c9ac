"""Trains the network of PyTorch's own tutorial on a dataset of Limbeck, and writes it as a drop-in model.

    python3 train.py DATASET POLICY.onnx [--epochs 20] [--width 512] [--history 4] [--seed 7]

Runs with torch 1.13 or later and numpy; prints one line of JSON at the end.
"""

import argparse
import json
import os
import sys

import torch
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "python"))
from limbeck_torch import RecordedDataset, export_policy, to_dataloader  # noqa: E402


def network(inputs, outputs, width):
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(inputs, width),
        nn.ReLU(),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Linear(width, outputs),
    )


def mean_loss(model, rows, loss):
    model.eval()
    with torch.no_grad():
        sums = [(loss(model(x), y).item() * len(x), len(x)) for x, y in to_dataloader(rows, 4096)]
    model.train()
    return sum(s for s, _ in sums) / sum(n for _, n in sums)


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("dataset")
    words.add_argument("policy")
    words.add_argument("--epochs", type=int, default=20)
    words.add_argument("--width", type=int, default=512)
    words.add_argument("--batch", type=int, default=64)
    words.add_argument("--rate", type=float, default=1e-3)
    words.add_argument("--history", type=int)
    words.add_argument("--seed", type=int, default=7)
    given = words.parse_args()

    torch.manual_seed(given.seed)
    pad = None if given.history is None else "first"
    train = RecordedDataset(given.dataset, "train", given.history, pad=pad)
    validation = RecordedDataset(given.dataset, "validation", given.history, pad=pad)
    model = network(len(train.inputs) * (given.history or 1), len(train.outputs), given.width)
    loss = nn.MSELoss()
    optimiser = torch.optim.Adam(model.parameters(), lr=given.rate)
    batches = to_dataloader(train, given.batch, shuffle=True, seed=given.seed)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, given.epochs * len(batches))

    best, kept = float("inf"), None
    for epoch in range(given.epochs):
        for x, y in batches:
            optimiser.zero_grad()
            loss(model(x), y).backward()
            optimiser.step()
            schedule.step()
        score = mean_loss(model, validation, loss)
        if score < best:
            best, kept = score, {name: value.clone() for name, value in model.state_dict().items()}
        print(f"epoch {epoch + 1}: validation loss {score:.3g}", file=sys.stderr)
    model.load_state_dict(kept)

    settings = {"width": given.width, "epochs": given.epochs, "batch": given.batch, "rate": given.rate}
    metrics = export_policy(model, train, given.policy, seed=given.seed, settings=settings)
    print(json.dumps({"rows": len(train), "validation_loss": best, "test": metrics}))


if __name__ == "__main__":
    main()

"""The same trainings in PyTorch, eager: `python3 train-torch.py JSON` prints its version and steps a second."""

import json
import sys
import time

import torch
from torch import nn

given = json.loads(sys.argv[1])
ROWS, BATCH = 4096, 64
torch.set_num_threads(given["threads"])
torch.manual_seed(1)

if "filters" in given["net"]:
    layers, channels, side = [], 1, 28
    pool = given["net"]["pool"]
    for filters in given["net"]["filters"]:
        layers += [nn.Conv2d(channels, filters, 3, stride=1 if pool else 2), nn.ReLU()] + ([nn.MaxPool2d(2)] if pool else [])
        channels, side = filters, (side - 2) // 2 if pool else (side - 1) // 2
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * side * side, 10))
    x, y = torch.rand(ROWS, 1, 28, 28), torch.arange(ROWS) % 10
    loss = nn.functional.cross_entropy
else:
    widths = given["net"]["widths"]
    bend = {"tanh": nn.Tanh, "relu": nn.ReLU}[given["net"]["activation"]]
    layers = []
    for i in range(len(widths) - 1):
        layers += [nn.Linear(widths[i], widths[i + 1])] + ([bend()] if i + 2 < len(widths) else [])
    net = nn.Sequential(*layers)
    x, y = torch.rand(ROWS, widths[0]), torch.rand(ROWS, widths[-1])
    loss = nn.functional.mse_loss

optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
started = time.perf_counter()
steps, begun = 0, None
while True:
    for batch in torch.randperm(ROWS).view(-1, BATCH):
        optimiser.zero_grad()
        loss(net(x[batch]), y[batch]).backward()
        optimiser.step()
        steps += 1
        now = time.perf_counter()
        if begun is None and now - started > given["seconds"] / 3:
            steps, begun = 0, now
        if now - started > given["seconds"]:
            print(torch.__version__, steps / (now - begun))
            sys.exit()

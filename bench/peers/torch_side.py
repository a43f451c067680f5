"""PyTorch on one thread, as a side of the bench (bench/turns.mjs): python3 torch_side.py WORKLOAD.

The workload with its data and weights comes from `node bench/export.mjs`, so that no formula is written twice.
"""
import json
import os
import subprocess
import sys
import tempfile
import time


def say(**answer):
    print(json.dumps(answer), flush=True)


def main(name):
    import torch
    import torch.nn.functional as f

    torch.set_num_threads(1)
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["node", os.path.join(here, "..", "export.mjs"), name, folder], check=True)
        with open(os.path.join(folder, "workload.json")) as file:
            workload = json.load(file)

        def tensor(of, dtype):
            with open(os.path.join(folder, of["file"]), "rb") as file:
                return torch.frombuffer(bytearray(file.read()), dtype=dtype).reshape(of["shape"])

        update = workload["kind"] == "update"
        weights = [workload["parameters"]] if update else workload["weights"]
        parameters = [tensor(of, torch.float32).clone().requires_grad_(True) for of in weights]
        squared = workload["loss"] == "meanSquaredError"
        if update:
            parameters[0].grad = tensor(workload["gradients"], torch.float32).clone()
        else:
            x = tensor(workload["x"], torch.float32)
            y = tensor(workload["y"], torch.float32 if squared else torch.uint8)
            y = y if squared else y.long()
    batch, batches, steps = (workload[key] for key in ("batch", "batches", "steps"))
    activations = {"linear": lambda z: z, "relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}

    def forward(value):
        for i, layer in enumerate(workload["layers"]):
            value = activations[layer["activation"]](torch.addmm(parameters[2 * i + 1], value, parameters[2 * i]))
        return value

    loss_of = f.mse_loss if squared else f.cross_entropy
    parts = [] if update else [(x[i * batch : (i + 1) * batch], y[i * batch : (i + 1) * batch]) for i in range(batches)]
    rule = workload["optimizer"]
    if rule["type"] == "adam":
        optimizer = torch.optim.Adam(parameters, lr=rule["learningRate"], fused=True)
    else:
        optimizer = torch.optim.SGD(parameters, lr=rule["learningRate"], momentum=rule.get("momentum", 0), fused=True)
    last = []

    def train():
        last.clear()
        for step in range(steps):
            features, target = parts[step % batches]
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(forward(features), target)
            loss.backward()
            optimizer.step()
            if step >= steps - batches:
                last.append(loss.detach())
        return lambda: sum(float(loss) for loss in last) / len(last)

    def predict():
        with torch.inference_mode():
            for _ in range(steps):
                torch.softmax(forward(parts[0][0]), 1)
            return lambda: float(loss_of(forward(parts[0][0]), parts[0][1]).detach())

    def step_alone():
        for _ in range(steps):
            optimizer.step()
        return lambda: float(parameters[0].detach()[0])

    work = {"train": train, "predict": predict, "update": step_alone}[workload["kind"]]
    say(ready=True)
    for line in sys.stdin:
        if line.strip() != "turn":
            continue
        cpu, start = time.process_time(), time.perf_counter()
        loss = work()
        us, cpu_us = (time.perf_counter() - start) * 1e6, (time.process_time() - cpu) * 1e6
        say(us=us, cpuUs=cpu_us, loss=loss())


try:
    main(sys.argv[1])
except Exception as error:  # the parent shows why this side cannot take part
    say(error=f"{type(error).__name__}: {error}".splitlines()[0])
    sys.exit(1)

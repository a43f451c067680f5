"""schedules.json: learning rates over 500 updates by their equations, which torch.optim.lr_scheduler confirms where it can."""

import math

import torch
from torch.optim import lr_scheduler

from common import TORCH, rounded, write

UPDATES = 500
SAMPLED = [*range(20), *range(20, UPDATES + 1, 20)]

# rate(config, t) for the 0-based update index t
EQUATIONS = {
    "constantRate": lambda c, t: c["rate"],
    "polynomialDecay": lambda c, t: c["end"] + (c["initial"] - c["end"]) * (1 - min(t, c["steps"]) / c["steps"]) ** c["power"],
    "exponentialDecay": lambda c, t: c["initial"] * c["rate"] ** progress(c, t),
    "inverseTimeDecay": lambda c, t: c["initial"] / (1 + c["rate"] * progress(c, t)),
    "stepDecay": lambda c, t: c["initial"] * c["factor"] ** (t // c["steps"]),
    "piecewiseConstant": lambda c, t: c["values"][sum(t >= boundary for boundary in c["boundaries"])],
    "cosineDecay": lambda c, t: cosine(c["initial"], c["end"], min(t, c["steps"]) / c["steps"]),
    "warmup": lambda c, t: warmup(c.get("from", 0), rate(c["schedule"], 0), c, t),
    "cosineRestarts": lambda c, t: cosine_restarts(c, t),
    "oneCycle": lambda c, t: one_cycle(c["max"] / 25, c["max"], c["max"] / 25 / 1e4, c["steps"], t),
}


def rate(config, t):
    return EQUATIONS[config["type"]](config, t)


def progress(c, t):
    return t // c["steps"] if c.get("staircase", False) else t / c["steps"]


def warmup(start, top, c, t):
    """A straight line from start at 0 to top at `steps`, then the schedule from its own beginning."""
    return start + (top - start) * t / c["steps"] if t < c["steps"] else rate(c["schedule"], t - c["steps"])


def cosine(start, end, share):
    """From start at share 0 to end at share 1."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def cosine_restarts(c, t):
    """SGDR: periods of growing length; `decay` multiplies the peak at each restart."""
    period, peak = c["period"], c["initial"]
    while t >= period:
        t -= period
        period *= c["growth"]
        peak *= c["decay"]
    return cosine(peak, c["end"], t / period)


def one_cycle(start, top, end, steps, t):
    """torch's: start at 0, top at 0.3·steps − 1, end at steps − 1, then end."""
    peak, last = 0.3 * steps - 1, steps - 1
    if t <= peak:
        return cosine(start, top, t / peak)
    return cosine(top, end, (min(t, last) - peak) / (last - peak))


def torch_rates(config):
    """(name, rates) by torch's own scheduler, which may end early, or None."""
    c = config
    decays = {
        "constantRate": lambda o: lr_scheduler.ConstantLR(o, factor=1),
        "polynomialDecay": lambda o: lr_scheduler.PolynomialLR(o, c["steps"], c["power"]) if c["end"] == 0 else None,
        "exponentialDecay": lambda o: lr_scheduler.StepLR(o, c["steps"], c["rate"]) if c["staircase"]
        else lr_scheduler.ExponentialLR(o, c["rate"] ** (1 / c["steps"])),
        "stepDecay": lambda o: lr_scheduler.StepLR(o, c["steps"], c["factor"]),
        "piecewiseConstant": lambda o: lr_scheduler.MultiStepLR(o, c["boundaries"], c["values"][1] / c["values"][0]),
        "cosineDecay": lambda o: lr_scheduler.CosineAnnealingLR(o, c["steps"], c["end"]),
        "cosineRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, c["period"], c["growth"], c["end"])
        if c["decay"] == 1 else None,
        "warmup": lambda o: lr_scheduler.LinearLR(o, c["from"] / c["schedule"]["rate"], total_iters=c["steps"])
        if "from" in c else None,
        "oneCycle": lambda o: lr_scheduler.OneCycleLR(o, c["max"], total_steps=c["steps"]),
    }
    if c["type"] not in decays:
        return None
    given = c.get("schedule", c)
    first = given.get("initial", given.get("rate", given.get("max", given.get("values", [None])[0])))
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=first, momentum=0.9)
    scheduler = decays[c["type"]](optimizer)
    if scheduler is None:
        return None
    ends = {"oneCycle": c.get("steps", 0) - 1, "cosineDecay": c.get("steps", 0)}.get(c["type"], UPDATES)
    rates, momenta = [], []
    for _ in range(ends + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        if len(rates) <= ends:
            scheduler.step()
    return type(scheduler).__name__, rates, momenta


COSINE = {"type": "cosineDecay", "initial": 0.1, "end": 0, "steps": 400}

CASES = [
    {"type": "constantRate", "rate": 0.01},
    *({"type": "polynomialDecay", "initial": 0.1, "end": 0, "steps": 400, "power": power} for power in (0.5, 0.9, 1, 2, 3)),
    {"type": "polynomialDecay", "initial": 0.1, "end": 0.02, "steps": 300, "power": 2},
    {"type": "exponentialDecay", "initial": 0.1, "rate": 0.5, "steps": 90, "staircase": False},
    {"type": "exponentialDecay", "initial": 0.1, "rate": 0.5, "steps": 90, "staircase": True},
    {"type": "inverseTimeDecay", "initial": 0.1, "rate": 0.5, "steps": 30},
    {"type": "inverseTimeDecay", "initial": 0.1, "rate": 0.5, "steps": 30, "staircase": True},
    {"type": "stepDecay", "initial": 0.1, "factor": 0.3, "steps": 7},
    {"type": "piecewiseConstant", "boundaries": [5, 100, 400], "values": [0.1, 0.05, 0.025, 0.0125]},
    COSINE,
    {"type": "cosineDecay", "initial": 0.1, "end": 0.01, "steps": 310},
    {"type": "warmup", "schedule": COSINE, "steps": 10},
    {"type": "warmup", "schedule": {"type": "constantRate", "rate": 0.3}, "steps": 150},
    {"type": "warmup", "schedule": {"type": "constantRate", "rate": 0.3}, "steps": 120, "from": 0.03},
    {"type": "oneCycle", "max": 0.1, "steps": 400},
    {"type": "oneCycle", "max": 1, "steps": 123},
    {"type": "cosineRestarts", "initial": 0.1, "end": 0, "period": 60, "growth": 1, "decay": 1},
    {"type": "cosineRestarts", "initial": 0.1, "end": 0.001, "period": 7, "growth": 2, "decay": 1},
    {"type": "cosineRestarts", "initial": 0.1, "end": 0, "period": 50, "growth": 2, "decay": 0.5},
]


def stored(config):
    ours = [rate(config, t) for t in range(UPDATES + 1)]
    item = {"schedule": config, "reference": "equation", "rates": rounded([ours[t] for t in SAMPLED]), "momenta": None}
    by_torch = torch_rates(config)
    if by_torch is None:
        return item
    name, rates, momenta = by_torch
    for t, (a, b) in enumerate(zip(ours, rates)):
        assert abs(a - b) <= 1e-9 * max(rates), f"{config} at {t}: ours {a}, torch {b}"
    item["reference"] = f"equation, confirmed by torch.optim.lr_scheduler.{name} {TORCH}" + (
        f" up to update {len(rates) - 1}" if len(rates) <= UPDATES else "")
    if config["type"] == "oneCycle":
        by_equation = [one_cycle(0.95, 0.85, 0.95, config["steps"], t) for t in range(UPDATES + 1)]
        assert all(abs(a - b) <= 1e-9 for a, b in zip(by_equation, momenta))
        item["momenta"] = rounded([by_equation[t] for t in SAMPLED])
    return item


def make():
    header = {
        "about": "Learning rates by the 0-based update index; see README.md", "torch": TORCH, "precision": "float64",
        "updates": SAMPLED,
    }
    write("schedules.json", header, schedules=[stored(c) for c in CASES])

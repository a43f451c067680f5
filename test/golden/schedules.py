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
    "inverseSquareRoot": lambda c, t: c["initial"] / math.sqrt(1 + t / c["steps"]),
    "cosineDecay": lambda c, t: cosine(c["initial"], c["end"], min(t, c["steps"]) / c["steps"]),
    "warmup": lambda c, t: warmup(c.get("from", 0), rate(c["schedule"], 0), c, t),
    "cosineRestarts": lambda c, t: cosine_restarts(c, t),
    "oneCycle": lambda c, t: one_cycle(c["max"] / 25, c["max"], c["max"] / 25 / 1e4, c["steps"], t),
    "cyclical": lambda c, t: cyclical(c, t),
    "warmupStableDecay": lambda c, t: warmup_stable_decay(c, t),
    "sequence": lambda c, t: sequence(c, t),
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


def cyclical(c, t):
    """Up in a straight line and down again; triangular2 halves each cycle, expRange multiplies by decay at each update."""
    up, down = c["steps"], c.get("stepsDown", c["steps"])
    cycle, t_in = divmod(t, up + down)
    height = {"triangular": 1, "triangular2": 0.5 ** cycle, "expRange": c.get("decay", 1) ** t}[c["policy"]]
    return c["initial"] + (c["max"] - c["initial"]) * height * (t_in / up if t_in <= up else (up + down - t_in) / down)


def warmup_stable_decay(c, t):
    """Up in a straight line, level, down in one of three shapes."""
    w, s, d = c["warmupSteps"], c["stableSteps"], c["decaySteps"]
    start, end = c.get("initial", 0), c.get("end", 0)
    if t < w:
        return start + (c["max"] - start) * t / w
    share = min(max(t - w - s, 0) / d, 1)
    fallen = {"linear": share, "cosine": (1 - math.cos(math.pi * share)) / 2, "squareRoot": math.sqrt(share)}
    return c["max"] + (end - c["max"]) * fallen[c.get("shape", "linear")]


def sequence(c, t):
    """The schedule after the last boundary <= t, from its own update 0."""
    place = sum(t >= boundary for boundary in c["boundaries"])
    return rate(c["schedules"][place], t - [0, *c["boundaries"]][place])


def loss(t):
    """Of update t, for the schedules driven by it: falls in stairs, with a sawtooth on top; exact in binary."""
    return (40 - t // 25 + t * 7919 % 13 / 4) / 8


def restart_on_loss(c):
    """The rates at updates 0 … UPDATES, each after the losses of all updates before it."""
    rates, since, threshold, below = [], 0, c["threshold"], False
    for t in range(UPDATES + 1):
        rates.append(max(c.get("end", 0), c["initial"] * c["decay"] ** (since / c.get("steps", 1))))
        since += 1
        if loss(t) < threshold and not below:
            since, threshold = 0, threshold * c.get("thresholdFactor", 1)
        below = loss(t) < threshold
    return rates


def reduce_on_plateau(c):
    """The same by torch's ReduceLROnPlateau itself."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=c["initial"])
    scheduler = lr_scheduler.ReduceLROnPlateau(
        optimizer, mode=c.get("mode", "min"), factor=c.get("factor", 0.1), patience=c.get("patience", 10),
        threshold=c.get("threshold", 1e-4), threshold_mode=c.get("thresholdMode", "relative")[:3],
        cooldown=c.get("cooldown", 0), min_lr=c.get("minRate", 0), eps=c.get("epsilon", 1e-8))
    rates = []
    for t in range(UPDATES + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(loss(t))
    return rates


def torch_rates(config):
    """(name, rates) by torch's own scheduler, which may end early, or None."""
    c = config
    decays = {
        "constantRate": lambda o, c=c: lr_scheduler.ConstantLR(o, factor=1),
        "polynomialDecay": lambda o: lr_scheduler.PolynomialLR(o, c["steps"], c["power"]) if c["end"] == 0 else None,
        "exponentialDecay": lambda o: lr_scheduler.StepLR(o, c["steps"], c["rate"]) if c["staircase"]
        else lr_scheduler.ExponentialLR(o, c["rate"] ** (1 / c["steps"])),
        "stepDecay": lambda o, c=c: lr_scheduler.StepLR(o, c["steps"], c["factor"]),
        "piecewiseConstant": lambda o: lr_scheduler.MultiStepLR(o, c["boundaries"], c["values"][1] / c["values"][0]),
        "cosineDecay": lambda o: lr_scheduler.CosineAnnealingLR(o, c["steps"], c["end"]),
        "cosineRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, c["period"], c["growth"], c["end"])
        if c["decay"] == 1 else None,
        "warmup": lambda o: lr_scheduler.LinearLR(o, c["from"] / c["schedule"]["rate"], total_iters=c["steps"])
        if "from" in c else None,
        "oneCycle": lambda o: lr_scheduler.OneCycleLR(o, c["max"], total_steps=c["steps"]),
        "cyclical": lambda o: lr_scheduler.CyclicLR(
            o, c["initial"], c["max"], c["steps"], c.get("stepsDown"), c["policy"].replace("expR", "exp_r"),
            c.get("decay", 1), cycle_momentum=False),
        "sequence": lambda o: lr_scheduler.SequentialLR(
            o, [decays[part["type"]](o, part) for part in c["schedules"]], c["boundaries"])
        if all(part["type"] in ("constantRate", "stepDecay") for part in c["schedules"]) else None,
    }
    if c["type"] not in decays:
        return None
    given = c.get("schedule", c.get("schedules", [c])[0])
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
    {"type": "inverseSquareRoot", "initial": 0.1, "steps": 40},
    {"type": "warmup", "schedule": {"type": "inverseSquareRoot", "initial": 0.1, "steps": 40}, "steps": 40},
    {"type": "cyclical", "initial": 0.01, "max": 0.1, "steps": 30, "policy": "triangular"},
    {"type": "cyclical", "initial": 0.01, "max": 0.1, "steps": 30, "stepsDown": 15, "policy": "triangular2"},
    {"type": "cyclical", "initial": 0, "max": 0.1, "steps": 7, "stepsDown": 16, "policy": "expRange", "decay": 0.996},
    *({"type": "warmupStableDecay", "max": 0.1, "warmupSteps": 40, "stableSteps": 290, "decaySteps": 120, "shape": shape}
      for shape in ("linear", "cosine", "squareRoot")),
    {"type": "warmupStableDecay", "max": 0.1, "warmupSteps": 0, "stableSteps": 10, "decaySteps": 90, "initial": 0.05, "end": 0.02},
    {"type": "sequence", "boundaries": [50], "schedules": [
        {"type": "constantRate", "rate": 0.1}, {"type": "stepDecay", "initial": 0.1, "factor": 0.5, "steps": 70}]},
    {"type": "sequence", "boundaries": [17, 200], "schedules": [
        {"type": "polynomialDecay", "initial": 0.1, "end": 0, "steps": 17, "power": 1}, COSINE,
        {"type": "warmup", "schedule": {"type": "constantRate", "rate": 0.3}, "steps": 150}]},
]

BY_LOSS = [
    {"type": "restartOnLoss", "threshold": 3.5, "initial": 0.1, "decay": 0.95},
    {"type": "restartOnLoss", "threshold": 5, "initial": 0.1, "decay": 0.5, "steps": 20, "end": 0.01, "thresholdFactor": 0.9},
    {"type": "reduceOnPlateau", "initial": 0.1, "epsilon": 1e-8},
    {"type": "reduceOnPlateau", "initial": 0.1, "factor": 0.5, "patience": 12, "cooldown": 9, "minRate": 0.004},
    {"type": "reduceOnPlateau", "initial": 0.1, "factor": 0.7, "patience": 20, "threshold": 0.2, "thresholdMode": "absolute"},
    {"type": "reduceOnPlateau", "initial": 0.1, "factor": 0.9, "patience": 3, "threshold": 0.02, "mode": "max", "cooldown": 40},
    {"type": "reduceOnPlateau", "initial": 0.1, "factor": 0.8, "patience": 0, "threshold": 0.1, "mode": "max",
     "thresholdMode": "absolute", "epsilon": 0.003},
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


def stored_by_loss(config):
    """`changes` are the updates whose rate is lower (plateau) or higher (restart) than the one before."""
    by_torch = config["type"] == "reduceOnPlateau"
    rates = reduce_on_plateau(config) if by_torch else restart_on_loss(config)
    sign = -1 if by_torch else 1
    return {"schedule": config, "reference": f"torch.optim.lr_scheduler.ReduceLROnPlateau {TORCH}" if by_torch else "equation",
            "rates": rounded([rates[t] for t in SAMPLED]),
            "changes": [t for t in range(1, UPDATES + 1) if sign * rates[t] > sign * rates[t - 1]]}


def make():
    header = {
        "about": "Learning rates by the 0-based update index; see README.md", "torch": TORCH, "precision": "float64",
        "updates": SAMPLED,
    }
    write("schedules.json", header, schedules=[stored(c) for c in CASES], byLoss=[stored_by_loss(c) for c in BY_LOSS])

"""The optimizers: each as its plain equation (numpy, one tensor), and as the object of PyTorch or of a package that follows
its interface (lion-pytorch of Lion's authors, timm) where one has that form. Optax has another interface: peers.py.

`step(o, s, x, g, lr, t, decay)` gives the next x. o: options with all defaults; s: that tensor's state, empty at first, with
"average" where the rule says what to evaluate with; t = 1, 2, ...; decay: weightDecay, 0 for an excluded tensor. The arrays' own precision is kept (f64 for the reference).
"""

import inspect
from importlib.metadata import version

import lion_pytorch
import numpy as np
import prodigyopt
import schedulefree
import timm.optim
import torch

from common import TORCH


def sgd(o, s, x, g, lr, t, decay):
    g = g + decay * x
    mu = o["momentum"]
    if o["form"] == "keras":
        s["v"] = mu * s.get("v", 0) - lr * g
        return x + (mu * s["v"] - lr * g if o["nesterov"] else s["v"])
    if o["form"] == "ema":
        s["v"] = mu * s.get("v", 0) + (1 - mu) * g
        return x - lr * s["v"]
    if mu == 0:
        return x - lr * g
    s["b"] = g if t == 1 else mu * s["b"] + (1 - o["dampening"]) * g
    return x - lr * (g + mu * s["b"] if o["nesterov"] else s["b"])


def adagrad(o, s, x, g, lr, t, decay):
    g = g + decay * x
    s["sum"] = s.get("sum", o["initialAccumulator"]) + g * g
    lr = lr / (1 + (t - 1) * o["learningRateDecay"])
    return x - lr * (g / denominator(s["sum"], o))


def rmsprop(o, s, x, g, lr, t, decay):
    g = g + decay * x
    rho = o["rho"]
    s["v"] = rho * s.get("v", 0) + (1 - rho) * g * g
    variance = s["v"]
    if o["centered"]:
        s["mean"] = rho * s.get("mean", 0) + (1 - rho) * g
        variance = np.maximum(variance - s["mean"] ** 2, 0)
    s["buf"] = o["momentum"] * s.get("buf", 0) + g / denominator(variance, o)
    return x - lr * s["buf"]


def denominator(square, o):
    return np.sqrt(square + o["epsilon"]) if o["epsilonInside"] else np.sqrt(square) + o["epsilon"]


def adam(o, s, x, g, lr, t, decay):
    g = g + decay * x
    return adam_update(o, s, x, g, lr, t)


def adamw(o, s, x, g, lr, t, decay):
    x = x - (lr * decay) * x
    return adam_update(o, s, x, g, lr, t)


def adam_update(o, s, x, g, lr, t):
    beta1, beta2 = o["beta1"], o["beta2"]
    s["m"] = beta1 * s.get("m", 0) + (1 - beta1) * g
    s["v"] = beta2 * s.get("v", 0) + (1 - beta2) * g * g
    v = s["v"]
    if o["amsgrad"]:
        v = s["max"] = np.maximum(s.get("max", 0), v)
    c1, c2 = (1 - beta1**t, 1 - beta2**t) if o["biasCorrection"] else (1, 1)
    if o["epsilonHat"]:
        return x - lr * c2**0.5 / c1 * (s["m"] / (np.sqrt(v) + o["epsilon"]))
    return x - lr / c1 * (s["m"] / (np.sqrt(v) / c2**0.5 + o["epsilon"]))


def adadelta(o, s, x, g, lr, t, decay):
    g = g + decay * x
    rho, epsilon = o["rho"], o["epsilon"]
    s["v"] = rho * s.get("v", 0) + (1 - rho) * g * g
    u = s.get("u", 0 * g)
    delta = np.sqrt(u + epsilon) / np.sqrt(s["v"] + epsilon) * g
    s["u"] = rho * u + (1 - rho) * delta * delta
    return x - lr * delta


def adamax(o, s, x, g, lr, t, decay):
    g = g + decay * x
    s["m"] = o["beta1"] * s.get("m", 0) + (1 - o["beta1"]) * g
    s["u"] = np.maximum(o["beta2"] * s.get("u", 0), np.abs(g) + o["epsilon"])
    return x - lr / (1 - o["beta1"] ** t) * (s["m"] / s["u"])


def nadam(o, s, x, g, lr, t, decay):
    g = g + decay * x
    beta1, beta2, psi = o["beta1"], o["beta2"], o["momentumDecay"]
    s["m"] = beta1 * s.get("m", 0) + (1 - beta1) * g
    s["v"] = beta2 * s.get("v", 0) + (1 - beta2) * g * g
    mu, following = (beta1 * (1 - 0.5 * 0.96 ** (k * psi)) for k in (t, t + 1))
    s["product"] = s.get("product", 1) * mu
    weighted = (1 - mu) / (1 - s["product"]) * g + following / (1 - s["product"] * following) * s["m"]
    return x - lr * (weighted / (np.sqrt(s["v"]) / (1 - beta2**t) ** 0.5 + o["epsilon"]))


def radam(o, s, x, g, lr, t, decay):
    g = g + decay * x
    beta1, beta2 = o["beta1"], o["beta2"]
    s["m"] = beta1 * s.get("m", 0) + (1 - beta1) * g
    s["v"] = beta2 * s.get("v", 0) + (1 - beta2) * g * g
    limit = 2 / (1 - beta2) - 1
    rho = limit - 2 * t * beta2**t / (1 - beta2**t)
    lr = lr / (1 - beta1**t)
    if rho <= 5:
        return x - lr * s["m"]
    rectified = ((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) ** 0.5
    return x - lr * rectified * (1 - beta2**t) ** 0.5 * (s["m"] / (np.sqrt(s["v"]) + o["epsilon"]))


def rprop(o, s, x, g, lr, t, decay):
    g = g + decay * x
    product = g * s.get("previous", 0)
    factor = np.where(product > 0, o["etas"][1], np.where(product < 0, o["etas"][0], 1)).astype(x.dtype)
    s["size"] = np.clip(s.get("size", lr) * factor, *o["stepSizes"])
    s["previous"] = np.where(product < 0, 0, g)
    return x - np.sign(s["previous"]) * s["size"]


def asgd(o, s, x, g, lr, t, decay):
    g = g + decay * x
    lr = lr / (1 + o["lambda"] * lr * (t - 1)) ** o["alpha"]
    x = x - (o["lambda"] * lr) * x - lr * g
    share = 1 / max(1, t - 1 - o["t0"])
    s["average"] = x if share == 1 else s["average"] + share * (x - s["average"])
    return x


def lion(o, s, x, g, lr, t, decay):
    x = x - (lr * decay) * x
    m = s.get("m", 0)
    s["m"] = o["beta2"] * m + (1 - o["beta2"]) * g
    return x - lr * np.sign(o["beta1"] * m + (1 - o["beta1"]) * g)


def lars(o, s, x, g, lr, t, decay):
    """A tensor with fewer than two dimensions has no trust ratio and no decay: it follows sgd with momentum."""
    if x.ndim >= 2:
        norm, slope = np.linalg.norm(x), np.linalg.norm(g)
        trust = o["trustCoefficient"] * norm / (slope + decay * norm + o["epsilon"]) if norm > 0 and slope > 0 else 1
        g = (trust * (g + decay * x)).astype(x.dtype)
    s["b"] = g if t == 1 else o["momentum"] * s["b"] + g
    return x - lr * s["b"]


def lamb(o, s, x, g, lr, t, decay):
    s["m"] = o["beta1"] * s.get("m", 0) + (1 - o["beta1"]) * g
    s["v"] = o["beta2"] * s.get("v", 0) + (1 - o["beta2"]) * g * g
    u = s["m"] / (1 - o["beta1"] ** t) / (np.sqrt(s["v"] / (1 - o["beta2"] ** t)) + o["epsilon"]) + decay * x
    norm, length = np.linalg.norm(x), np.linalg.norm(u)
    return x - (lr * float(norm / length if norm > 0 and length > 0 else 1)) * u


def adabelief(o, s, x, g, lr, t, decay):
    g = g + decay * x
    s["m"] = o["beta1"] * s.get("m", 0) + (1 - o["beta1"]) * g
    s["v"] = o["beta2"] * s.get("v", 0) + (1 - o["beta2"]) * (g - s["m"]) ** 2 + o["epsilon"]
    root = np.sqrt(s["v"]) / (1 - o["beta2"] ** t) ** 0.5
    return x - lr / (1 - o["beta1"] ** t) * (s["m"] / (root + o["epsilon"]))


def yogi(o, s, x, g, lr, t, decay):
    g = g + decay * x
    start = o["initialAccumulator"]
    s["m"] = o["beta1"] * s.get("m", start) + (1 - o["beta1"]) * g
    v = s.get("v", start)
    s["v"] = v - (1 - o["beta2"]) * np.sign(v - g * g) * (g * g)
    root = np.sqrt(s["v"]) / (1 - o["beta2"] ** t) ** 0.5
    return x - lr / (1 - o["beta1"] ** t) * (s["m"] / (root + o["epsilon"]))


def adan(o, s, x, g, lr, t, decay):
    beta1, beta2, beta3 = o["betas"]
    difference = g - s.get("previous", g)
    s["previous"] = g
    s["m"] = beta1 * s.get("m", 0) + (1 - beta1) * g
    s["v"] = beta2 * s.get("v", 0) + (1 - beta2) * difference
    s["n"] = beta3 * s.get("n", 0) + (1 - beta3) * (g + beta2 * difference) ** 2
    root = np.sqrt(s["n"]) / (1 - beta3**t) ** 0.5 + o["epsilon"]
    x = x - (lr / (1 - beta1**t) * s["m"] + lr * beta2 / (1 - beta2**t) * s["v"]) / root
    return x - (lr * decay / (1 + lr * decay)) * x


def schedule_free_adamw(o, s, x, g, lr, t, decay):
    """Gradients are taken at y, which is what steps; "average" is x."""
    beta1, beta2 = o["beta1"], o["beta2"]
    lr = lr * min(1, t / o["warmupSteps"]) if o["warmupSteps"] else lr
    s["largest"] = max(s.get("largest", 0), lr)
    weight = t ** o["r"] * s["largest"] ** o["weightPower"]
    s["sum"] = s.get("sum", 0) + weight
    share = weight / s["sum"] if s["sum"] > 0 else 0
    s["v"] = beta2 * s.get("v", 0) + (1 - beta2) * g * g
    u = g / (np.sqrt(s["v"]) / (1 - beta2**t) ** 0.5 + o["epsilon"]) + decay * x
    s["z"] = s.get("z", x) - lr * u
    s["average"] = (1 - share) * s.get("average", x) + share * s["z"]
    return (1 - beta1) * s["z"] + beta1 * s["average"]


def prodigy(o, states, xs, gs, lr, t, decays):
    """All tensors at once: they share d, r and k."""
    beta1, beta2, shared = o["beta1"], o["beta2"], states[0]
    d, k, r = shared.get("d", o["d0"]), shared.get("k", 0) + 1, shared.get("r", 0)
    pace = d * lr * ((1 - beta2**k) ** 0.5 / (1 - beta1**k) if o["biasCorrection"] else 1)
    if lr == 0:
        return xs
    for s, x, g in zip(states, xs, gs):
        s.setdefault("start", x)
        s["m"] = beta1 * s.get("m", 0) + d * (1 - beta1) * g
        s["v"] = beta2 * s.get("v", 0) + d * d * (1 - beta2) * g * g
        s["s"] = beta2**0.5 * s.get("s", 0) + d / o["d0"] * (d if o["safeguardWarmup"] else pace) * g
    length = sum(float(np.abs(s["s"]).sum()) for s in states)
    if length == 0:
        return xs
    along = sum(float((g * (s["start"] - x)).sum()) for s, x, g in zip(states, xs, gs))
    r = shared["r"] = beta2**0.5 * r + d / o["d0"] * pace * along
    d = shared["d"] = max(d, o["dCoefficient"] * r / length)
    shared["k"] = k
    return [
        x - (pace * decay) * x - pace * (s["m"] / (np.sqrt(s["v"]) + d * o["epsilon"]))
        for s, x, decay in zip(states, xs, decays)
    ]


def adafactor(o, s, x, g, lr, t, decay):
    share = t ** o["beta2Decay"]
    alpha = max(o["epsilon2"], np.sqrt((x * x).mean())) * min(lr, t**-0.5)
    x = x - (lr * decay) * x
    mean = lambda name, value: s.update({name: s.get(name, 0) + share * (value - s.get(name, 0))}) or s[name]
    if x.ndim > 1:
        rows = mean("rows", (g * g).mean(-1, keepdims=True))
        columns = mean("columns", (g * g).mean(-2, keepdims=True))
        variance = rows * columns / np.maximum(rows.mean(-2, keepdims=True), o["epsilon1"])
    else:
        variance = mean("variance", g * g)
    u = g / np.sqrt(np.maximum(variance, o["epsilon1"] ** 2))
    u = u / max(1, np.sqrt((u * u).mean()) / o["clippingThreshold"])
    return (x - alpha * u).astype(x.dtype)


def orthogonal(u, epsilon):
    """Five Newton-Schulz iterations in the precision of u."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = (u / max(np.linalg.norm(u), epsilon)).astype(u.dtype)
    x = x.T if x.shape[0] > x.shape[1] else x
    for _ in range(5):
        square = x @ x.T
        x = (a * x + (b * square + c * square @ square) @ x).astype(u.dtype)
    return x.T if u.shape[0] > u.shape[1] else x


def muon(o, s, x, g, lr, t, decay):
    """What is no kernel goes to AdamW, at its own rate unless there is one a step. A kernel is [inputs, units]."""
    if x.ndim != 2:
        rest = options({"type": "adamw", **o["adamw"]})
        return adamw(rest, s, x, g, lr if o["rates"] else rest["learningRate"], t, rest["weightDecay"] if decay else 0)
    mu = o["momentum"]
    s["b"] = mu * s.get("b", 0) + (1 - mu) * g
    u = (1 - mu) * g + mu * s["b"] if o["nesterov"] else s["b"]
    wide = max(1, x.shape[1] / x.shape[0]) ** 0.5
    return x - (lr * decay) * x - (lr * wide) * orthogonal(u, o["epsilon"])


MOMENTS = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0}
ADAM = {"learningRate": 1e-3, **MOMENTS, "amsgrad": False, "biasCorrection": True, "epsilonHat": False}

# type: (equation, options with their defaults)
RULES = {
    "sgd": (sgd, {
        "learningRate": 0.01, "momentum": 0, "dampening": 0, "nesterov": False, "weightDecay": 0, "form": "torch",
    }),
    "adagrad": (adagrad, {
        "learningRate": 0.01, "epsilon": 1e-10, "initialAccumulator": 0, "learningRateDecay": 0, "weightDecay": 0,
        "epsilonInside": False,
    }),
    "rmsprop": (rmsprop, {
        "learningRate": 0.01, "rho": 0.99, "epsilon": 1e-8, "momentum": 0, "centered": False, "weightDecay": 0,
        "epsilonInside": False,
    }),
    "adam": (adam, ADAM),
    "adamw": (adamw, {**ADAM, "weightDecay": 0.01}),
    "adadelta": (adadelta, {"learningRate": 1, "rho": 0.9, "epsilon": 1e-6, "weightDecay": 0}),
    "adamax": (adamax, {"learningRate": 2e-3, **MOMENTS}),
    "nadam": (nadam, {"learningRate": 2e-3, **MOMENTS, "momentumDecay": 4e-3}),
    "radam": (radam, {"learningRate": 1e-3, **MOMENTS}),
    "rprop": (rprop, {"learningRate": 0.01, "etas": [0.5, 1.2], "stepSizes": [1e-6, 50], "weightDecay": 0}),
    "asgd": (asgd, {"learningRate": 0.01, "lambda": 1e-4, "alpha": 0.75, "t0": 1e6, "weightDecay": 0}),
    "lion": (lion, {"learningRate": 1e-4, "beta1": 0.9, "beta2": 0.99, "weightDecay": 0}),
    "lars": (lars, {
        "learningRate": 0.1, "momentum": 0.9, "weightDecay": 0, "trustCoefficient": 1e-3, "epsilon": 1e-8,
    }),
    "lamb": (lamb, {"learningRate": 1e-3, **MOMENTS, "epsilon": 1e-6}),
    "adabelief": (adabelief, {"learningRate": 1e-3, **MOMENTS, "epsilon": 1e-16}),
    "yogi": (yogi, {"learningRate": 0.01, **MOMENTS, "epsilon": 1e-3, "initialAccumulator": 1e-6}),
    "adan": (adan, {"learningRate": 1e-3, "betas": [0.98, 0.92, 0.99], "epsilon": 1e-8, "weightDecay": 0}),
    "scheduleFreeAdamW": (schedule_free_adamw, {
        "learningRate": 2.5e-3, **MOMENTS, "warmupSteps": 0, "r": 0, "weightPower": 2,
    }),
    "prodigy": (prodigy, {
        "learningRate": 1, **MOMENTS, "d0": 1e-6, "dCoefficient": 1, "biasCorrection": False, "safeguardWarmup": False,
    }),
    "adafactor": (adafactor, {
        "learningRate": 0.01, "beta2Decay": -0.8, "epsilon1": 2.0**-23, "epsilon2": 1e-3, "clippingThreshold": 1,
        "weightDecay": 0,
    }),
    "muon": (muon, {
        "learningRate": 1e-3, "momentum": 0.95, "nesterov": True, "epsilon": 1e-7, "weightDecay": 0.1, "adamw": {},
    }),
}

# equations that take all tensors at once
WHOLE = {"prodigy"}

TORCH_CLASSES = {
    "sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad, "rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW, "adadelta": torch.optim.Adadelta, "adamax": torch.optim.Adamax, "nadam": torch.optim.NAdam,
    "radam": torch.optim.RAdam, "rprop": torch.optim.Rprop, "asgd": torch.optim.ASGD, "lion": lion_pytorch.Lion,
    "lars": timm.optim.Lars, "adabelief": timm.optim.AdaBelief,
    "adan": timm.optim.Adan, "scheduleFreeAdamW": schedulefree.AdamWScheduleFree,
    "prodigy": prodigyopt.Prodigy, "adafactor": torch.optim.Adafactor, "muon": torch.optim.Muon,
}

# torch iterates in bfloat16, 1.5e-2 off: the same code in the precision of the gradient
iteration = inspect.getsource(torch.optim._muon._zeropower_via_newtonschulz)
assert iteration.count("torch.bfloat16") == 1
exec(iteration.replace("torch.bfloat16", "grad.dtype"), vars(torch.optim._muon))


class Several:
    """Optimizers side by side, as one."""

    def __init__(self, *optimizers):
        self.optimizers = optimizers
        self.param_groups = [group for optimizer in optimizers for group in optimizer.param_groups]

    def step(self):
        for optimizer in self.optimizers:
            optimizer.step()

# what else the class must be told for this form
TORCH_SETTINGS = {"adabelief": {"rectify": False, "decoupled_decay": False}}

# options that only we have, and the value at which the form is torch's
OURS = {"form": "torch", "epsilonInside": False, "biasCorrection": True, "epsilonHat": False}

TORCH_NAMES = {
    "learningRate": "lr", "weightDecay": "weight_decay", "momentum": "momentum", "dampening": "dampening",
    "nesterov": "nesterov", "epsilon": "eps", "initialAccumulator": "initial_accumulator_value",
    "learningRateDecay": "lr_decay", "centered": "centered", "amsgrad": "amsgrad", "momentumDecay": "momentum_decay",
    "etas": "etas", "stepSizes": "step_sizes", "lambda": "lambd", "alpha": "alpha", "t0": "t0",
    "trustCoefficient": "trust_coeff", "betas": "betas", "warmupSteps": "warmup_steps", "r": "r",
    "weightPower": "weight_lr_power", "d0": "d0", "dCoefficient": "d_coef", "safeguardWarmup": "safeguard_warmup",
    "beta2Decay": "beta2_decay", "clippingThreshold": "d",
}


def options(config):
    """The config with all defaults filled in; a name that the rule does not know is an error."""
    defaults = RULES[config["type"]][1]
    given = {k: v for k, v in config.items() if k not in ("type", "excludeFromDecay")}
    assert given.keys() <= defaults.keys(), f"unknown option in {config}"
    return {**defaults, **given}


def torch_class(config):
    """The class with the interface of torch.optim that has this form, or None."""
    o = options(config)
    is_torch_form = config["type"] == "prodigy" or all(o[name] == value for name, value in OURS.items() if name in o)
    return TORCH_CLASSES.get(config["type"]) if is_torch_form else None


def coupled_by_hand(config):
    """λ where the class knows no decay: g + λθ is what it is given as the gradient."""
    return options(config)["weightDecay"] if config["type"] == "rprop" else 0


def reference_name(config):
    """Whose class that is: module, class and version."""
    found = torch_class(config)
    module = found.__module__.split(".")[0]
    home = {"torch": f"torch.optim.{found.__name__} {TORCH}", "timm": f"timm.optim.{found.__name__} {version('timm')}"}
    name = home.get(module) or f"{module}.{found.__name__} {version(module.replace('_', '-'))}"
    if config["type"] == "muon":
        return f"{name} iterating in f64, torch.optim.AdamW {TORCH}"
    return f"{name}, given g + λθ" if coupled_by_hand(config) else name


def torch_optimizer(config, parameters, excluded=()):
    """The torch.optim object for a config; `excluded` are places in `parameters` that do not decay."""
    o = options(config)
    if config["type"] == "muon":
        places = {kernels: [i for i, p in enumerate(parameters) if (p.ndim == 2) == kernels] for kernels in (True, False)}
        settings = {"lr": o["learningRate"], "momentum": o["momentum"], "nesterov": o["nesterov"], "eps": o["epsilon"]}
        groups = [{"params": [parameters[i]], "weight_decay": 0 if i in excluded else o["weightDecay"]} for i in places[True]]
        rest = {"type": "adamw", **o["adamw"]}
        without = [k for k, i in enumerate(places[False]) if i in excluded]
        return Several(
            torch.optim.Muon(groups, **settings), torch_optimizer(rest, [parameters[i] for i in places[False]], without))
    settings = {TORCH_NAMES[k]: v for k, v in o.items() if k in TORCH_NAMES} | TORCH_SETTINGS.get(config["type"], {})
    if "beta1" in o:
        settings["betas"] = (o["beta1"], o["beta2"])
    if "rho" in o:
        settings["alpha" if config["type"] == "rmsprop" else "rho"] = o["rho"]
    if config["type"] == "adafactor":
        settings["eps"] = (o["epsilon1"], o["epsilon2"])
    if config["type"] == "prodigy":
        settings["use_bias_correction"] = o["biasCorrection"]
    if config["type"] == "rprop":
        del settings["weight_decay"]  # torch's has none: see coupled_by_hand
    if config["type"] not in ("lion", "prodigy"):
        settings["foreach"] = False  # the plain loop over tensors

    def group(i, p):
        adapts = config["type"] != "lars" or p.ndim >= 2
        own = {"weight_decay": 0} if (i in excluded or not adapts) and "weight_decay" in settings else {}
        return {"params": [p], **own, **({"always_adapt": adapts} if config["type"] == "lars" else {})}

    return torch_class(config)([group(i, p) for i, p in enumerate(parameters)], **settings)

"""The optimizers: each as its plain equation (numpy, one tensor), and as the object of PyTorch or of a package that follows
its interface (lion-pytorch of Lion's authors, timm) where one has that form. Optax has another interface: peers.py.

`step(o, s, x, g, lr, t, decay)` gives the next x. o: options with all defaults; s: that tensor's state, empty at first, with
"average" where the rule says what to evaluate with; t = 1, 2, ...; decay: weightDecay, 0 for an excluded tensor. The arrays' own precision is kept (f64 for the reference).
"""

from importlib.metadata import version

import lion_pytorch
import numpy as np
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
}

TORCH_CLASSES = {
    "sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad, "rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW, "adadelta": torch.optim.Adadelta, "adamax": torch.optim.Adamax, "nadam": torch.optim.NAdam,
    "radam": torch.optim.RAdam, "rprop": torch.optim.Rprop, "asgd": torch.optim.ASGD, "lion": lion_pytorch.Lion,
    "lars": timm.optim.Lars, "adabelief": timm.optim.AdaBelief,
    "adan": timm.optim.Adan, "scheduleFreeAdamW": schedulefree.AdamWScheduleFree,
}

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
    "weightPower": "weight_lr_power",
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
    is_torch_form = all(o[name] == value for name, value in OURS.items() if name in o)
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
    return f"{name}, given g + λθ" if coupled_by_hand(config) else name


def torch_optimizer(config, parameters, excluded=()):
    """The torch.optim object for a config; `excluded` are places in `parameters` that do not decay."""
    o = options(config)
    settings = {TORCH_NAMES[k]: v for k, v in o.items() if k in TORCH_NAMES} | TORCH_SETTINGS.get(config["type"], {})
    if "beta1" in o:
        settings["betas"] = (o["beta1"], o["beta2"])
    if "rho" in o:
        settings["alpha" if config["type"] == "rmsprop" else "rho"] = o["rho"]
    if config["type"] == "rprop":
        del settings["weight_decay"]  # torch's has none: see coupled_by_hand
    if config["type"] != "lion":
        settings["foreach"] = False  # the plain loop over tensors

    def group(i, p):
        adapts = config["type"] != "lars" or p.ndim >= 2
        own = {"weight_decay": 0} if (i in excluded or not adapts) and "weight_decay" in settings else {}
        return {"params": [p], **own, **({"always_adapt": adapts} if config["type"] == "lars" else {})}

    return torch_class(config)([group(i, p) for i, p in enumerate(parameters)], **settings)

"""The optimizers: each as its plain equation (numpy, one tensor), and as the torch.optim object where torch has that form.

`step(o, s, x, g, lr, t, decay)` gives the next x. o: options with all defaults; s: that tensor's state, empty at first;
t = 1, 2, ...; decay: weightDecay, 0 for an excluded tensor. The arrays' own precision is kept (f64 for the reference).
"""

import numpy as np
import torch


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


ADAM = {
    "learningRate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0,
    "amsgrad": False, "biasCorrection": True, "epsilonHat": False,
}

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
}


def options(config):
    """The config with all defaults filled in; a name that the rule does not know is an error."""
    defaults = RULES[config["type"]][1]
    given = {k: v for k, v in config.items() if k not in ("type", "excludeFromDecay")}
    assert given.keys() <= defaults.keys(), f"unknown option in {config}"
    return {**defaults, **given}


def torch_class(config):
    """The class of torch.optim that has this form, or None."""
    o = options(config)
    kind = config["type"]
    if kind == "sgd":
        return torch.optim.SGD if o["form"] == "torch" else None
    if kind in ("adagrad", "rmsprop"):
        return None if o["epsilonInside"] else {"adagrad": torch.optim.Adagrad, "rmsprop": torch.optim.RMSprop}[kind]
    if kind in ("adam", "adamw"):
        plain = o["biasCorrection"] and not o["epsilonHat"]
        return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind] if plain else None
    return None


def torch_optimizer(config, parameters, excluded=()):
    """The torch.optim object for a config; `excluded` are places in `parameters` that do not decay."""
    o = options(config)
    names = {
        "learningRate": "lr", "weightDecay": "weight_decay", "momentum": "momentum", "dampening": "dampening",
        "nesterov": "nesterov", "epsilon": "eps", "initialAccumulator": "initial_accumulator_value",
        "learningRateDecay": "lr_decay", "rho": "alpha", "centered": "centered", "amsgrad": "amsgrad",
    }
    settings = {names[k]: v for k, v in o.items() if k in names}
    if "beta1" in o:
        settings["betas"] = (o["beta1"], o["beta2"])
    groups = [{"params": [p for i, p in enumerate(parameters) if i not in excluded]}]
    if excluded:
        groups.append({"params": [parameters[i] for i in excluded], "weight_decay": 0})
    return torch_class(config)(groups, foreach=False, **settings)

"""presets.json: the rules in the forms and with the defaults of Keras 3 and Optax, over the inputs of optimizers.json.

Each case is run by the library itself and by a plain equation; what a preset sets must be the library's own default, so
options that a case does not name are not handed to the library.
"""

import inspect
import os
import sys
from types import SimpleNamespace

os.environ["KERAS_BACKEND"] = "jax"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402
import optax.contrib  # noqa: E402

import rules  # noqa: E402
from common import rounded, write  # noqa: E402
from optimizers import (  # noqa: E402
    BOUND, BUMPY, CHECKPOINTS, SHAPES, STEPS, STRETCHES, case, deviation, excluded, gradients, header, rate, start,
)

jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")

# What each library sets otherwise. Where it has no default rate, ours stays.
PRESETS = {
    "keras": {
        "sgd": {"form": "keras"},
        "adagrad": {"learningRate": 1e-3, "epsilon": 1e-7, "initialAccumulator": 0.1, "epsilonInside": True},
        "rmsprop": {"learningRate": 1e-3, "rho": 0.9, "epsilon": 1e-7, "epsilonInside": True},
        "adadelta": {"learningRate": 1e-3, "rho": 0.95, "epsilon": 1e-7},
        "adam": {"epsilon": 1e-7, "epsilonHat": True},
        "adamw": {"epsilon": 1e-7, "epsilonHat": True, "weightDecay": 0.004},
        "adamax": {"learningRate": 1e-3, "epsilon": 1e-7},
        "nadam": {"learningRate": 1e-3, "epsilon": 1e-7, "momentumDecay": 1},
        "lion": {"learningRate": 1e-3},
        "lamb": {"epsilon": 1e-7},
        "muon": {"weightDecay": 0.004, "adamw": {"preset": "keras"}},
        "adafactor": {"learningRate": 1e-3, "epsilon1": 1e-30},
        "scheduleFreeAdamW": {"weightPower": 0},
    },
    "optax": {
        "sgd": {},
        "adagrad": {"epsilon": 1e-7, "initialAccumulator": 0.1, "epsilonInside": True},
        "rmsprop": {"rho": 0.9, "epsilonInside": True},
        "adadelta": {},
        "adam": {},
        "adamw": {"weightDecay": 1e-4},
        "adamax": {},
        "nadam": {"momentumDecay": 1e5},
        "radam": {},
        "lion": {"weightDecay": 1e-3},
        "lars": {"epsilon": 0},
        "lamb": {},
        "adabelief": {},
        "yogi": {},
        "adan": {},
        "prodigy": {"biasCorrection": True},
        "muon": {"weightDecay": 0, "epsilon": 1e-8, "adamw": {"preset": "optax", "weightDecay": 0}},
        "adafactor": {"learningRate": 1, "epsilon1": 1e-30},
        "scheduleFreeAdamW": {},
    },
}


def drawn(c):
    return gradients(c["zero"], c.get("shapes", SHAPES), c.get("steps", STEPS))


def keras_case(kind, name, zero=(), rates=None, **o):
    return case(f"{kind} of Keras, {name}", {"type": kind, "preset": "keras", **o}, rates, zero)


def optax_case(kind, name, zero=(), rates=None, pull=0, **o):
    return case(f"{kind} of Optax, {name}", {"type": kind, "preset": "optax", **o}, rates, zero, pull=pull)


def cases():
    for kind in PRESETS["keras"]:
        if kind in APART:
            continue
        own = {"learningRate": 0.05}
        if kind not in ("sgd", "lion"):
            own["epsilon"] = 0.1
        yield keras_case(kind, "defaults")
        yield keras_case(kind, "large epsilon" if "epsilon" in own else "large rate", **own)
        yield keras_case(kind, "large weight decay, second tensor excluded", **own, weightDecay=0.2, excludeFromDecay=["1"])
        yield keras_case(kind, "rate bumpy, weight decay, zero gradients", STRETCHES, BUMPY, weightDecay=0.1)
    momentum = {"momentum": 0.9, "rates": BUMPY}
    yield keras_case("sgd", "momentum, rate bumpy, weight decay", **momentum, weightDecay=0.2)
    yield keras_case("sgd", "Nesterov, rate bumpy", **momentum, nesterov=True)
    yield keras_case("rmsprop", "momentum, rate bumpy, weight decay", **momentum, epsilon=0.01, weightDecay=0.2)
    yield keras_case("rmsprop", "centered", centered=True, epsilon=0.1)
    yield keras_case("rmsprop", "centered, momentum, rate bumpy", **momentum, centered=True, epsilon=0.1)
    yield keras_case("adam", "AMSGrad, large epsilon", learningRate=0.05, beta2=0.9, amsgrad=True, epsilon=0.1)
    yield keras_case("adagrad", "an initial accumulator that is given", initialAccumulator=0.5, learningRate=0.1)
    for kind in PRESETS["optax"]:
        if kind in APART:
            continue
        own = {"learningRate": 0.05}
        if kind not in ("sgd", "lion"):
            own["epsilon"] = 0.1
        yield optax_case(kind, "defaults")
        yield optax_case(kind, "large epsilon" if "epsilon" in own else "large rate", **own)
        yield optax_case(kind, "rate bumpy, zero gradients", STRETCHES, BUMPY)
    for kind in ("adamw", "lion", "lamb", "lars"):
        yield optax_case(kind, "large weight decay, second tensor excluded", learningRate=0.05, weightDecay=0.2,
                         excludeFromDecay=["1"])
    yield optax_case("sgd", "Nesterov, rate bumpy", **momentum, nesterov=True)
    yield optax_case("rmsprop", "momentum, rate bumpy", **momentum, epsilon=0.01)
    yield optax_case("rmsprop", "centered, momentum, rate bumpy", **momentum, centered=True, epsilon=0.1)
    yield optax_case("rmsprop", "epsilon beside the root", epsilonInside=False, epsilon=0.1)
    yield optax_case("adam", "AMSGrad, large epsilon", learningRate=0.05, beta2=0.9, amsgrad=True, epsilon=0.1)
    yield optax_case("adam", "AMSGrad, rate bumpy, zero gradients", STRETCHES, BUMPY, beta2=0.99, amsgrad=True)
    yield optax_case("radam", "beta2 0.95, large epsilon", learningRate=0.05, beta2=0.95, epsilon=0.5)
    yield optax_case("lars", "no momentum, large trust", momentum=0, trustCoefficient=0.1, weightDecay=0.1)


    yield optax_case("adan", "defaults")
    yield optax_case("adan", "large rate, other betas", learningRate=0.05, betas=[0.9, 0.7, 0.95])
    yield optax_case("adan", "large epsilon, rate bumpy", rates=BUMPY, epsilon=0.1)
    yield optax_case("adan", "large weight decay, second tensor excluded", learningRate=0.05, weightDecay=0.5,
                     excludeFromDecay=["1"])
    yield optax_case("adan", "weight decay, zero gradients", STRETCHES, learningRate=0.05, weightDecay=0.1)
    yield optax_case("prodigy", "defaults")
    yield optax_case("prodigy", "larger d0, towards zero", d0=1e-3, pull=1)
    yield optax_case("prodigy", "large d0, other betas", beta1=0.8, beta2=0.95, d0=0.02)
    yield optax_case("prodigy", "twice the estimate, weight decay, towards zero", dCoefficient=2, d0=1e-2, pull=0.5,
                     weightDecay=0.3, epsilon=0.1)
    yield optax_case("prodigy", "safeguard, rate bumpy, towards zero", rates=BUMPY, safeguardWarmup=True, d0=1e-2, pull=1)
    for preset, make in (("keras", keras_case), ("optax", optax_case)):
        rest = {"preset": preset, "learningRate": 0.02}
        yield make("muon", "defaults")
        yield make("muon", "other momentum, no decay", learningRate=0.02, momentum=0.7, weightDecay=0,
                   adamw={**rest, "weightDecay": 0})
        yield make("muon", "no Nesterov, large weight decay", learningRate=0.02, weightDecay=0.5, nesterov=False,
                   adamw={**rest, "weightDecay": 0.3})
        yield make("muon", "rate bumpy, zero gradients", STRETCHES, BUMPY)
    yield keras_case("muon", "large weight decay, second tensor excluded", learningRate=0.02, weightDecay=0.5,
                     adamw={"preset": "keras", "learningRate": 0.02, "weightDecay": 0.3}, excludeFromDecay=["1"])
    for nesterov in (True, False):
        yield optax_case("muon", f"large epsilon, Nesterov {nesterov}", learningRate=0.02, epsilon=4, nesterov=nesterov,
                         adamw={"preset": "optax", "learningRate": 0.02, "weightDecay": 0, "epsilon": 4})
    for preset, make in (("keras", keras_case), ("optax", optax_case)):
        yield make("adafactor", "defaults")
        yield make("adafactor", "large epsilons", learningRate=0.02, epsilon1=0.1, epsilon2=1)
        yield make("adafactor", "large rate, slow squares, larger updates", learningRate=0.2, beta2Decay=-0.5,
                   clippingThreshold=1.5)
        yield make("adafactor", "large weight decay, second tensor excluded", learningRate=0.02, weightDecay=0.02,
                   excludeFromDecay=["1"])
        yield make("adafactor", "rate bumpy, zero gradients", STRETCHES, BUMPY)
        yield make("scheduleFreeAdamW", "defaults")
        yield make("scheduleFreeAdamW", "warm-up, other betas, large epsilon", learningRate=0.05, warmupSteps=30, beta1=0.8,
                   beta2=0.95, epsilon=0.1)
        yield make("scheduleFreeAdamW", "large weight decay, short warm-up, zero gradients", STRETCHES, learningRate=0.05,
                   warmupSteps=3, weightDecay=0.2)
    yield keras_case("scheduleFreeAdamW", "rate bumpy, weight decay, second tensor excluded", rates=BUMPY, weightDecay=0.5,
                     excludeFromDecay=["1"])
    # Optax' takes one rate for all updates.
    yield optax_case("scheduleFreeAdamW", "weights by the rate, not its square", learningRate=0.05, warmupSteps=50,
                     weightPower=1)


# rules with options of their own, whose cases are listed one by one
APART = {"adan", "prodigy", "muon", "adafactor", "scheduleFreeAdamW"}
CASES = list(cases())

# Optax takes a kernel's squares apart from 128 rows and columns on: few steps, of which some numbers are stored.
LARGE = {"shapes": [[127, 129], [128, 129], [129, 128]], "steps": 8}
EVERY = 1009
LARGE_CASES = [
    {**make("adafactor", "kernels of 127 to 129 rows and columns", learningRate=0.02), **LARGE}
    for make in (keras_case, optax_case)
]


# ---- by equation -----------------------------------------------------------------------------------------------------


def rmsprop(o, s, x, g, lr, t, decay):
    """The rate in the momentum buffer."""
    s["v"] = o["rho"] * s.get("v", 0) + (1 - o["rho"]) * g * g
    variance = s["v"]
    if o["centered"]:
        s["mean"] = o["rho"] * s.get("mean", 0) + (1 - o["rho"]) * g
        variance = variance - s["mean"] ** 2
    s["b"] = o["momentum"] * s.get("b", 0) + lr * (g / rules.denominator(variance, o))
    return x - s["b"]


def keras_adamax(o, s, x, g, lr, t, decay):
    s["m"] = o["beta1"] * s.get("m", 0) + (1 - o["beta1"]) * g
    s["u"] = np.maximum(o["beta2"] * s.get("u", 0), np.abs(g))
    return x - lr / (1 - o["beta1"] ** t) * (s["m"] / (s["u"] + o["epsilon"]))


def optax_adam(o, s, x, g, lr, t, decay):
    """AMSGrad's maximum over the corrected v."""
    if not o["amsgrad"]:
        return rules.adam(o, s, x, g, lr, t, decay)
    s["m"] = o["beta1"] * s.get("m", 0) + (1 - o["beta1"]) * g
    s["v"] = o["beta2"] * s.get("v", 0) + (1 - o["beta2"]) * g * g
    s["max"] = np.maximum(s.get("max", 0), s["v"] / (1 - o["beta2"] ** t))
    return x - lr / (1 - o["beta1"] ** t) * (s["m"] / (np.sqrt(s["max"]) + o["epsilon"]))


def optax_radam(o, s, x, g, lr, t, decay):
    """ε beside the root of the corrected v."""
    corrected = {**o, "epsilon": o["epsilon"] * (1 - o["beta2"] ** t) ** 0.5}
    return rules.radam(corrected, s, x, g, lr, t, decay)


def optax_lars(o, s, x, g, lr, t, decay):
    g = g + decay * x
    norm, slope = np.linalg.norm(x), np.linalg.norm(g)
    trust = o["trustCoefficient"] * norm / (slope + o["epsilon"]) if norm > 0 and slope > 0 else 1
    s["b"] = (o["momentum"] * s.get("b", 0) + lr * trust * g).astype(x.dtype)
    return x - s["b"]


def optax_adan(o, s, x, g, lr, t, decay):
    """δ counts for 1 − β₂, and 1e-8 stands in the root too."""
    beta1, beta2, beta3 = o["betas"]
    difference = g - s.get("previous", g)
    s["previous"] = g
    s["m"] = beta1 * s.get("m", 0) + (1 - beta1) * g
    s["v"] = beta2 * s.get("v", 0) + (1 - beta2) * difference
    s["n"] = beta3 * s.get("n", 0) + (1 - beta3) * (g + (1 - beta2) * difference) ** 2
    root = np.sqrt(s["n"] / (1 - beta3**t) + 1e-8) + o["epsilon"]
    u = (s["m"] / (1 - beta1**t) + (1 - beta2) / (1 - beta2**t) * s["v"]) / root
    return x - (lr * decay) * x - lr * u


def muon(o, s, x, g, lr, t, decay):
    """ε added to the length. Keras: no 1 − μ, and the larger side. Optax: Nesterov's two terms each corrected."""
    preset = o["preset"]
    if x.ndim != 2:
        rest = options({"type": "adamw", **o["adamw"]})
        return rules.adamw(rest, s, x, g, lr if o["rates"] else rest["learningRate"], t, decay)
    mu = o["momentum"]
    if preset == "keras":
        s["b"] = mu * s.get("b", 0) + g
        u, factor = mu * s["b"] + g if o["nesterov"] else s["b"], 0.2 * max(x.shape) ** 0.5
    else:
        s["b"] = mu * s.get("b", 0) + (1 - mu) * g
        ahead = mu * s["b"] / (1 - mu ** (t + 1)) + (1 - mu) * g / (1 - mu**t)
        u, factor = ahead if o["nesterov"] else s["b"] / (1 - mu**t), max(1, x.shape[1] / x.shape[0]) ** 0.5
    x = x - (lr * decay) * x
    return x - (lr * factor) * rules.orthogonal(u / (np.linalg.norm(u) + o["epsilon"]), 1)


def adafactor(o, s, x, g, lr, t, decay):
    """ε₁ added to the squares, and nothing else under the roots. Optax: no bound on the rate, none of it in the decay."""
    optax_form, share = o["preset"] == "optax", t ** o["beta2Decay"]
    alpha = max(o["epsilon2"], np.sqrt((x * x).mean())) * (lr if optax_form else min(lr, t**-0.5))
    squares = g * g + o["epsilon1"]
    mean = lambda name, value: s.update({name: s.get(name, 0) + share * (value - s.get(name, 0))}) or s[name]
    if x.ndim == 2 and (not optax_form or min(x.shape) >= 128):
        rows = mean("rows", squares.mean(1, keepdims=True))
        variance = rows / rows.mean() * mean("columns", squares.mean(0, keepdims=True))
    else:
        variance = mean("variance", squares)
    u = g / np.sqrt(variance)
    u = u / max(1, np.sqrt((u * u).mean()) / o["clippingThreshold"])
    return (x - alpha * u - decay * x).astype(x.dtype)


def schedule_free_adamw(o, s, x, g, lr, t, decay):
    """Keras: z knows nothing of the decay, and the average is that of all z. Optax: the warm-up begins at 0."""
    beta1, beta2, warm, behind = o["beta1"], o["beta2"], o["warmupSteps"] or 1, int(o["preset"] == "optax")
    z = s.get("z", s["before"])
    mean = (x - (1 - beta1) * z) / beta1
    weight = (lr * min(1, t / warm)) ** o["weightPower"]
    s["sum"] = s.get("sum", 0) + weight
    s["v"] = beta2 * s.get("v", 0) + (1 - beta2) * g * g
    u = g / (np.sqrt(s["v"] / (1 - beta2**t)) + o["epsilon"]) + decay * x
    s["z"] = z - lr * min(1, (t - behind) / warm if o["warmupSteps"] else 1) * u
    s["average"] = mean + weight / s["sum"] * (s["z"] - mean)
    return (1 - beta1) * s["z"] + beta1 * s["average"]


EQUATIONS = {
    "keras": {"rmsprop": rmsprop, "adamax": keras_adamax, "muon": muon, "adafactor": adafactor,
              "scheduleFreeAdamW": schedule_free_adamw},
    "optax": {"rmsprop": rmsprop, "adam": optax_adam, "radam": optax_radam, "muon": muon, "lars": optax_lars, "adan": optax_adan,
              "adafactor": adafactor, "scheduleFreeAdamW": schedule_free_adamw},
}


def options(config):
    own = {k: v for k, v in config.items() if k != "preset"}
    return rules.options({"type": config["type"], **PRESETS[config["preset"]][config["type"]], **own})


def path_by_equation(c, dtype=np.float64, averages=None):
    """`averages` gets the tensors to evaluate with, where the rule says so."""
    config = c["optimizer"]
    kind, preset, o = config["type"], config["preset"], options(config)
    step = EQUATIONS[preset].get(kind) or rules.RULES[kind][0]
    o |= {"preset": preset, "rates": c["rates"]}
    x = [a.astype(dtype) for a in start(c)]
    decays = [o["weightDecay"]] * len(x)
    if kind == "muon":
        rest = options({"type": "adamw", **o["adamw"]})
        decays = [o["weightDecay"] if a.ndim == 2 else rest["weightDecay"] for a in x]
    state = [{} for _ in x]
    yield x
    for t, g in enumerate(drawn(c), 1):
        lr = c["rates"][t - 1] if c["rates"] else o["learningRate"]
        decay = [0 if i in excluded(c) else decays[i] for i in range(len(x))]
        for s, a in zip(state, x):
            s["before"] = a
        if preset == "keras":
            x = [a - (lr * d) * a for a, d in zip(x, decay)]
            decay = [0] * len(x)
        g = [(b + c["pull"] * a).astype(dtype) for a, b in zip(x, g)]
        if kind in rules.WHOLE:
            x = step(o, state, x, g, lr, t, decay)
        else:
            x = [step(o, state[i], x[i], g[i], lr, t, decay[i]) for i in range(len(x))]
        assert all(a.dtype == dtype for a in x)
        if averages is not None and "average" in state[0]:
            averages.append([s["average"] for s in state])
        yield x


# ---- by the libraries ------------------------------------------------------------------------------------------------

# Keras' norm along two axes is of 32 bits, whatever it is given: that of JAX in its place, for Muon alone.
muon_module = sys.modules["keras.src.optimizers.muon"]
muon_module.ops = SimpleNamespace(**{
    **vars(muon_module.ops), "norm": lambda x, axis, keepdims: jnp.linalg.norm(jnp.array(x), axis=axis, keepdims=keepdims),
})
# And so are its means.
adafactor_module = sys.modules["keras.src.optimizers.adafactor"]
adafactor_module.ops = SimpleNamespace(**{
    **vars(adafactor_module.ops), "mean": lambda x, axis=None, keepdims=False: jnp.mean(jnp.array(x), axis, keepdims=keepdims),
})

KERAS_CLASSES = {
    "sgd": keras.optimizers.SGD, "adagrad": keras.optimizers.Adagrad, "rmsprop": keras.optimizers.RMSprop,
    "adadelta": keras.optimizers.Adadelta, "adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW,
    "adamax": keras.optimizers.Adamax, "nadam": keras.optimizers.Nadam, "lion": keras.optimizers.Lion,
    "lamb": keras.optimizers.Lamb, "muon": keras.optimizers.Muon, "adafactor": keras.optimizers.Adafactor,
    "scheduleFreeAdamW": keras.optimizers.ScheduleFreeAdamW,
}
KERAS_NAMES = {
    "learningRate": "learning_rate", "weightDecay": "weight_decay", "beta1": "beta_1", "beta2": "beta_2",
    "initialAccumulator": "initial_accumulator_value", "beta2Decay": "beta_2_decay", "epsilon1": "epsilon_1",
    "epsilon2": "epsilon_2", "clippingThreshold": "clip_threshold", "warmupSteps": "warmup_steps",
}
OPTAX_NAMES = {
    "learningRate": "learning_rate", "weightDecay": "weight_decay", "beta1": "b1", "beta2": "b2", "epsilon": "eps",
    "initialAccumulator": "initial_accumulator_value", "epsilonInside": "eps_in_sqrt",
    "trustCoefficient": "trust_coefficient", "d0": "estim_lr0", "dCoefficient": "estim_lr_coef",
    "safeguardWarmup": "safeguard_warmup", "beta2Decay": "decay_rate", "epsilon1": "eps",
    "clippingThreshold": "clipping_threshold", "warmupSteps": "warmup_steps", "weightPower": "weight_lr_power",
}
OPTAX_WORDS = {"scheduleFreeAdamW": "schedule_free_adamw"}


def given(config, names):
    own = {k: v for k, v in config.items() if k not in ("type", "preset", "excludeFromDecay", "amsgrad", "adamw")}
    if "adamw" in config:
        own["adam_weight_decay"] = config["adamw"]["weightDecay"]
    return {names.get(k, k): v for k, v in own.items()}


def path_by_keras(c, averages=None):
    config = c["optimizer"]
    settings = given(config, KERAS_NAMES)
    if config.get("amsgrad"):
        settings["amsgrad"] = True
    optimizer = KERAS_CLASSES[config["type"]](**settings)
    x = [keras.Variable(a, dtype="float64", name=f"tensor{i}") for i, a in enumerate(start(c))]
    optimizer.build(x)
    if excluded(c):
        optimizer.exclude_from_weight_decay(var_list=[x[i] for i in excluded(c)])
    yield [np.asarray(a) for a in x]
    for t, g in enumerate(drawn(c), 1):
        if c["rates"]:
            optimizer.learning_rate = rate(c, t)
        optimizer.apply([jnp.asarray(b) for b in g], x)
        if averages is not None and config["type"] == "scheduleFreeAdamW":
            beta1, moving = optimizer.beta_1, optimizer._momentums
            averages.append([(np.asarray(y) - (1 - beta1) * np.asarray(z)) / beta1 for y, z in zip(x, moving)])
        yield [np.asarray(a) for a in x]


def optax_factory(kind):
    return getattr(optax, kind, None) or getattr(optax.contrib, kind)


# Optax forms Adafactor's share in 32 bits, whatever it is given: in 64 here.
factorized = sys.modules["optax._src.factorized"]
alias = sys.modules["optax._src.alias"]
alias.factorized = SimpleNamespace(
    scale_by_factored_rms=lambda *rest: factorized.scale_by_factored_rms(
        *rest, decay_rate_fn=lambda i, exponent: 1 - jnp.array(i + 1, jnp.float64) ** -exponent)
)
EPSILON2 = [1e-3]
alias.transform = SimpleNamespace(**{
    **vars(alias.transform), "scale_by_param_block_rms": lambda: optax.scale_by_param_block_rms(EPSILON2[0]),
})


# So is the warm-up of its schedule-free AdamW.
schedule_free = sys.modules["optax.contrib._schedule_free"]


def warmup_in_f64(**settings):
    schedule = optax.warmup_constant_schedule(**settings)
    return lambda count: schedule(jnp.asarray(count, jnp.float64))


schedule_free._schedule = SimpleNamespace(warmup_constant_schedule=warmup_in_f64)


def adafactor_settings(settings):
    """By its own names; ε₂ it does not let anybody choose."""
    EPSILON2[0] = settings.pop("epsilon2", 1e-3)
    if "decay_rate" in settings:
        settings["decay_rate"] = -settings["decay_rate"]
    if "weight_decay" in settings:
        settings["weight_decay_rate"] = settings.pop("weight_decay")
    return settings


def optax_name(config):
    return "amsgrad" if config.get("amsgrad") else OPTAX_WORDS.get(config["type"], config["type"])


def path_by_optax(c, averages=None):
    config = c["optimizer"]
    kind = optax_name(config)
    make, settings = optax_factory(kind), given(config, OPTAX_NAMES)
    if kind == "muon" and "momentum" in settings:
        settings["beta"] = settings.pop("momentum")
    if kind == "prodigy":
        settings["betas"] = (settings.pop("b1", 0.9), settings.pop("b2", 0.999))
    if kind == "adan" and "betas" in settings:
        settings["b1"], settings["b2"], settings["b3"] = settings.pop("betas")
    if kind == "rmsprop":
        settings = {"decay" if k == "rho" else k: v for k, v in settings.items()}
    if kind == "adabelief" and "eps" in settings:
        settings["eps_root"] = settings["eps"]
    if kind == "adafactor":
        settings = adafactor_settings(settings)
    else:
        # Optax has no default rates: ours.
        settings.setdefault("learning_rate", options(config)["learningRate"])
    if c["rates"]:
        settings["learning_rate"] = lambda count: jnp.asarray(c["rates"])[count]
    if excluded(c):
        known = inspect.signature(make).parameters
        mask = "weight_decay_mask" if "weight_decay_mask" in known else "mask"
        settings[mask] = [i not in excluded(c) for i in range(len(SHAPES))]
    if kind == "muon" and options(config)["nesterov"]:
        # Its Adam would look ahead as well; ours is `adamw` as Optax has it by itself.
        rest = {k: v for k, v in settings.items() if k in ("learning_rate", "eps")}
        adamw = optax.adamw(**rest, weight_decay=settings.pop("adam_weight_decay", 0))
        labels = ["muon" if len(shape) == 2 else "adamw" for shape in SHAPES]
        optimizer = optax.partition({"muon": make(**settings), "adamw": adamw}, labels)
    else:
        optimizer = make(**settings)
    x = [jnp.asarray(a) for a in start(c)]
    state = optimizer.init(x)
    # Muon's iteration takes seconds a step unless it is compiled.
    update = jax.jit(optimizer.update) if kind == "muon" else optimizer.update
    yield [np.asarray(a) for a in x]
    for g in drawn(c):
        changes, state = update([jnp.asarray(b) + c["pull"] * a for a, b in zip(x, g)], state, x)
        x = optax.apply_updates(x, changes)
        if averages is not None and kind == "schedule_free_adamw":
            averages.append([np.asarray(a) for a in optax.contrib.schedule_free_eval_params(state, x)])
        yield [np.asarray(a) for a in x]


def reference(c, averages=None):
    config, own, found = c["optimizer"], [], []
    if config["preset"] == "keras":
        who, path = f"keras.optimizers.{KERAS_CLASSES[config['type']].__name__} {keras.__version__}", path_by_keras(c, found)
        who += ", its norm in f64" if config["type"] == "muon" else ""
    else:
        name = optax_name(config)
        home = "optax" if hasattr(optax, name) else "optax.contrib"
        rest = ", optax.adamw for the rest" if name == "muon" and options(config)["nesterov"] else ""
        who, path = f"{home}.{name} {optax.__version__}{rest}", path_by_optax(c, found)
    path = list(path)
    difference = deviation(list(path_by_equation(c, averages=own)), path)
    assert difference < 1e-12, f"{c['name']}: equation and {who} differ by {difference}"
    assert len(found) == len(own) and (not own or deviation(own, found) < 1e-12), c["name"]
    if averages is not None:
        averages.extend(found)
    return who, path


def stored(c):
    averages = []
    who, path = reference(c, averages)
    largest = [[max(np.abs(x[i]).max() for x in path[: t + 1]) for i in range(len(SHAPES))] for t in CHECKPOINTS]
    item = {
        "name": c["name"], "reference": who, "optimizer": c["optimizer"], "learningRates": c["rates"],
        "zeroGradients": c["zero"], "parameters": rounded([[x.ravel() for x in path[t]] for t in CHECKPOINTS]),
        "largest": rounded(largest),
    }
    if averages:
        item["evaluation"] = rounded([[a.ravel() for a in averages[t - 1]] for t in CHECKPOINTS])
    return {**item, "pull": c["pull"]} if c["pull"] else item


def stored_large(c):
    """Some numbers of each tensor after the last step."""
    who, path = reference(c)
    largest = [max(np.abs(x[i]).max() for x in path) for i in range(len(path[0]))]
    return {
        "name": c["name"], "reference": who, "optimizer": c["optimizer"], "shapes": c["shapes"], "steps": c["steps"],
        "every": EVERY, "parameters": rounded([x.ravel()[::EVERY] for x in path[-1]]), "largest": rounded(largest),
    }


def make():
    about = "The rules as Keras and Optax have them, over the inputs of optimizers.json; see README.md"
    write("presets.json", {**header(about), "keras": keras.__version__, "optax": optax.__version__},
          cases=[stored(c) for c in CASES], large=[stored_large(c) for c in LARGE_CASES])


def check():
    """Prints how far f32 is from the reference: here a loop may stray twice as far, since decays of 1e-7 fall below its last place."""
    for c in [*CASES, *LARGE_CASES]:
        who, path = reference(c)
        found = deviation(list(path_by_equation(c, np.float32)), path)
        assert found <= (2e-3 if c["optimizer"]["type"] == "prodigy" else 2 * BOUND), f"{c['name']}: {found}"
        print(f"{c['name']:70} {found:.1e}  {who}")

"""wrappers.json: rules inside one another, over the same tensors and gradients as optimizers.json.

Each case is run twice: by plain loops around the equations of rules.py, and by the packages: torch optimizers one after the
other (switchAt) or side by side (perParameter), torch's AveragedModel (ema), optax.lookahead. Where torch, Optax and Keras have
the same wrapper, a case says in `by` who makes the reference.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"

import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from common import TORCH, rounded, write
from optimizers import BUMPY, CHECKPOINTS, SHAPES, STEPS, STRETCHES, case, deviation, gradients, header, start
from peers import VERSION
from rules import RULES, options, reference_name, torch_optimizer

keras.config.set_floatx("float64")

SGD = {"type": "sgd", "learningRate": 0.05, "momentum": 0.9}
ADAM = {"type": "adam", "learningRate": 0.05}
ADAMW = {"type": "adamw", "learningRate": 0.05, "weightDecay": 0.2}
LION = {"type": "lion", "learningRate": 0.01, "weightDecay": 0.2}
KERAS_ADAM = {"type": "adam", "learningRate": 0.05, "epsilon": 1e-7, "epsilonHat": True}
KERAS_SGD = {"type": "sgd", "learningRate": 0.05, "momentum": 0.9, "form": "keras"}
RMSPROP = {"type": "rmsprop", "learningRate": 0.01, "momentum": 0.5}


def lookahead(inner, k=5, alpha=0.5):
    return {"type": "lookahead", "optimizer": inner, "k": k, "alpha": alpha}


def ema(inner, decay=0.999):
    return {"type": "ema", "optimizer": inner, "decay": decay}


def switch_at(step, first, second):
    return {"type": "switchAt", "step": step, "first": first, "second": second}


def per_parameter(*rules):
    return {"type": "perParameter", "rules": [list(rule) for rule in rules]}


CASES = [
    case("lookahead of sgd with momentum", lookahead(SGD)),
    case("lookahead of adam, k 3, alpha 0.8", lookahead(ADAM, 3, 0.8)),
    case("lookahead of adamw, k 7, alpha 0.25", lookahead(ADAMW, 7, 0.25)),
    case("lookahead of sgd with momentum, rate bumpy, stretches of zero gradients", lookahead(SGD, 4), BUMPY, STRETCHES),
    case("ema of sgd with momentum", ema(SGD)),
    case("ema of adamw, decay 0.9", ema(ADAMW, 0.9)),
    case("ema of lion, decay 0.5, rate bumpy", ema(LION, 0.5), BUMPY),
    case("adam, then sgd with momentum after 60 updates", switch_at(60, ADAM, SGD)),
    case("sgd with momentum, then adamw after 1 update", switch_at(1, SGD, ADAMW)),
    case("rmsprop, then adam after 30, then lion after 120", switch_at(30, RMSPROP, switch_at(90, ADAM, LION))),
    case("one rule for each tensor: adamw, sgd, rmsprop", per_parameter(("0", ADAMW), ("1", SGD), ("2", RMSPROP))),
    case("adam at three rates", per_parameter(("0", {**ADAM, "learningRate": 0.01}), ("1", ADAM),
                                              ("2", {**ADAM, "learningRate": 0.2}))),
    case("the first rule that fits: lion for the kernel, adam for the rest", per_parameter(("0", LION), ("*", ADAM))),
    case("lookahead of one rule for each tensor", lookahead(per_parameter(("0", ADAMW), ("*", SGD)))),
    case("one wrapper for each tensor", per_parameter(("1", switch_at(50, ADAM, SGD)), ("*", lookahead(ADAMW, 3)))),
    case("ema of lookahead of adam, decay 0.8", ema(lookahead(ADAM), 0.8)),
    case("ema of adam, then sgd after 100 updates", ema(switch_at(100, ADAM, SGD), 0.95)),
    # with what Keras has by default
    {**case("ema of Keras' adam", ema(KERAS_ADAM, 0.99)), "by": "keras"},
    {**case("ema of Keras' sgd with momentum, decay 0.8, rate bumpy", ema(KERAS_SGD, 0.8), BUMPY), "by": "keras"},
    {**case("one rule for each tensor by Keras: adam, sgd", per_parameter(("1", KERAS_ADAM), ("*", KERAS_SGD))), "by": "keras"},
    {**case("ema of adam by Optax, decay 0.95", ema(ADAM, 0.95)), "by": "optax"},
    {**case("one rule for each tensor by Optax: adamw, sgd, adam", per_parameter(("0", ADAMW), ("1", SGD), ("2", ADAM))),
     "by": "optax"},
]


def places(rules, tensors):
    """For each rule the tensors that it trains: the first rule whose pattern fits."""
    chosen = [next(r for r, (pattern, _) in enumerate(rules) if pattern in ("*", str(i))) for i in tensors]
    return [[i for i, r in zip(tensors, chosen) if r == number] for number in range(len(rules))]


class Plain:
    """A rule by its equation for some of the tensors; `step(x, g, lr)` replaces those of x, lr is None or overrides."""

    def __init__(self, config, x, tensors):
        self.config, self.options, self.tensors = config, options(config), tensors
        self.state, self.t = {i: {} for i in tensors}, 0

    def step(self, x, g, lr):
        self.t += 1
        update = RULES[self.config["type"]][0]
        for i in self.tensors:
            lr_now = self.options["learningRate"] if lr is None else lr
            x[i] = update(self.options, self.state[i], x[i], g[i], lr_now, self.t, self.options["weightDecay"])

    def evaluation(self, x):
        return {i: x[i] for i in self.tensors}


class PlainLookahead:
    def __init__(self, config, x, tensors):
        self.k, self.alpha, self.t = config["k"], config["alpha"], 0
        self.inner = plain(config["optimizer"], x, tensors)
        self.slow = {i: x[i] for i in tensors}

    def step(self, x, g, lr):
        self.t += 1
        self.inner.step(x, g, lr)
        if self.t % self.k == 0:
            for i, slow in self.slow.items():
                x[i] = self.slow[i] = slow + self.alpha * (x[i] - slow)

    def evaluation(self, x):
        return self.slow


class PlainEma:
    """The average begins as the tensors after the first update."""

    def __init__(self, config, x, tensors):
        self.decay, self.tensors, self.mean = config["decay"], tensors, None
        self.inner = plain(config["optimizer"], x, tensors)

    def step(self, x, g, lr):
        self.inner.step(x, g, lr)
        before = self.mean or x
        self.mean = {i: self.decay * before[i] + (1 - self.decay) * x[i] for i in self.tensors}

    def evaluation(self, x):
        return self.mean


class PlainSwitch:
    """The second rule begins with its own first step."""

    def __init__(self, config, x, tensors):
        self.config, self.tensors, self.t = config, tensors, 0
        self.now = plain(config["first"], x, tensors)

    def step(self, x, g, lr):
        if self.t == self.config["step"]:
            self.now = plain(self.config["second"], x, self.tensors)
        self.t += 1
        self.now.step(x, g, lr)

    def evaluation(self, x):
        return self.now.evaluation(x)


class PlainParts:
    def __init__(self, config, x, tensors):
        self.parts = [
            plain(inner, x, of) for (_, inner), of in zip(config["rules"], places(config["rules"], tensors)) if of
        ]

    def step(self, x, g, lr):
        for part in self.parts:
            part.step(x, g, lr)

    def evaluation(self, x):
        return {i: a for part in self.parts for i, a in part.evaluation(x).items()}


WRAPPERS = {"lookahead": PlainLookahead, "ema": PlainEma, "switchAt": PlainSwitch, "perParameter": PlainParts}


def plain(config, x, tensors):
    return WRAPPERS.get(config["type"], Plain)(config, x, tensors)


def path_by_equation(c, dtype=np.float64):
    """[(tensors, evaluation tensors)] after 0, 1, ... STEPS steps."""
    x = [a.astype(dtype) for a in start(c)]
    rule = plain(c["optimizer"], x, range(len(x)))
    yield list(x), list(x)
    for t, g in enumerate(gradients(c["zero"])):
        rule.step(x, [a.astype(dtype) for a in g], c["rates"] and c["rates"][t])
        assert all(a.dtype == dtype for a in x)
        averaged = rule.evaluation(x)
        yield list(x), [averaged[i] for i in range(len(x))]


# ---- by the packages -------------------------------------------------------------------------------------------------


class Tensors(torch.nn.Module):
    def __init__(self, values):
        super().__init__()
        self.list = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(a)) for a in values])

    def values(self):
        return [p.detach().numpy().copy() for p in self.list]


def torch_stages(config):
    """[(first update, [(tensors, config)])]: which torch optimizers work from when on, or None where others are needed."""
    match config["type"]:
        case "switchAt":
            first, second = torch_stages(config["first"]), torch_stages(config["second"])
            return first and second and [*first, *((config["step"] + at, parts) for at, parts in second)]
        case "perParameter":
            of = places(config["rules"], range(len(SHAPES)))
            parts = [(tensors, inner) for tensors, (_, inner) in zip(of, config["rules"])]
            return None if any(inner["type"] in WRAPPERS for _, inner in parts) else [(0, parts)]
        case "lookahead" | "ema":
            return None
    return [(0, [(list(range(len(SHAPES))), config)])]


def in_groups(optimizers):
    """Optimizers of one class become one with the parameter groups of all."""
    if len({type(optimizer) for optimizer in optimizers}) > 1:
        return optimizers
    first, *others = optimizers
    for other in others:
        for group in other.param_groups:
            first.add_param_group(group)
    return [first]


def path_by_torch(c):
    """(name, path), or None: torch's optimizers in stages and side by side, and torch's average around them."""
    config = c["optimizer"]
    averages = config["type"] == "ema"
    stages = torch_stages(config["optimizer"] if averages else config)
    if stages is None:
        return None
    model = Tensors(start(c))
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(config["decay"])) if averages else None
    found, names, path = [], {}, [(model.values(), model.values())]
    for t, g in enumerate(gradients(c["zero"])):
        for at, parts in stages:
            if at == t:
                found = in_groups([torch_optimizer(inner, [model.list[i] for i in tensors]) for tensors, inner in parts])
                names.update(dict.fromkeys(reference_name(inner) for _, inner in parts))
        for p, a in zip(model.list, g):
            p.grad = torch.tensor(a)
        for optimizer in found:
            for group in optimizer.param_groups:
                group["lr"] = c["rates"][t] if c["rates"] else group["lr"]
            optimizer.step()
        if average is not None:
            average.update_parameters(model)
        path.append((model.values(), average.module.values() if average else model.values()))
    return ", ".join([f"torch.optim.swa_utils.AveragedModel {TORCH}"] * averages + list(names)), path


def optax_rule(config, rates):
    o = options(config)
    rate = o["learningRate"] if rates is None else lambda count: jnp.asarray(rates)[count]
    return {
        "sgd": lambda: optax.sgd(rate, o["momentum"]),
        "adam": lambda: optax.adam(rate, o["beta1"], o["beta2"], o["epsilon"]),
        "adamw": lambda: optax.adamw(rate, o["beta1"], o["beta2"], o["epsilon"], weight_decay=o["weightDecay"]),
    }[config["type"]]()


def path_by_optax(c):
    """(name, path): optax.lookahead, optax.incremental_update after each update, or optax.partition."""
    config = c["optimizer"]
    kind, inner = config["type"], config.get("optimizer")
    if kind == "perParameter":
        parts = {pattern: optax_rule(rule, c["rates"]) for pattern, rule in config["rules"]}
        optimizer = optax.partition(parts, [str(i) for i in range(len(SHAPES))])
        who = ["partition", *dict.fromkeys(rule["type"] for _, rule in config["rules"])]
    else:
        optimizer, who = optax_rule(inner, c["rates"]), [inner["type"]]
        who.insert(0, "lookahead" if kind == "lookahead" else "incremental_update")
    x = [jnp.asarray(a) for a in start(c)]
    if kind == "lookahead":
        optimizer = optax.lookahead(optimizer, config["k"], config["alpha"])
        x = optax.LookaheadParams.init_synced(x)
    state, mean = optimizer.init(x), None
    path = [(start(c), start(c))]
    for g in gradients(c["zero"]):
        changes, state = optimizer.update([jnp.asarray(a) for a in g], state, x)
        x = optax.apply_updates(x, changes)
        if kind == "ema":
            mean = optax.incremental_update(x, mean or x, 1 - config["decay"])
        both = (x.fast, x.slow) if kind == "lookahead" else (x, mean or x)
        path.append(tuple([np.asarray(a) for a in tensors] for tensors in both))
    return " and ".join(f"optax.{name}" for name in who) + f" {VERSION}", path


def keras_rule(config, **more):
    """With Keras' own defaults for all that is not named here."""
    if config["type"] == "adam":
        return keras.optimizers.Adam(config["learningRate"], **more)
    return keras.optimizers.SGD(config["learningRate"], config["momentum"], **more)


def path_by_keras(c):
    """(name, path): use_ema, with its default where it is ours, or MultiOptimizer."""
    config = c["optimizer"]
    if config["type"] == "perParameter":
        (pattern, first), (_, rest) = config["rules"]
        among = keras.optimizers.OptimizerMap(keras_rule(rest), {f"tensor{pattern}": keras_rule(first)})
        optimizer, who = keras.optimizers.MultiOptimizer(among), ["MultiOptimizer", "Adam", "SGD"]
    else:
        inner = config["optimizer"]
        more = {} if config["decay"] == 0.99 else {"ema_momentum": config["decay"]}
        optimizer, who = keras_rule(inner, use_ema=True, **more), [{"adam": "Adam", "sgd": "SGD"}[inner["type"]] + " with use_ema"]
    x = [keras.Variable(a, dtype="float64", name=f"tensor{i}") for i, a in enumerate(start(c))]
    optimizer.build(x)
    path = [(start(c), start(c))]
    for t, g in enumerate(gradients(c["zero"])):
        if c["rates"]:
            optimizer.learning_rate = c["rates"][t]
        optimizer.apply([jnp.asarray(a) for a in g], x)
        averages = optimizer._model_variables_moving_average if config["type"] == "ema" else x
        path.append(tuple([np.asarray(a) for a in tensors] for tensors in (x, averages)))
    return " and ".join(f"keras.optimizers.{name}" for name in who) + f" {keras.__version__}", path


def path_by_package(c):
    """(name, path), or None where none has the form."""
    if "by" in c:
        return {"optax": path_by_optax, "keras": path_by_keras}[c["by"]](c)
    config = c["optimizer"]
    alone = config["type"] == "lookahead" and config["optimizer"]["type"] not in WRAPPERS
    return path_by_optax(c) if alone else path_by_torch(c)


def reference(c):
    by_equation = list(path_by_equation(c))
    who, path = path_by_package(c) or ("equation", by_equation)
    for part in (0, 1):
        difference = deviation([p[part] for p in by_equation], [p[part] for p in path])
        assert difference < 1e-12, f"{c['name']}: equation and {who} differ by {difference}"
    return who, path


def stored(c):
    who, path = reference(c)
    largest = [[max(np.abs(x[i]).max() for x, _ in path[: t + 1]) for i in range(len(SHAPES))] for t in CHECKPOINTS]
    averages = any((a != b).any() for x, mean in path for a, b in zip(x, mean))
    return {
        "name": c["name"], "reference": who, "optimizer": c["optimizer"], "learningRates": c["rates"],
        "zeroGradients": c["zero"],
        "parameters": rounded([[a.ravel() for a in path[t][0]] for t in CHECKPOINTS]), "largest": rounded(largest),
        "evaluation": rounded([[a.ravel() for a in path[t][1]] for t in CHECKPOINTS]) if averages else None,
    }


def make():
    assert max(c["optimizer"].get("step", 0) for c in CASES) < STEPS
    about = "Rules inside one another, over the inputs of optimizers.json; see README.md"
    write("wrappers.json", header(about), cases=[stored(c) for c in CASES])


def check():
    """Prints how far f32 is from the reference, parameters and averages."""
    for c in CASES:
        who, path = reference(c)
        plain32 = list(path_by_equation(c, np.float32))
        found = [deviation([p[part] for p in plain32], [p[part] for p in path]) for part in (0, 1)]
        assert max(found) <= 5e-6, c["name"]
        print(f"{c['name']:75} {found[0]:.1e} {found[1]:.1e}  {who}")

"""optimizers.json: the path of three tensors under each rule, 200 steps of changing gradients."""

import numpy as np
import torch

import peers
from common import GENERATOR, TORCH, Generator, rounded, write
from rules import RULES, WHOLE, coupled_by_hand, options, reference_name, torch_class, torch_optimizer

STEPS = 200
CHECKPOINTS = [1, 2, 3, 10, 50, 200]
SHAPES = [[5, 7], [6], [1]]
START = {"seed": 1, "scale": 1}
EXPONENTS = [0, -2, 1, -1, -3, 2, 0]
GRADIENT = {"seed": 2, "exponents": EXPONENTS}
BOUND = 5e-6  # f32 against f64: max|a - b| / largest |theta| so far, of numerics.md

STRETCHES = [[1, 2], [20, 39], [90, 109]]
FALLING = [round(0.05 * (1 - t / 250), 6) for t in range(STEPS)]
BUMPY = [round(0.01 * (1 + t % 7), 6) for t in range(STEPS)]


def case(name, config, rates=None, zero=(), zero_start=(), pull=0):
    return {"name": name, "optimizer": config, "rates": rates, "zero": list(zero), "zero_start": list(zero_start),
            "pull": pull}


def sgd(name, zero=(), rates=None, **o):
    return case(name, {"type": "sgd", "learningRate": 0.05, **o}, rates, zero)


def rule(kind):
    return lambda name, zero=(), rates=None, zero_start=(), pull=0, **o: case(
        name, {"type": kind, **o}, rates, zero, zero_start, pull)


adagrad, rmsprop, adadelta, adam, adamw, adamax, nadam, radam, lion, lars, lamb, rprop, asgd = map(rule, (
    "adagrad", "rmsprop", "adadelta", "adam", "adamw", "adamax", "nadam", "radam", "lion", "lars", "lamb", "rprop", "asgd"))
adabelief, yogi, adan, schedule_free, prodigy, adafactor, muon = map(rule, (
    "adabelief", "yogi", "adan", "scheduleFreeAdamW", "prodigy", "adafactor", "muon"))

# asgd and rprop keep their rate: torch's asgd takes a new one a step late, and rprop reads it only once.

CASES = [
    case("sgd, defaults", {"type": "sgd"}),
    sgd("sgd, momentum", momentum=0.9),
    sgd("sgd, Nesterov", momentum=0.9, nesterov=True),
    sgd("sgd, dampening", momentum=0.9, dampening=0.5),
    sgd("sgd, weight decay", weightDecay=0.1),
    sgd("sgd, momentum and weight decay", momentum=0.9, weightDecay=0.1),
    sgd("sgd, momentum, rate bumpy", momentum=0.9, rates=BUMPY),
    sgd("sgd, Nesterov, rate falling", momentum=0.9, nesterov=True, rates=FALLING),
    sgd("sgd, momentum, stretches of zero gradients", momentum=0.5, zero=STRETCHES),
    sgd("sgd, Keras form", momentum=0.9, form="keras"),
    sgd("sgd, Keras form, rate bumpy", momentum=0.9, form="keras", rates=BUMPY),
    sgd("sgd, Keras form, Nesterov", momentum=0.9, nesterov=True, form="keras"),
    sgd("sgd, Keras form, Nesterov, rate bumpy", momentum=0.9, nesterov=True, form="keras", rates=BUMPY),
    sgd("sgd, Keras form, Nesterov, weight decay", momentum=0.9, nesterov=True, form="keras", weightDecay=0.1),
    sgd("sgd, Nesterov, weight decay, second tensor excluded", momentum=0.9, nesterov=True, weightDecay=0.1,
        excludeFromDecay=["1"]),
    sgd("sgd, ema form", momentum=0.9, form="ema"),
    sgd("sgd, ema form, weight decay, rate bumpy", momentum=0.9, weightDecay=0.1, form="ema", rates=BUMPY),
    adagrad("adagrad, defaults"),
    adagrad("adagrad, decaying rate", learningRate=0.1, learningRateDecay=0.05),
    adagrad("adagrad, initial accumulator", learningRate=0.1, initialAccumulator=0.5),
    adagrad("adagrad, weight decay", learningRate=0.1, weightDecay=0.1),
    adagrad("adagrad, large epsilon", learningRate=0.1, epsilon=0.1),
    adagrad("adagrad, large epsilon inside the root", learningRate=0.1, epsilon=0.1, epsilonInside=True),
    adagrad("adagrad, stretches of zero gradients", learningRate=0.1, zero=STRETCHES),
    adagrad("adagrad, rate bumpy, large weight decay, second tensor excluded", weightDecay=0.5, rates=BUMPY,
            excludeFromDecay=["1"]),
    rmsprop("rmsprop, defaults"),
    rmsprop("rmsprop, rho 0.9", rho=0.9),
    rmsprop("rmsprop, momentum", momentum=0.9),
    rmsprop("rmsprop, centered", centered=True),
    rmsprop("rmsprop, centered with momentum, large epsilon", centered=True, momentum=0.9, epsilon=0.1),
    rmsprop("rmsprop, weight decay", weightDecay=0.1),
    rmsprop("rmsprop, momentum, large weight decay, second tensor excluded", momentum=0.5, weightDecay=0.5,
            excludeFromDecay=["1"]),
    rmsprop("rmsprop, large epsilon", learningRate=0.05, epsilon=0.1),
    rmsprop("rmsprop, large epsilon inside the root", learningRate=0.05, epsilon=0.1, epsilonInside=True),
    rmsprop("rmsprop, centered, large epsilon inside the root", learningRate=0.05, centered=True, epsilon=0.1,
            epsilonInside=True),
    rmsprop("rmsprop, momentum, rate bumpy", momentum=0.5, rates=BUMPY),
    rmsprop("rmsprop, stretches of zero gradients", zero=STRETCHES),
    adam("adam, defaults"),
    adam("adam, rate 0.05", learningRate=0.05),
    adam("adam, other betas", learningRate=0.05, beta1=0.8, beta2=0.95),
    adam("adam, AMSGrad", learningRate=0.05, beta2=0.9, amsgrad=True),
    adam("adam, no bias correction", learningRate=0.01, biasCorrection=False),
    adam("adam, large epsilon", learningRate=0.05, epsilon=0.1),
    adam("adam, large epsilon hat", learningRate=0.05, epsilon=0.1, epsilonHat=True),
    adam("adam, no bias correction, large epsilon", learningRate=0.05, epsilon=0.1, biasCorrection=False),
    adam("adam, coupled weight decay", learningRate=0.05, weightDecay=0.1),
    adam("adam, rate bumpy", rates=BUMPY),
    adam("adam, coupled weight decay, second tensor excluded", learningRate=0.05, weightDecay=0.1, excludeFromDecay=["1"]),
    adam("adam, AMSGrad, large epsilon hat, weight decay", learningRate=0.05, beta2=0.9, epsilon=0.1, amsgrad=True,
         epsilonHat=True, weightDecay=0.1),
    adam("adam, AMSGrad, no bias correction", learningRate=0.01, beta2=0.9, amsgrad=True, biasCorrection=False),
    adam("adam, stretches of zero gradients", learningRate=0.05, zero=STRETCHES),
    adamw("adamw, defaults"),
    adamw("adamw, large decay", learningRate=0.05, weightDecay=0.2),
    adamw("adamw, large decay, rate bumpy", weightDecay=0.2, rates=BUMPY),
    adamw("adamw, AMSGrad", learningRate=0.05, beta2=0.9, weightDecay=0.1, amsgrad=True),
    adamw("adamw, large epsilon", learningRate=0.05, weightDecay=0.1, epsilon=0.1),
    adamw("adamw, large epsilon hat", learningRate=0.05, weightDecay=0.1, epsilon=0.1, epsilonHat=True),
    adamw("adamw, other betas, no bias correction", learningRate=0.02, weightDecay=0.1, beta1=0.8, beta2=0.95,
          biasCorrection=False),
    adamw("adamw, second tensor excluded from decay", learningRate=0.05, weightDecay=0.2, excludeFromDecay=["1"]),
    adamw("adamw, stretches of zero gradients", learningRate=0.05, zero=STRETCHES),
    adadelta("adadelta, defaults"),
    adadelta("adadelta, rho 0.5, weight decay", rho=0.5, weightDecay=0.1),
    adadelta("adadelta, large epsilon, rate bumpy", epsilon=0.1, rates=BUMPY),
    adadelta("adadelta, large epsilon", learningRate=0.1, epsilon=0.1),
    adadelta("adadelta, large weight decay, second tensor excluded", weightDecay=0.5, excludeFromDecay=["1"]),
    adadelta("adadelta, stretches of zero gradients", zero=STRETCHES),
    adamax("adamax, defaults"),
    adamax("adamax, large epsilon, beta2 0.9, weight decay", learningRate=0.05, beta2=0.9, epsilon=0.1, weightDecay=0.1),
    adamax("adamax, rate bumpy", beta2=0.9, rates=BUMPY),
    adamax("adamax, other betas", learningRate=0.02, beta1=0.7, beta2=0.95),
    adamax("adamax, large weight decay, second tensor excluded", learningRate=0.02, weightDecay=0.3, excludeFromDecay=["1"]),
    adamax("adamax, stretches of zero gradients", learningRate=0.05, zero=STRETCHES),
    nadam("nadam, defaults"),
    nadam("nadam, momentum decay 1, as Keras", learningRate=0.05, momentumDecay=1),
    nadam("nadam, large epsilon, weight decay", learningRate=0.05, epsilon=0.1, weightDecay=0.1),
    nadam("nadam, rate bumpy", rates=BUMPY),
    nadam("nadam, other betas", learningRate=0.05, beta1=0.8, beta2=0.95, momentumDecay=0.02),
    nadam("nadam, weight decay, second tensor excluded", learningRate=0.05, weightDecay=0.1, excludeFromDecay=["1"]),
    nadam("nadam, stretches of zero gradients", learningRate=0.05, zero=STRETCHES),
    radam("radam, defaults"),
    radam("radam, large epsilon, beta2 0.9", learningRate=0.05, epsilon=0.1, beta2=0.9),
    radam("radam, weight decay, rate bumpy", weightDecay=0.1, rates=BUMPY),
    radam("radam, other betas", learningRate=0.05, beta1=0.7, beta2=0.98),
    radam("radam, beta2 0.5: never rectified", learningRate=0.01, beta2=0.5),
    radam("radam, weight decay, second tensor excluded", learningRate=0.05, weightDecay=0.1, excludeFromDecay=["1"]),
    radam("radam, stretches of zero gradients", learningRate=0.01, zero=STRETCHES),
    rprop("rprop, defaults"),
    rprop("rprop, other factors and limits", etas=[0.8, 1.5], stepSizes=[1e-3, 0.5]),
    rprop("rprop, stretches of zero gradients", zero=STRETCHES),
    rprop("rprop, large weight decay, second tensor excluded", excludeFromDecay=["1"], etas=[0.7, 1.3], stepSizes=[1e-3, 0.3], weightDecay=0.5),
    asgd("asgd, defaults"),
    asgd("asgd, large lambda, weight decay", learningRate=0.1, **{"lambda": 0.1}, weightDecay=0.05),
    asgd("asgd, large weight decay, second tensor excluded", learningRate=0.1, weightDecay=0.3, excludeFromDecay=["1"]),
    asgd("asgd, average after 20 updates", learningRate=0.1, **{"lambda": 0.01}, alpha=0.5, t0=20),
    asgd("asgd, stretches of zero gradients", learningRate=0.1, **{"lambda": 0.05}, zero=STRETCHES),
    lion("lion, defaults"),
    lion("lion, other betas", learningRate=0.01, beta1=0.7, beta2=0.9),
    lion("lion, large decay, second tensor excluded", learningRate=0.01, weightDecay=0.2, excludeFromDecay=["1"]),
    lion("lion, large decay, rate bumpy", weightDecay=0.2, rates=BUMPY),
    lion("lion, stretches of zero gradients", learningRate=0.01, zero=STRETCHES),
    lars("lars, defaults"),
    lars("lars, large rate, weight decay", learningRate=0.5, trustCoefficient=0.02, weightDecay=0.2),
    lars("lars, large rate, weight decay, first tensor excluded", learningRate=0.5, trustCoefficient=0.02, weightDecay=0.2,
         excludeFromDecay=["0"]),
    lars("lars, large epsilon, no momentum", momentum=0, trustCoefficient=0.1, epsilon=2),
    lars("lars, weight decay, rate bumpy", trustCoefficient=0.2, weightDecay=0.1, rates=BUMPY),
    lars("lars, weight decay, stretches of zero gradients", learningRate=0.05, trustCoefficient=0.1, weightDecay=0.1,
         zero=STRETCHES),
    lars("lars, the first tensor starts at zero", trustCoefficient=0.02, weightDecay=0.1, zero_start=[0]),
    lamb("lamb, defaults"),
    lamb("lamb, large rate, other betas", learningRate=0.02, beta1=0.8, beta2=0.95),
    lamb("lamb, large weight decay", learningRate=0.02, weightDecay=0.5),
    lamb("lamb, large weight decay, second tensor excluded", learningRate=0.02, weightDecay=0.5, excludeFromDecay=["1"]),
    lamb("lamb, large epsilon", learningRate=0.02, epsilon=0.5),
    lamb("lamb, weight decay, rate bumpy", weightDecay=0.2, rates=BUMPY),
    lamb("lamb, weight decay, stretches of zero gradients", learningRate=0.02, weightDecay=0.1, zero=STRETCHES),
    lamb("lamb, the first tensor starts at zero", learningRate=0.02, zero_start=[0]),
    adabelief("adabelief, defaults"),
    adabelief("adabelief, large rate, other betas", learningRate=0.05, beta1=0.8, beta2=0.95),
    adabelief("adabelief, large epsilon", learningRate=0.05, epsilon=0.1),
    adabelief("adabelief, weight decay, second tensor excluded", learningRate=0.05, epsilon=1e-3, weightDecay=0.3,
              excludeFromDecay=["1"]),
    adabelief("adabelief, rate bumpy", epsilon=1e-4, rates=BUMPY),
    adabelief("adabelief, stretches of zero gradients", learningRate=0.05, epsilon=1e-6, zero=STRETCHES),
    yogi("yogi, defaults"),
    yogi("yogi, large rate, other betas", learningRate=0.05, beta1=0.8, beta2=0.95),
    yogi("yogi, large epsilon", learningRate=0.05, epsilon=0.1),
    yogi("yogi, large initial accumulator", learningRate=0.05, initialAccumulator=0.5),
    yogi("yogi, weight decay, second tensor excluded", learningRate=0.05, weightDecay=0.3, excludeFromDecay=["1"]),
    yogi("yogi, rate bumpy", rates=BUMPY),
    yogi("yogi, stretches of zero gradients", learningRate=0.05, zero=STRETCHES),
    adan("adan, defaults"),
    adan("adan, large rate, other betas", learningRate=0.05, betas=[0.9, 0.8, 0.95]),
    adan("adan, large epsilon", learningRate=0.05, epsilon=0.1),
    adan("adan, large weight decay, second tensor excluded", learningRate=0.05, weightDecay=0.5, excludeFromDecay=["1"]),
    adan("adan, weight decay, rate bumpy", weightDecay=0.1, rates=BUMPY),
    adan("adan, stretches of zero gradients", learningRate=0.05, zero=STRETCHES),
    schedule_free("scheduleFreeAdamW, defaults"),
    schedule_free("scheduleFreeAdamW, large rate, other betas", learningRate=0.05, beta1=0.7, beta2=0.95),
    schedule_free("scheduleFreeAdamW, large epsilon, warm-up", learningRate=0.05, epsilon=0.1, warmupSteps=60),
    schedule_free("scheduleFreeAdamW, large weight decay, second tensor excluded", learningRate=0.05, weightDecay=0.5,
                  excludeFromDecay=["1"]),
    schedule_free("scheduleFreeAdamW, rate falling, other weights", weightDecay=0.1, r=1.5, weightPower=1, rates=FALLING),
    schedule_free("scheduleFreeAdamW, rate bumpy", rates=BUMPY),
    schedule_free("scheduleFreeAdamW, stretches of zero gradients", learningRate=0.05, zero=STRETCHES),
    prodigy("prodigy, defaults, towards zero", pull=1),
    prodigy("prodigy, large d0, other betas", beta1=0.8, beta2=0.95, d0=0.02),
    prodigy("prodigy, large epsilon, towards zero", epsilon=0.5, d0=1e-3, pull=0.5),
    prodigy("prodigy, bias correction, half the estimate, towards zero", dCoefficient=0.5, biasCorrection=True, d0=1e-3, pull=1),
    prodigy("prodigy, large weight decay, second tensor excluded, towards zero", weightDecay=0.3, d0=1e-2, pull=0.5,
            excludeFromDecay=["1"]),
    prodigy("prodigy, rate falling, safeguard, towards zero", safeguardWarmup=True, d0=1e-3, pull=1, rates=FALLING),
    prodigy("prodigy, bias correction, stretches of zero gradients", biasCorrection=True, d0=1e-2, zero=STRETCHES),
    adafactor("adafactor, defaults"),
    adafactor("adafactor, large rate, slower beta2", learningRate=0.2, beta2Decay=-0.5),
    adafactor("adafactor, large epsilons", learningRate=0.05, epsilon1=0.5, epsilon2=2),
    adafactor("adafactor, large clipping threshold", learningRate=0.1, beta2Decay=-1.5, clippingThreshold=1.5),
    adafactor("adafactor, large weight decay, second tensor excluded", learningRate=0.1, weightDecay=0.3,
              excludeFromDecay=["1"]),
    adafactor("adafactor, weight decay, rate bumpy", weightDecay=0.1, rates=BUMPY),
    adafactor("adafactor, stretches of zero gradients", learningRate=0.1, zero=STRETCHES),
    adafactor("adafactor, the first tensor starts at zero", learningRate=0.05, zero_start=[0]),
    muon("muon, defaults"),
    muon("muon, large rate, other momentum, AdamW at its own rate", learningRate=0.02, momentum=0.7,
         adamw={"learningRate": 0.01, "beta2": 0.95, "epsilon": 0.1}),
    muon("muon, no Nesterov", learningRate=0.02, nesterov=False),
    muon("muon, large epsilon", learningRate=0.02, epsilon=4),
    muon("muon, large weight decay, first tensor excluded", learningRate=0.02, weightDecay=0.5, excludeFromDecay=["0"]),
    muon("muon, large weight decay, second tensor excluded", learningRate=0.02, weightDecay=0.5,
         adamw={"learningRate": 0.02, "weightDecay": 0.3}, excludeFromDecay=["1"]),
    muon("muon, rate bumpy", rates=BUMPY),
    muon("muon, stretches of zero gradients", learningRate=0.02, zero=STRETCHES),
]


def start(c):
    """A tensor of `zero_start` is zero; its numbers are drawn all the same."""
    draw = Generator(START["seed"])
    return [draw.array(shape, START["scale"]) * (i not in c["zero_start"]) for i, shape in enumerate(c.get("shapes", SHAPES))]


def gradients(zero, shapes=SHAPES, steps=STEPS):
    """For each step the gradient of each tensor. A zero step draws its numbers all the same."""
    draw = Generator(GRADIENT["seed"])
    for t in range(1, steps + 1):
        scale = 2.0 ** EXPONENTS[(t - 1) % len(EXPONENTS)]
        drawn = [draw.array(shape, scale) for shape in shapes]
        yield [0 * g for g in drawn] if any(a <= t <= b for a, b in zero) else drawn


def rate(c, t):
    return c["rates"][t - 1] if c["rates"] else options(c["optimizer"])["learningRate"]


def excluded(c):
    return [int(name) for name in c["optimizer"].get("excludeFromDecay", [])]


def path_by_equation(c, dtype=np.float64, averages=None):
    """The tensors after 0, 1, ... STEPS steps. `averages` gets those to evaluate with, where the rule says so."""
    o, (step, _) = {**options(c["optimizer"]), "rates": c["rates"]}, RULES[c["optimizer"]["type"]]
    x = [a.astype(dtype) for a in start(c)]
    state = [{} for _ in x]
    path = [x]
    for t, g in enumerate(gradients(c["zero"]), 1):
        decay = [0 if i in excluded(c) else o.get("weightDecay", 0) for i in range(len(x))]
        g = [(b + c["pull"] * a).astype(dtype) for a, b in zip(x, g)]
        if c["optimizer"]["type"] in WHOLE:
            x = step(o, state, x, g, rate(c, t), t, decay)
        else:
            x = [step(o, state[i], x[i], g[i], rate(c, t), t, decay[i]) for i in range(len(x))]
        assert all(a.dtype == dtype for a in x)
        path.append(x)
        if averages is not None and "average" in state[0]:
            averages.append([s["average"] for s in state])
    return path


def path_by_torch(c, dtype=torch.float64, averages=None):
    by_hand = coupled_by_hand(c["optimizer"])
    # torch's kernels are [units, inputs], which matters to muon alone
    turned = (lambda a: a.T) if c["optimizer"]["type"] == "muon" else lambda a: a
    arrays = lambda tensors: [turned(a.detach().numpy()).copy() for a in tensors]
    x = [torch.tensor(turned(a).copy(), dtype=dtype, requires_grad=True) for a in start(c)]
    for i, a in enumerate(x):
        a.decays = i not in excluded(c)
    optimizer = torch_optimizer(c["optimizer"], x, excluded(c))
    path = [arrays(x)]
    for t, g in enumerate(gradients(c["zero"]), 1):
        for a, b in zip(x, g):
            a.grad = torch.tensor(turned(b).copy(), dtype=dtype) + c["pull"] * a.detach()
            if by_hand and a.decays:
                a.grad += by_hand * a.detach()
        for group in optimizer.param_groups if c["rates"] else []:
            group["lr"] = rate(c, t)
        if hasattr(optimizer, "train"):
            optimizer.train()
        optimizer.step()
        path.append(arrays(x))
        if averages is not None and "ax" in getattr(optimizer, "state", {}).get(x[0], {}):
            averages.append([optimizer.state[a]["ax"].numpy().copy() for a in x])
        if averages is not None and hasattr(optimizer, "eval"):
            optimizer.eval()
            averages.append(arrays(x))
            optimizer.train()
    return path


def path_by_optax(c):
    decays = [i not in excluded(c) for i in range(len(SHAPES))]
    return list(peers.path(peers.make(c["optimizer"], c["rates"], decays), start(c), gradients(c["zero"])))


def deviation(path, reference):
    """The largest max|a - b| / largest |theta| so far, over steps and tensors."""
    worst, largest = 0, [0] * len(reference[0])
    for a, b in zip(path, reference):
        for i in range(len(b)):
            largest[i] = max(largest[i], np.abs(b[i]).max())
            worst = max(worst, np.abs(a[i] - b[i]).max() / (largest[i] or 1))
    return worst


def reference(c, averages=None):
    """(who says so, path): torch, a package with its interface, Optax, each checked against the equation; else that."""
    own, found, paths = [], [], {}
    by_equation = path_by_equation(c, averages=own)
    if torch_class(c["optimizer"]):
        paths[reference_name(c["optimizer"])] = path_by_torch(c, averages=found)
        assert len(found) == len(own) and (not own or deviation(own, found) < 1e-12), c["name"]
    if peers.has_form(c["optimizer"], c["rates"]):
        paths[peers.reference_name(c["optimizer"])] = path_by_optax(c)
    for who, path in paths.items():
        difference = deviation(by_equation, path)
        assert difference < 1e-12, f"{c['name']}: equation and {who} differ by {difference}"
    if averages is not None:
        averages += own
    return (", ".join(paths), next(iter(paths.values()))) if paths else ("equation", by_equation)


def stored(c):
    averages = []
    who, path = reference(c, averages)
    largest = [[max(np.abs(x[i]).max() for x in path[: t + 1]) for i in range(len(SHAPES))] for t in CHECKPOINTS]
    item = {
        "name": c["name"], "reference": who, "optimizer": c["optimizer"], "learningRates": c["rates"],
        "zeroGradients": c["zero"], "parameters": rounded([[x.ravel() for x in path[t]] for t in CHECKPOINTS]),
        "largest": rounded(largest),
    }
    if c["zero_start"]:
        item["zeroStart"] = c["zero_start"]
    if c["pull"]:
        item["pull"] = c["pull"]
    if averages:
        item["evaluation"] = rounded([[x.ravel() for x in averages[t - 1]] for t in CHECKPOINTS])
    return item


def header(about):
    return {
        "about": about, "torch": TORCH, "precision": "float64", "generator": GENERATOR, "shapes": SHAPES, "start": START,
        "gradient": GRADIENT, "steps": STEPS, "checkpoints": CHECKPOINTS,
    }


def make():
    about = "Three tensors under each rule over 200 steps of given gradients; see README.md"
    write("optimizers.json", header(about), cases=[stored(c) for c in CASES])


def check():
    """Prints how far f32 is from the reference, and how far the most similar other case is (a mix-up must show)."""
    references = [reference(c)[1] for c in CASES]
    for c, own in zip(CASES, references):
        plain = deviation(path_by_equation(c, np.float32), own)
        assert plain <= (2e-3 if c["optimizer"]["type"] == "prodigy" else BOUND), c["name"]
        row = f"{c['name']:50} f32 by equation {plain:.1e}"
        if torch_class(c["optimizer"]):
            row += f", by torch {deviation(path_by_torch(c, torch.float32), own):.1e}"
        others = [
            (deviation(path, own), d["name"]) for d, path in zip(CASES, references)
            if d is not c and d["optimizer"]["type"] == c["optimizer"]["type"] and d["zero"] == c["zero"]
        ]
        if others:
            row += ", nearest other {:.1e} ({})".format(*min(others))
        print(row)

"""networks.json: whole small networks trained by PyTorch in float64 from given weights and batches."""

import numpy as np
import torch

from common import GENERATOR, TORCH, Generator, rounded, write
from torchnet import ACTIVATIONS, Network, named, parameter_shapes

INPUTS, BATCHES, BATCH_SIZE = 5, 4, 16
MARGIN = 1e-4  # no trace comes nearer than this to a jump of a derivative (seeds are chosen so): 50 times what f32 errors reach

TARGETS = {
    "max": "y[j] = max(x[j], x[j+1])",
    "label": "the index of the largest of x[0] ... x[columns-1], the first if equal; one a sample",
    "oneHot": "1 at label, 0 elsewhere",
    "soft": "0.75 at label, 0.125 elsewhere",
    "binary": "y[j] = 1 if x[j] > x[j+1], else 0",
    "sign": "y[j] = 1 if x[j] > x[j+1], else -1",
    "count": "y[j] = floor(2 * (x[j] + 1))",
}

MOMENTUM = {"type": "sgd", "learningRate": 0.1, "momentum": 0.9}
ADAM = {"type": "adam", "learningRate": 0.01}
SAMPLE_WEIGHTS = [1, 0.5, 2, 0, 1.25, 3, 0.25, 1, 1, 0.75, 2, 0, 1, 4, 0.5, 1]
FALLING = [round(0.2 * (1 - t / 100) ** 2, 6) for t in range(100)]
SHORT = [round(rate / 20, 7) for rate in FALLING]
CLIPPED = [{"type": "clipByGlobalNorm", "maxNorm": 0.2}]


def dense(units, activation="linear", **o):
    return {"type": "dense", "units": units, "activation": activation, **o}


def mlp(hidden="tanh", last="linear", **o):
    return [dense(8, hidden, **o), dense(6, hidden, **o), dense(3, last)]


def network(name, layers, loss="meanSquaredError", target="max", optimizer=MOMENTUM, steps=100, seed=1, scale=1, gradient=(),
            sample=None, classes=None, rates=None):
    model = {"inputs": INPUTS, "layers": layers, "loss": loss, "optimizer": optimizer}
    if gradient:
        model["gradient"] = list(gradient)
    return {
        "name": name, "model": model, "target": target, "steps": steps, "seed": seed, "scale": scale,
        "sample": sample, "classes": classes, "rates": rates,
    }


def classify(name, loss="sparseCategoricalCrossEntropy", target="label", last="linear", **o):
    return network(name, mlp("tanh", last), loss, target, **o)


def with_layers(name, *layers, **o):
    return network(name, [*layers, dense(3)], **o)


BN, LN = {"type": "batchNormalization"}, {"type": "layerNormalization"}
SPARSE = "sparseCategoricalCrossEntropy"
ACTIVATION_SEEDS = dict.fromkeys([*ACTIVATIONS, "prelu"], 1) | {"relu": 64, "leakyRelu": 71, "selu": 107, "prelu": 48}

NETWORKS = [
    *[network(f"activation {name}", mlp(name), seed=seed) for name, seed in ACTIVATION_SEEDS.items()],
    network("activation hardSigmoid, its flat parts reached", mlp("hardSigmoid"), seed=2, scale=4),
    network("activation leakyRelu with slope 0.25", mlp({"type": "leakyRelu", "slope": 0.25}), seed=91),
    network("activation elu with alpha 0.5", mlp({"type": "elu", "alpha": 0.5}), seed=33),
    with_layers("activations as layers, no biases", dense(8, useBias=False), {"type": "activation", "activation": "tanh"},
                dense(6, useBias=False), {"type": "activation", "activation": "prelu"}, seed=7),
    network("sigmoid output under meanSquaredError", mlp("tanh", "sigmoid"), target="binary"),
    network("softmax output under meanSquaredError", mlp("tanh", "softmax"), target="oneHot"),

    network("loss meanAbsoluteError", mlp(), "meanAbsoluteError", seed=5),
    network("loss huber", mlp(), "huber"),
    network("loss huber with delta 0.25", mlp(), {"type": "huber", "delta": 0.25}),
    network("loss logCosh", mlp(), "logCosh"),
    network("loss hinge", mlp(), "hinge", "sign", seed=7),
    network("loss poisson after softplus", mlp("tanh", "softplus"), "poisson", "count"),
    network("loss klDivergence after softmax", mlp("tanh", "softmax"), "klDivergence", "soft"),
    classify("loss binaryCrossEntropy from logits", "binaryCrossEntropy", "binary"),
    classify("loss binaryCrossEntropy after sigmoid", "binaryCrossEntropy", "binary", "sigmoid"),
    classify("loss binaryCrossEntropy, smoothing", {"type": "binaryCrossEntropy", "labelSmoothing": 0.1}, "binary"),
    classify("loss categoricalCrossEntropy from logits", "categoricalCrossEntropy", "oneHot"),
    classify("loss categoricalCrossEntropy after softmax", "categoricalCrossEntropy", "soft", "softmax"),
    classify("loss categoricalCrossEntropy, smoothing", {"type": "categoricalCrossEntropy", "labelSmoothing": 0.1}, "oneHot"),
    classify("loss sparseCategoricalCrossEntropy from logits"),
    classify("loss sparseCategoricalCrossEntropy after softmax", last="softmax"),
    classify("loss sparseCategoricalCrossEntropy, smoothing", {"type": SPARSE, "labelSmoothing": 0.1}),

    with_layers("batchNormalization", dense(8, "tanh"), BN),
    with_layers("batchNormalization between kernel and relu, adam", dense(8, useBias=False), BN,
                {"type": "activation", "activation": "relu"}, optimizer=ADAM, seed=2),
    with_layers("batchNormalization, momentum 0.9, epsilon 0.1", dense(8, "tanh"),
                {"type": "batchNormalization", "momentum": 0.9, "epsilon": 0.1}),
    with_layers("layerNormalization", dense(8, "tanh"), LN),
    with_layers("layerNormalization, epsilon 0.1, adam", dense(8, "tanh"), {"type": "layerNormalization", "epsilon": 0.1},
                optimizer=ADAM),
    with_layers("residual", dense(8, "tanh"), {"type": "residual", "layers": [dense(6, "tanh"), dense(8, "tanh")]}),
    with_layers("residual in residual with normalization", dense(8, "tanh"),
                {"type": "residual", "layers": [LN, {"type": "residual", "layers": [dense(8, "silu"), BN]}]}),
    with_layers("normalization of the inputs", {
        "type": "normalization", "mean": [0.5, -0.25, 0, 1, 0.125], "standardDeviation": [0.5, 2, 1, 1.5, 0.75],
    }, dense(8, "tanh")),

    network("l1 regulariser", mlp(kernelRegularizer={"type": "l1", "l1": 0.001}), seed=62),
    network("l2 regulariser of kernels and biases", mlp(kernelRegularizer={"type": "l2", "l2": 0.01},
                                                         biasRegularizer={"type": "l2", "l2": 0.05})),
    with_layers("l1 and l2 regulariser", dense(8, "tanh", kernelRegularizer={"type": "l1l2", "l1": 0.001, "l2": 0.01}), seed=3),

    network("clipByValue", mlp(), gradient=[{"type": "clipByValue", "value": 0.02}]),
    network("clipByNorm", mlp(), gradient=[{"type": "clipByNorm", "maxNorm": 0.05}]),
    network("clipByGlobalNorm", mlp(), gradient=[{"type": "clipByGlobalNorm", "maxNorm": 0.1}]),
    network("clipByValue, then clipByGlobalNorm", mlp(), gradient=[
        {"type": "clipByValue", "value": 0.05}, {"type": "clipByGlobalNorm", "maxNorm": 0.1}]),

    with_layers("clipping and a falling rate: batchNormalization, residual, huber", dense(8, "tanh"), BN, {
        "type": "residual", "layers": [dense(6, "gelu"), dense(8)]}, loss="huber", gradient=CLIPPED, rates=FALLING),
    with_layers("clipping and a falling rate: layerNormalization, adamw, class labels", dense(8, "silu"), LN, dense(6, "mish"),
                loss=SPARSE, target="label", gradient=CLIPPED, rates=SHORT,
                optimizer={"type": "adamw", "learningRate": 0.01, "weightDecay": 0.1}),
    with_layers("clipping and a falling rate: l2, softplus, Nesterov, binary labels",
                dense(8, "softplus", kernelRegularizer={"type": "l2", "l2": 0.001}), loss="binaryCrossEntropy", target="binary",
                gradient=CLIPPED, rates=FALLING, optimizer={**MOMENTUM, "nesterov": True}),

    network("normalizeGradient", mlp(), gradient=[{"type": "normalizeGradient"}], optimizer={"type": "sgd", "learningRate": 0.05}),
    network("normalizeGradient of each parameter, adam", mlp(), gradient=[{"type": "normalizeGradient", "per": "parameter"}],
            optimizer=ADAM),
    network("centralizeGradient", mlp(), gradient=[{"type": "centralizeGradient"}]),
    network("adaptiveClip", mlp(), gradient=[{"type": "adaptiveClip"}]),
    network("centralizeGradient, then adaptiveClip", mlp(), gradient=[
        {"type": "centralizeGradient"}, {"type": "adaptiveClip", "lambda": 0.05, "epsilon": 0.5}]),

    network("constraint maxNorm", mlp(kernelConstraint={"type": "maxNorm", "maxValue": 0.75}), seed=2),
    network("constraint unitNorm of kernels, maxNorm of biases", mlp(
        kernelConstraint={"type": "unitNorm"}, biasConstraint={"type": "maxNorm", "maxValue": 0.125}), seed=3),
    network("constraint nonNegative", mlp(kernelConstraint={"type": "nonNegative"}), seed=4),
    network("constraint valueRange, in a residual", [dense(8, "tanh"), {"type": "residual", "layers": [
        dense(8, "tanh", kernelConstraint={"type": "valueRange", "min": -0.25, "max": 0.125})]}, dense(3)], seed=5),
    network("weightNormalization", mlp(weightNormalization=True)),
    network("weightNormalization without bias under prelu, adamw", [
        dense(8, "prelu", weightNormalization=True, useBias=False), dense(3, weightNormalization=True)],
        optimizer={"type": "adamw", "learningRate": 0.01, "weightDecay": 0.1}, seed=24),

    network("sample weights, meanSquaredError", mlp(), sample=SAMPLE_WEIGHTS),
    classify("sample weights, binaryCrossEntropy", "binaryCrossEntropy", "binary", sample=SAMPLE_WEIGHTS),
    classify("sample weights, sparseCategoricalCrossEntropy", sample=SAMPLE_WEIGHTS),
    with_layers("sample weights, batchNormalization and l2", dense(8, "tanh", kernelRegularizer={"type": "l2", "l2": 0.01}), BN,
                sample=SAMPLE_WEIGHTS),
    classify("class weights", classes=[1, 0.25, 3]),
    classify("class weights with smoothing", {"type": SPARSE, "labelSmoothing": 0.1}, classes=[1, 0.25, 3]),
    network("learning rate falling", mlp(), optimizer={"type": "sgd", "momentum": 0.5}, rates=FALLING),

    classify("sgd, plain", optimizer={"type": "sgd", "learningRate": 0.5}),
    classify("sgd, Nesterov", optimizer={**MOMENTUM, "nesterov": True}),
    classify("adagrad", optimizer={"type": "adagrad", "learningRate": 0.05}),
    classify("rmsprop", optimizer={"type": "rmsprop", "learningRate": 0.005}),
    classify("adam", optimizer=ADAM),
    classify("adam, AMSGrad", optimizer={**ADAM, "amsgrad": True}),
    classify("adamw, biases excluded from decay", optimizer={
        "type": "adamw", "learningRate": 0.01, "weightDecay": 0.1, "excludeFromDecay": ["bias"]}),
]


def data(c, columns):
    """(x, y) of each batch, from seed + 1000."""
    draw = Generator(c["seed"] + 1000)
    for _ in range(BATCHES):
        x = draw.array([BATCH_SIZE, INPUTS], c["scale"])
        left, right = x[:, :columns], x[:, 1 : columns + 1]
        label = left.argmax(axis=1)
        yield x, {
            "max": lambda: np.maximum(left, right),
            "label": lambda: label,
            "oneHot": lambda: np.eye(columns)[label],
            "soft": lambda: 0.125 + 0.625 * np.eye(columns)[label],
            "binary": lambda: (left > right) * 1.0,
            "sign": lambda: np.where(left > right, 1.0, -1.0),
            "count": lambda: np.floor(2 * (left + 1)),
        }[c["target"]]()


def begin(c):
    """(what the file says of the first parameters, their values, width of the output)."""
    shapes, columns = parameter_shapes(c["model"]["layers"], INPUTS)
    draw, said, values = Generator(c["seed"]), [], {}
    for name, shape, start in shapes:
        if isinstance(start, tuple):
            said.append({"name": name, "shape": shape, "value": start[1]})
            values[name] = np.full(shape, start[1], dtype=float)
        else:
            said.append({"name": name, "shape": shape, "scale": start})
            values[name] = draw.array(shape, start)
    return said, values, columns


def train(c, dtype=torch.float64):
    """{losses, gradientNorms, parameters, output, margin} of one network."""
    _, values, columns = begin(c)
    net = Network(c["model"], values, dtype)
    number = torch.int64 if c["target"] == "label" else dtype
    batches = [(torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=number)) for x, y in data(c, columns)]
    weights = {}
    if c["sample"]:
        weights["sample_weights"] = torch.tensor(c["sample"], dtype=dtype)
    if c["classes"]:
        weights["class_weights"] = torch.tensor(c["classes"], dtype=dtype)
    traced = [net.step(*batches[t % BATCHES], c["rates"] and c["rates"][t], **weights) for t in range(c["steps"])]
    with torch.no_grad():
        margin, (_, output) = net.margin, net.forward(batches[0][0], training=False)
    return {
        "losses": np.array([t[0] for t in traced]), "gradientNorms": np.array([t[1] for t in traced]),
        "parameters": {name: p.detach().double().numpy().ravel() for name, p in net.parameters.items()},
        "output": output.double().numpy().ravel(), "margin": margin,
    }


def stored(c):
    result = train(c)
    losses = result["losses"]
    assert result["margin"] > MARGIN, f"{c['name']}: {result['margin']:.1e} from a kink"
    assert losses[-BATCHES:].mean() < 0.95 * losses[:BATCHES].mean(), f"{c['name']}: does not learn: {losses}"
    return {
        "name": c["name"], "model": c["model"], "start": {"seed": c["seed"], "parameters": begin(c)[0]},
        "data": {"seed": c["seed"] + 1000, "scale": c["scale"], "target": c["target"]},
        "sampleWeights": c["sample"], "classWeights": c["classes"], "learningRates": c["rates"],
        "losses": rounded(losses), "gradientNorms": rounded(result["gradientNorms"]),
        "parameters": {name: rounded(p) for name, p in result["parameters"].items()}, "output": rounded(result["output"]),
    }


def make():
    header = {
        "about": "Small networks trained from given weights and batches; see README.md", "torch": TORCH,
        "reference": f"torch {TORCH}, float64, autograd and torch.optim", "generator": GENERATOR, "inputs": INPUTS,
        "batches": BATCHES, "batchSize": BATCH_SIZE, "targets": TARGETS,
    }
    write("networks.json", header, networks=[stored(c) for c in NETWORKS])


def distances(got, want):
    """Largest difference over largest value, of losses, gradient norms, parameters (the worst tensor) and outputs."""
    def relative(a, b):
        return np.abs(a - b).max() / np.abs(b).max()
    parameters = max(relative(got["parameters"][name], p) for name, p in want["parameters"].items())
    losses, norms, output = (relative(got[k], want[k]) for k in ("losses", "gradientNorms", "output"))
    return [losses, norms, parameters, output]


def check():
    """Prints how far f32 is (losses, norms, parameters, output), how near the trace comes to a kink, and the fall of the loss."""
    worst = [0.0] * 4
    for c in NETWORKS:
        want, got = train(c), train(c, torch.float32)
        found = distances(got, want)
        worst = [max(a, b) for a, b in zip(worst, found)]
        shown = " ".join(f"{d:.1e}" for d in found)
        first, last = want["losses"][:BATCHES].mean(), want["losses"][-BATCHES:].mean()
        print(f"{c['name']:55} {shown}  kink {want['margin']:.0e}  loss {first:.2f} to {last:.2f}")
    print("worst", " ".join(f"{d:.1e}" for d in worst))

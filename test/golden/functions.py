"""functions.json: activations, losses (with derivatives) and gradient transforms, extremes included, by mpmath at 60 digits."""

import math

import mpmath
import numpy as np
import torch
from mpmath import mp, mpf

from common import TORCH, Generator, rounded, write
from peers import VERSION as OPTAX, optax
from torchnet import ACTIVATIONS, sample_losses

mp.dps = 60

POSITIVE = [2.0**-100, 2.0**-24, 2.0**-10, 0.125, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 8, 10, 20, 50, 100, 10000]
GRID = [0.0, -0.0, *(sign * x for x in POSITIVE for sign in (1, -1))]

SELU_SCALE = mpf("1.0507009873554804934193349852946")
SELU_ALPHA = mpf("1.6732632423543772848170429916717")
SQRT_2_OVER_PI = mpmath.sqrt(2 / mp.pi)


def logistic(x):
    return 1 / (1 + mpmath.exp(-x))


def softplus(x):
    return mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x))


def normal_density(x):
    return mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mp.pi)


def gelu_tanh_inner(x):
    return 2 * SQRT_2_OVER_PI * (x + mpf("0.044715") * x**3), 2 * SQRT_2_OVER_PI * (1 + 3 * mpf("0.044715") * x * x)


def gelu_tanh_derivative(x):
    inner, d_inner = gelu_tanh_inner(x)
    return logistic(inner) + x * logistic(inner) * logistic(-inner) * d_inner


def mish_derivative(x):
    t = mpmath.tanh(softplus(x))
    return t + x * (1 - t * t) * logistic(x)


# name: (function, derivative) of (x, option). At 0 as numerics.md says; None where it says nothing.
FUNCTIONS = {
    "linear": (lambda x, a: x, lambda x, a: 1),
    "relu": (lambda x, a: max(x, 0), lambda x, a: 1 if x > 0 else 0),
    "leakyRelu": (lambda x, a: x if x > 0 else a * x, lambda x, a: 1 if x > 0 else a),
    "prelu": (lambda x, a: x if x > 0 else a * x, lambda x, a: 1 if x > 0 else a),
    "elu": (lambda x, a: x if x > 0 else a * mpmath.expm1(x), lambda x, a: 1 if x > 0 else a * mpmath.exp(x)),
    "selu": (
        lambda x, a: SELU_SCALE * (x if x > 0 else SELU_ALPHA * mpmath.expm1(x)),
        lambda x, a: SELU_SCALE * (1 if x > 0 else SELU_ALPHA * mpmath.exp(x)),
    ),
    "gelu": (
        lambda x, a: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
        lambda x, a: mpmath.erfc(-x / mpmath.sqrt(2)) / 2 + x * normal_density(x),
    ),
    "geluTanh": (lambda x, a: x * logistic(gelu_tanh_inner(x)[0]), lambda x, a: gelu_tanh_derivative(x)),
    "silu": (lambda x, a: x * logistic(x), lambda x, a: logistic(x) * (1 + x * logistic(-x))),
    "mish": (lambda x, a: x * mpmath.tanh(softplus(x)), lambda x, a: mish_derivative(x)),
    "softplus": (lambda x, a: softplus(x), lambda x, a: logistic(x)),
    "softsign": (lambda x, a: x / (1 + abs(x)), lambda x, a: 1 / (1 + abs(x)) ** 2),
    "sigmoid": (lambda x, a: logistic(x), lambda x, a: logistic(x) * logistic(-x)),
    "hardSigmoid": (
        lambda x, a: min(max(x / 6 + mpf("0.5"), 0), 1),
        lambda x, a: None if abs(x) == 3 else mpf(1) / 6 if abs(x) < 3 else 0,
    ),
    "tanh": (lambda x, a: mpmath.tanh(x), lambda x, a: mpmath.sech(x) ** 2),
}

# (config, option of the function)
ACTIVATION_CASES = [
    *((name, {"leakyRelu": mpf("0.01"), "prelu": mpf("0.25")}.get(name, 1)) for name in FUNCTIONS),
    ({"type": "leakyRelu", "slope": 0.25}, mpf("0.25")),
    ({"type": "elu", "alpha": 0.5}, mpf("0.5")),
]


def f64(value):
    """Nested lists of mpmath numbers as f64."""
    if isinstance(value, list):
        return [f64(v) for v in value]
    return None if value is None else float(value)


def close(ours, by_torch, what, bound=1e-9):
    """Stops unless our values are torch's, relative to 1 or the value, whichever is larger."""
    for a, b in zip(np.ravel(np.array(ours, dtype=object)), np.ravel(by_torch), strict=True):
        assert a is None or abs(a - b) <= bound * max(1, abs(b)), f"{what}: ours {a}, torch {b}"


def activation_case(config, option):
    name = config if isinstance(config, str) else config["type"]
    value, derivative = ([f64(f(mpf(x), option)) for x in GRID] for f in FUNCTIONS[name])
    # mpmath has no negative zero: f(-0) = -0 for those through the origin
    value = [math.copysign(v, x) if x == 0 and v == 0 else v for v, x in zip(value, GRID)]
    x = torch.tensor(GRID, dtype=torch.float64, requires_grad=True)
    if name == "prelu":
        y = torch.nn.functional.prelu(x, torch.tensor(0.25, dtype=torch.float64))
    else:
        y = ACTIVATIONS[name](x, config if isinstance(config, dict) else {})
    y.sum().backward()
    close(value, y.detach(), name)
    close([d for d, at in zip(derivative, GRID) if at != 0], x.grad[2:], f"{name}'s derivative")
    return {"activation": config, "value": rounded(value), "derivative": rounded(derivative)}


def softmax(z):
    top = max(z)
    e = [mpmath.exp(v - top) for v in z]
    return [v / mpmath.fsum(e) for v in e]


SOFTMAX_ROWS = [
    [0, 0, 0], [1, 2, 3], [-0.5, 0.25, 8], [1e4, 0, -1e4], [1e4, 1e4, -1e4], [100, 90, 80], [-1e4, -1e4, -9999], [0.125],
    [-3, 5, 0.5, 0.5, 20, -20, 1],
]


def softmax_case(row):
    p = softmax([mpf(v) for v in row])
    upstream = [float(v) for v in Generator(5).array([len(row)])]
    inner = mpmath.fsum(a * b for a, b in zip(p, upstream))
    gradient = f64([a * (u - inner) for a, u in zip(p, upstream)])
    x = torch.tensor([row], dtype=torch.float64, requires_grad=True)
    y = torch.softmax(x, dim=1)
    y.backward(torch.tensor([upstream], dtype=torch.float64))
    close(f64(p), y.detach(), "softmax")
    close(gradient, x.grad, "softmax's gradient")
    return {"x": row, "value": rounded(f64(p)), "upstream": upstream, "gradient": rounded(gradient)}


def poisson(o, y, _):
    return o - y * mpmath.log(o + mpf("1e-7")), 1 - y / (o + mpf("1e-7"))


def huber(o, y, delta):
    d = o - y
    if abs(d) <= delta:
        return d * d / 2, d
    return delta * (abs(d) - delta / 2), delta * mpmath.sign(d)


# name: (loss, d loss / d output) of one number, from (output, target, option)
ELEMENTS = {
    "meanSquaredError": lambda o, y, _: ((o - y) ** 2, 2 * (o - y)),
    "meanAbsoluteError": lambda o, y, _: (abs(o - y), mpmath.sign(o - y)),
    "huber": huber,
    "logCosh": lambda o, y, _: (mpmath.log(mpmath.cosh(o - y)), mpmath.tanh(o - y)),
    "hinge": lambda o, y, _: (max(1 - y * o, 0), -y if 1 - y * o > 0 else 0),
    "poisson": poisson,
    "binaryCrossEntropy": lambda z, y, s: (
        softplus(z) - (y * (1 - s) + s / 2) * z, logistic(z) - (y * (1 - s) + s / 2)),
}


def loss_by_element(kind, z, y, option, weights):
    """Mean over the columns, then the weighted mean over the samples."""
    columns, total = len(z[0]), mpmath.fsum(weights)
    pairs = [[ELEMENTS[kind](mpf(a), mpf(b), option) for a, b in zip(*rows)] for rows in zip(z, y)]
    value = mpmath.fsum(w * v for w, row in zip(weights, pairs) for v, _ in row) / (total * columns)
    return value, [[w * d / (total * columns) for _, d in row] for w, row in zip(weights, pairs)]


def loss_by_row(kind, z, y, smoothing, weights, classes):
    """Σᵢ wᵢ Σ_c t_c (−ln p_c) / Σ w, t the smoothed and class-weighted targets; klDivergence adds Σ y ln y."""
    columns = len(z[0])
    total, value, gradient = 0, 0, []
    for row, target, weight in zip(z, y, weights):
        one_hot = [int(c == target) for c in range(columns)]
        given = [mpf(v) for v in (one_hot if kind == "sparseCategoricalCrossEntropy" else target)]
        class_weight = [mpf(c) for c in classes] if classes else [1] * columns
        t = [((1 - smoothing) * v + smoothing / columns) * c for v, c in zip(given, class_weight)]
        row = [mpf(v) for v in row]
        logs = [v - max(row) - mpmath.log(mpmath.fsum(mpmath.exp(u - max(row)) for u in row)) for v in row]
        value -= weight * mpmath.fsum(a * b for a, b in zip(t, logs))
        if kind == "klDivergence":
            value += weight * mpmath.fsum(v * mpmath.log(v) for v in given if v > 0)
        gradient.append([weight * (p * mpmath.fsum(t) - a) for p, a in zip(softmax(row), t)])
        total += weight * (class_weight[target] if classes else 1)
    return value / total, [[g / total for g in row] for row in gradient]


Z3 = [[0, 0, 0], [1, 2, 3], [-0.5, 0.25, 8], [5, -5, 0.125]]
EXTREME = [[1e4, 0, -1e4], [1e4, 1e4, -1e4], [-1e4, -9999, -9998], [100, 90, 80], [-1e4, 1e4, 0], [30, -30, 15]]
BITS = [[0, 1, 1], [1, 0, 0], [1, 1, 0], [0, 1, 0.25]]
EXTREME_BITS = [[0, 1, 1], [1, 0.5, 0], [1, 1, 0], [0, 1, 0.25], [0, 1, 0.75], [1, 0, 1]]
LABELS, EXTREME_LABELS = [0, 1, 1, 2], [2, 0, 2, 1, 0, 1]
SOFT = [[0.5, 0.25, 0.25], [0, 1, 0], [0.125, 0.125, 0.75], [0, 0.5, 0.5]]
EXTREME_SOFT = [[1, 0, 0], [0.25, 0.25, 0.5], [0, 0, 1], [0.5, 0.5, 0], [0.125, 0.875, 0], [0, 1, 0]]
OUTPUTS = [[0, 0.5, -1], [2, -3, 0.25], [1, 1, 100], [-1e4, 2e4, 1e4]]
EXPECTED = [[0, 0.25, 1], [-1, -3, 0.5], [0, 2.5, -100], [1e4, 2e4, -5]]
SIGNS = [[1, -1, 1], [-1, 1, -1], [1, -1, -1], [-1, 1, 1]]
RATES = [[0.5, 1, 2], [3, 8, 1.5], [100, 0.75, 1], [1e4, 20, 5]]
COUNTS = [[0, 1, 2], [5, 8, 0], [90, 1, 3], [9000, 30, 0]]
WEIGHTS = [1, 0.5, 0, 4]
CLASS_WEIGHTS = [1, 0.25, 3]


def loss(config, z, y, last="linear", weights=None, classes=None):
    return {"loss": config, "activation": last, "z": z, "target": y, "sampleWeights": weights, "classWeights": classes}


def smooth(kind, amount=0.125):
    return {"type": kind, "labelSmoothing": amount}


BCE, CCE, SPARSE = "binaryCrossEntropy", "categoricalCrossEntropy", "sparseCategoricalCrossEntropy"

LOSS_CASES = [
    *(loss(kind, OUTPUTS, EXPECTED) for kind in ("meanSquaredError", "meanAbsoluteError", "huber", "logCosh")),
    loss({"type": "huber", "delta": 0.25}, OUTPUTS, EXPECTED),
    *(loss(kind, OUTPUTS, EXPECTED, weights=WEIGHTS) for kind in ("meanSquaredError", "meanAbsoluteError")),
    loss("meanSquaredError", [[0.5], [2], [-1]], [[1], [0], [-1]]),
    loss("hinge", OUTPUTS, SIGNS),
    loss("poisson", RATES, COUNTS),
    *(loss(config, z, y, last) for last in ("linear", "sigmoid") for config in (BCE, smooth(BCE))
      for z, y in ((Z3, BITS), (EXTREME, EXTREME_BITS))),
    loss(BCE, Z3, BITS, weights=WEIGHTS),
    loss(BCE, [[0.5], [-2], [10]], [[1], [0], [0]]),
    *(loss(config, z, y, last) for last in ("linear", "softmax") for config in (CCE, smooth(CCE))
      for z, y in ((Z3, SOFT), (EXTREME, EXTREME_SOFT))),
    *(loss(config, z, y, last) for last in ("linear", "softmax") for config in (SPARSE, smooth(SPARSE))
      for z, y in ((Z3, LABELS), (EXTREME, EXTREME_LABELS))),
    *(loss(kind, Z3, y, weights=WEIGHTS) for kind, y in ((CCE, SOFT), (SPARSE, LABELS))),
    *(loss(config, Z3, LABELS, classes=CLASS_WEIGHTS) for config in (SPARSE, smooth(SPARSE))),
    loss("klDivergence", Z3, SOFT, "softmax"),
    loss("klDivergence", EXTREME, EXTREME_SOFT, "softmax"),
    loss("klDivergence", Z3, SOFT, "softmax", WEIGHTS),
]


def loss_case(c):
    kind, o = (c["loss"], {}) if isinstance(c["loss"], str) else (c["loss"]["type"], c["loss"])
    weights = c["sampleWeights"] or [1] * len(c["z"])
    if kind in ELEMENTS:
        option = mpf(o.get("delta", 1)) if kind == "huber" else mpf(o.get("labelSmoothing", 0))
        value, gradient = loss_by_element(kind, c["z"], c["target"], option, weights)
    else:
        value, gradient = loss_by_row(kind, c["z"], c["target"], mpf(o.get("labelSmoothing", 0)), weights, c["classWeights"])

    z = torch.tensor(c["z"], dtype=torch.float64, requires_grad=True)
    y = torch.tensor(c["target"], dtype=torch.int64 if kind == SPARSE else torch.float64)
    w = torch.tensor(weights, dtype=torch.float64)
    if c["classWeights"]:
        classes = torch.tensor(c["classWeights"], dtype=torch.float64)
        mean = torch.nn.functional.cross_entropy(z, y, classes, label_smoothing=o.get("labelSmoothing", 0))
    else:
        mean = (w * sample_losses(kind, o, z, y)).sum() / w.sum()
    mean.backward()
    close([f64(value)], [mean.item()], c["loss"])
    close(f64(gradient), z.grad, f"gradient of {c['loss']}")
    return {**c, "value": rounded(f64(value)), "gradient": rounded(f64(gradient))}


# (transform, scale of the weights): with 2^-12 it is ε that bounds the gradient, not ‖w‖.
ADAPTIVE = [
    ({"type": "adaptiveClip"}, 1), ({"type": "adaptiveClip"}, 2.0**-12),
    ({"type": "adaptiveClip", "lambda": 0.5, "epsilon": 0.125}, 0.125), ({"type": "adaptiveClip", "lambda": 1}, 1),
]
TRANSFORM_CASES = [
    (transform, scale, weight_scale)
    for transform, weight_scale in (
        *((transform, None) for transform in (
            {"type": "clipByValue", "value": 0.25}, {"type": "clipByNorm", "maxNorm": 1}, {"type": "clipByGlobalNorm", "maxNorm": 1},
            {"type": "clipByNorm", "maxNorm": 2.0**-20}, {"type": "clipByGlobalNorm", "maxNorm": 2.0**-20},
            {"type": "normalizeGradient"}, {"type": "normalizeGradient", "per": "parameter"}, {"type": "centralizeGradient"},
        )),
        *ADAPTIVE,
    )
    for scale in (1, 1024, 2.0**-20, 2.0**-90, 0)
]
TRANSFORM_SHAPES = [[3, 4], [4], [1]]


def norm(g):
    return math.hypot(*g.ravel())


def transform_by_equation(transform, given, weights):
    """numerics.md, "Clipping", in numpy; kernels are [inputs, units]."""
    whole = math.hypot(*(norm(g) for g in given))
    match transform:
        case {"type": "clipByValue", "value": c}:
            return [np.clip(g, -c, c) for g in given]
        case {"type": "clipByNorm", "maxNorm": c}:
            return [g * min(1, c / norm(g)) if norm(g) > 0 else g for g in given]
        case {"type": "clipByGlobalNorm", "maxNorm": c}:
            return [g * min(1, c / (whole + 1e-6)) for g in given]
        case {"type": "normalizeGradient", "per": "parameter"}:
            return [g / norm(g) if norm(g) > 0 else g for g in given]
        case {"type": "normalizeGradient"}:
            return [g / whole if whole > 0 else g for g in given]
        case {"type": "centralizeGradient"}:
            return [g - g.mean(axis=0) if g.ndim == 2 else g for g in given]
        case {"type": "adaptiveClip"}:
            clipped = []
            for g, w in zip(given, weights):
                of_g, of_w = (np.sqrt((x * x).sum(axis=0, keepdims=True)) for x in (g, w))
                longest = transform.get("lambda", 0.01) * np.maximum(of_w, transform.get("epsilon", 1e-3))
                clipped.append(np.where(of_g > longest, g * longest / np.where(of_g > 0, of_g, 1), g))
            return clipped
    raise ValueError(transform)


def transform_by_others(transform, given, weights):
    """The same by torch or Optax; None where neither has it in this form."""
    tensors = [torch.zeros(g.shape, dtype=torch.float64) for g in given]
    for tensor, g in zip(tensors, given):
        tensor.grad = torch.tensor(g)
    match transform:
        case {"type": "clipByValue", "value": c}:
            torch.nn.utils.clip_grad_value_(tensors, c)
        case {"type": "clipByGlobalNorm", "maxNorm": c}:
            torch.nn.utils.clip_grad_norm_(tensors, c)
        case {"type": "normalizeGradient"} if any(g.any() for g in given):
            rule = optax.normalize_by_update_norm(eps=0)
            parts = [[g] for g in given] if "per" in transform else [given]
            return [r for part in parts for r in rule.update(part, rule.init(part))[0]]
        case {"type": "centralizeGradient"}:
            # Optax takes the mean over the last axis: its kernels have the units first, as torch's.
            rule, turned = optax.centralize(), [g.T for g in given]
            return [r.T for r in rule.update(turned, rule.init(turned))[0]]
        case {"type": "adaptiveClip"}:
            rule = optax.adaptive_grad_clip(transform.get("lambda", 0.01), transform.get("epsilon", 1e-3))
            return rule.update(given, rule.init(weights), weights)[0]
        case _:
            return None
    return [tensor.grad.numpy() for tensor in tensors]


def transform_case(transform, scale, weight_scale):
    draw, draw_weights = Generator(6), Generator(7)
    given = [draw.array(shape, scale) for shape in TRANSFORM_SHAPES]
    weights = [draw_weights.array(shape, weight_scale or 0) for shape in TRANSFORM_SHAPES]
    result = transform_by_equation(transform, given, weights)
    others = transform_by_others(transform, given, weights)
    for ours, theirs in zip(result, others or result):
        # centralising cancels: relative to the gradient's scale
        assert np.allclose(np.asarray(theirs), ours, rtol=1e-12, atol=1e-15 * scale), (transform, scale)
    told = {} if weight_scale is None else {"weightScale": weight_scale}
    return {"transform": transform, "scale": scale, **told, "result": rounded([r.ravel() for r in result])}


def make():
    header = {
        "about": "Activations, losses and gradient transforms with derivatives; see README.md", "torch": TORCH,
        "reference": f"mpmath {mpmath.__version__} at {mp.dps} digits, checked against torch {TORCH} (transforms also Optax {OPTAX}) in float64",
        "grid": GRID, "transformSeed": 6, "transformWeightSeed": 7, "transformShapes": TRANSFORM_SHAPES,
    }
    write(
        "functions.json", header,
        activations=[activation_case(*c) for c in ACTIVATION_CASES],
        softmax=[softmax_case(row) for row in SOFTMAX_ROWS],
        losses=[loss_case(c) for c in LOSS_CASES],
        transforms=[transform_case(*c) for c in TRANSFORM_CASES],
    )


def check():
    """Prints how far torch's own f32 is from each activation, relative to 1 or the value, whichever is larger."""
    for config, option in ACTIVATION_CASES:
        name = config if isinstance(config, str) else config["type"]
        if name == "prelu":
            continue
        case = activation_case(config, option)
        x = torch.tensor(GRID, dtype=torch.float32, requires_grad=True)
        y = ACTIVATIONS[name](x, config if isinstance(config, dict) else {})
        y.sum().backward()
        worst = [
            max(abs(a - b) / max(1, abs(b)) for a, b, at in zip(got.tolist(), want, GRID) if b is not None and at != 0)
            for got, want in ((y.detach(), case["value"]), (x.grad, case["derivative"]))
        ]
        print(f"{str(config):45} f32 by torch: value {worst[0]:.1e}, derivative {worst[1]:.1e}")

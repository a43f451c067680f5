"""Our model configs run by PyTorch: activations, layers, losses, penalties and gradient transforms, in any precision."""

import math

import torch
import torch.nn.functional as F

from rules import torch_optimizer

# name: function of (x, options). Not F.softplus, linear above 20 (off by 2e-9), nor F.hardsigmoid, whose derivative is f32(1/6).
ACTIVATIONS = {
    "linear": lambda x, o: x,
    "relu": lambda x, o: F.relu(x),
    "leakyRelu": lambda x, o: F.leaky_relu(x, o.get("slope", 0.01)),
    "elu": lambda x, o: F.elu(x, o.get("alpha", 1)),
    "selu": lambda x, o: F.selu(x),
    "gelu": lambda x, o: F.gelu(x),
    "geluTanh": lambda x, o: F.gelu(x, approximate="tanh"),
    "silu": lambda x, o: F.silu(x),
    "mish": lambda x, o: x * torch.tanh(softplus(x)),
    "softplus": lambda x, o: softplus(x),
    "softsign": lambda x, o: F.softsign(x),
    "sigmoid": lambda x, o: torch.sigmoid(x),
    "hardSigmoid": lambda x, o: torch.clamp(x / 6 + 0.5, 0, 1),
    "tanh": lambda x, o: torch.tanh(x),
    "softmax": lambda x, o: F.softmax(x, dim=1),
}

# Where a derivative jumps: f32 and f64 may stand on different sides there, so a trace has to keep its distance.
KINKS = {"relu": [0], "leakyRelu": [0], "prelu": [0], "selu": [0], "hardSigmoid": [-3, 3]}

CROSS_ENTROPIES = ("binaryCrossEntropy", "categoricalCrossEntropy", "sparseCategoricalCrossEntropy")


def softplus(x):
    return torch.logaddexp(x, torch.zeros_like(x))


def named(config):
    """(name, options) of something given by name or as a config."""
    return (config, {}) if isinstance(config, str) else (config["type"], config)


def parameter_shapes(layers, width, prefix="layers"):
    """([(name, shape, start)], width of the output); start is a scale for drawn values, or ("value", constant)."""
    found = []
    for i, layer in enumerate(layers):
        at = f"{prefix}.{i}"
        kind = layer["type"]
        if kind == "dense":
            found.append((f"{at}.kernel", [width, layer["units"]], 0.5))
            width = layer["units"]
            if layer.get("weightNormalization"):
                found.append((f"{at}.gain", [width], 2))
            if layer.get("useBias", True):
                found.append((f"{at}.bias", [width], 0.125))
        if kind in ("dense", "activation") and named(layer.get("activation", "linear"))[0] == "prelu":
            found.append((f"{at}.alpha", [width], ("value", 0.25)))
        if kind in ("batchNormalization", "layerNormalization"):
            found += [(f"{at}.gamma", [width], ("value", 1)), (f"{at}.beta", [width], ("value", 0))]
        if kind == "batchNormalization":
            found += [(f"{at}.movingMean", [width], ("value", 0)), (f"{at}.movingVariance", [width], ("value", 1))]
        if kind == "residual":
            inner, inner_width = parameter_shapes(layer["layers"], width, f"{at}.layers")
            assert inner_width == width, "a residual block keeps the width"
            found += inner
    return found, width


class Network:
    """Parameters by name, and a training step as `step.rs` does it."""

    def __init__(self, model, values, dtype):
        self.model = model
        self.dtype = dtype
        self.margin = math.inf  # the smallest distance to a kink so far
        self.parameters = {name: torch.tensor(v, dtype=dtype) for name, v in values.items()}
        self.trainable = [name for name in values if not name.split(".")[-1].startswith("moving")]
        for name in self.trainable:
            self.parameters[name].requires_grad_(True)
        patterns = model["optimizer"].get("excludeFromDecay", [])
        excluded = [i for i, name in enumerate(self.trainable) if name.split(".")[-1] in patterns]
        assert bool(excluded) == bool(patterns)
        self.optimizer = torch_optimizer(model["optimizer"], [self.parameters[n] for n in self.trainable], excluded)

    def keep_away(self, distance):
        self.margin = min(self.margin, distance.detach().abs().min().item())

    def activate(self, config, z, at):
        name, o = named(config)
        for kink in KINKS.get(name, []) + ([0] if name == "elu" and o.get("alpha", 1) != 1 else []):
            self.keep_away(z - kink)
        return F.prelu(z, self.parameters[f"{at}.alpha"]) if name == "prelu" else ACTIVATIONS[name](z, o)

    def kernel(self, at):
        """What x meets: gain · v/‖v‖ of each column as weight_norm (dim=1) computes it, where there is a gain."""
        p = self.parameters
        if f"{at}.gain" not in p:
            return p[f"{at}.kernel"]
        return torch._weight_norm(p[f"{at}.kernel"], p[f"{at}.gain"][None, :], 1)

    def forward(self, x, training, layers=None, prefix="layers"):
        """(what goes into the last layer's activation, output)."""
        p, z = self.parameters, x
        for i, layer in enumerate(self.model["layers"] if layers is None else layers):
            at = f"{prefix}.{i}"
            match layer["type"]:
                case "dense":
                    z = x @ self.kernel(at)
                    if f"{at}.bias" in p:
                        z = z + p[f"{at}.bias"]
                    x = self.activate(layer.get("activation", "linear"), z, at)
                case "activation":
                    z = x
                    x = self.activate(layer["activation"], z, at)
                case "batchNormalization":
                    x = z = F.batch_norm(
                        x, p[f"{at}.movingMean"], p[f"{at}.movingVariance"], p[f"{at}.gamma"], p[f"{at}.beta"],
                        training, 1 - layer.get("momentum", 0.99), layer.get("epsilon", 1e-3),
                    )
                case "layerNormalization":
                    x = z = F.layer_norm(x, x.shape[1:], p[f"{at}.gamma"], p[f"{at}.beta"], layer.get("epsilon", 1e-3))
                case "normalization":
                    mean, deviation = (torch.tensor(layer[k], dtype=self.dtype) for k in ("mean", "standardDeviation"))
                    x = z = (x - mean) / deviation
                case "residual":
                    x = z = x + self.forward(x, training, layer["layers"], f"{at}.layers")[1]
                case other:
                    raise ValueError(other)
        return z, x

    def penalty(self, layers=None, prefix="layers"):
        """λ₁·Σ|w| + λ₂·Σw² of every regularised tensor."""
        total = 0
        for i, layer in enumerate(self.model["layers"] if layers is None else layers):
            if layer["type"] == "residual":
                total = total + self.penalty(layer["layers"], f"{prefix}.{i}.layers")
            for option, name in (("kernelRegularizer", "kernel"), ("biasRegularizer", "bias")):
                if option in layer:
                    w, o = self.parameters[f"{prefix}.{i}.{name}"], layer[option]
                    if "l1" in o:
                        self.keep_away(w)
                        total = total + o["l1"] * w.abs().sum()
                    if "l2" in o:
                        total = total + o["l2"] * (w * w).sum()
        return total

    def loss(self, x, y, sample_weights=None, class_weights=None):
        z, out = self.forward(x, training=True)
        last = named(self.model["layers"][-1].get("activation", "linear"))[0]
        kind, o = named(self.model["loss"])
        if kind == "meanAbsoluteError":
            self.keep_away(out - y)
        if kind == "hinge":
            self.keep_away(1 - y * out)
        if kind in CROSS_ENTROPIES or kind == "klDivergence":
            allowed = {"binaryCrossEntropy": ("linear", "sigmoid"), "klDivergence": ("softmax",)}
            assert last in allowed.get(kind, ("linear", "softmax"))
            out = z
        if class_weights is not None:
            assert kind == "sparseCategoricalCrossEntropy" and sample_weights is None
            mean = F.cross_entropy(out, y, class_weights, label_smoothing=o.get("labelSmoothing", 0))
        else:
            each = sample_losses(kind, o, out, y)
            mean = each.mean() if sample_weights is None else (sample_weights * each).sum() / sample_weights.sum()
        return mean + self.penalty()

    def transform(self, gradients):
        """Applies the model's gradient transforms in order, in place."""
        for transform in self.model.get("gradient", []):
            match transform:
                case {"type": "clipByValue", "value": c}:
                    torch.nn.utils.clip_grad_value_(gradients, c)
                case {"type": "clipByNorm", "maxNorm": c}:
                    for p in gradients:
                        p.grad.mul_(min(1, c / p.grad.norm().item()))
                case {"type": "clipByGlobalNorm", "maxNorm": c}:
                    torch.nn.utils.clip_grad_norm_(gradients, c)
                case {"type": "normalizeGradient", "per": "parameter"}:
                    for p in gradients:
                        p.grad.div_(p.grad.norm())
                case {"type": "normalizeGradient"}:
                    norm = torch.nn.utils.get_total_norm([p.grad for p in gradients])
                    for p in gradients:
                        p.grad.div_(norm)
                case {"type": "centralizeGradient"}:
                    for p in gradients:
                        if p.ndim == 2:
                            p.grad.sub_(p.grad.mean(dim=0))
                case {"type": "adaptiveClip"}:
                    for p in gradients:
                        # an axis of 1 for vectors: one unit as a whole
                        longest = transform.get("lambda", 0.01) * p.detach().norm(dim=0).clamp(min=transform.get("epsilon", 1e-3))
                        p.grad.mul_((longest / p.grad.norm(dim=0)).clamp(max=1))
                case other:
                    raise ValueError(other)

    @torch.no_grad()
    def constrain(self, layers=None, prefix="layers"):
        """Keras' constraints along axis 0, without the 1e-7 that it adds to norms."""
        for i, layer in enumerate(self.model["layers"] if layers is None else layers):
            if layer["type"] == "residual":
                self.constrain(layer["layers"], f"{prefix}.{i}.layers")
            for option, name in (("kernelConstraint", "kernel"), ("biasConstraint", "bias")):
                if option not in layer:
                    continue
                w = self.parameters[f"{prefix}.{i}.{name}"]
                norm = w.norm(dim=0)
                match layer[option]:
                    case {"type": "maxNorm", "maxValue": c}:
                        w.mul_(norm.clamp(max=c) / norm)
                    case {"type": "unitNorm"}:
                        w.div_(norm)
                    case {"type": "nonNegative"}:
                        w.clamp_(min=0)
                    case {"type": "valueRange", "min": low, "max": high}:
                        w.clamp_(low, high)
                    case other:
                        raise ValueError(other)

    def step(self, x, y, rate=None, **weights):
        """One update; (loss before it, norm of the raw gradient)."""
        self.optimizer.zero_grad()
        loss = self.loss(x, y, **weights)
        loss.backward()
        trained = [self.parameters[name] for name in self.trainable]
        norm = math.sqrt(sum((p.grad.double() ** 2).sum().item() for p in trained))
        self.transform(trained)
        if rate is not None:
            for group in self.optimizer.param_groups:
                group["lr"] = rate
        self.optimizer.step()
        self.constrain()
        return loss.item(), norm


def sample_losses(kind, o, out, y):
    """The loss of each sample; `out` are logits for the cross-entropies and klDivergence (after a softmax)."""
    d = out - y if kind != "sparseCategoricalCrossEntropy" else None
    smoothing = o.get("labelSmoothing", 0)
    match kind:
        case "meanSquaredError":
            each = F.mse_loss(out, y, reduction="none")
        case "meanAbsoluteError":
            each = F.l1_loss(out, y, reduction="none")
        case "huber":
            each = F.huber_loss(out, y, reduction="none", delta=o.get("delta", 1))
        case "logCosh":
            each = d.abs() + torch.log1p(torch.exp(-2 * d.abs())) - math.log(2)
        case "binaryCrossEntropy":
            each = F.binary_cross_entropy_with_logits(out, y * (1 - smoothing) + smoothing / 2, reduction="none")
        case "categoricalCrossEntropy" | "sparseCategoricalCrossEntropy":
            return F.cross_entropy(out, y, label_smoothing=smoothing, reduction="none")
        case "klDivergence":
            return F.kl_div(F.log_softmax(out, dim=1), y, reduction="none").sum(dim=1)
        case "hinge":
            each = F.relu(1 - y * out)
        case "poisson":
            each = F.poisson_nll_loss(out, y, log_input=False, eps=1e-7, reduction="none")
        case other:
            raise ValueError(other)
    return each.mean(dim=1)

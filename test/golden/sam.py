"""sam.json: sharpness-aware minimisation around other rules on a function without noise, 200 updates by optax.contrib.sam.

f(x) = sum over i of (i + 1)(x_i - 1)^2/2 + cos(3 x_i), from the x_i = (-1)^i (1 + i/4), i = 0 ... 5.
"""

import jax.numpy as jnp
import numpy as np
import optax
import optax.contrib

from common import rounded, write
from optimizers import CHECKPOINTS, STEPS
from peers import VERSION
from wrappers import ADAM, ADAMW, optax_rule, plain

START = [(-1) ** i * (1 + i / 4) for i in range(6)]
WEIGHTS = np.arange(1, 7)
SGD = {"type": "sgd", "learningRate": 0.02}


def slope(x, backend=np):
    return WEIGHTS * (x - 1) - 3 * backend.sin(3 * x)


def sam(inner, rho=0.05):
    return {"type": "sam", "optimizer": inner, "rho": rho}


CASES = [
    sam(SGD),
    sam({**SGD, "momentum": 0.9}, 0.2),
    sam({**ADAM, "learningRate": 0.02}, 0.5),
    sam({**ADAMW, "learningRate": 0.02}, 0.1),
]


def path_by_equation(config, dtype=np.float64):
    x = [np.array(START, dtype)]
    rule = plain(config["optimizer"], x, [0])
    yield list(x)
    for _ in range(STEPS):
        g = slope(x[0]).astype(dtype)
        uphill = x[0] + dtype(config["rho"] / (np.linalg.norm(g) + 1e-12)) * g
        rule.step(x, [slope(uphill).astype(dtype)], None)
        yield list(x)


def path_by_optax(config):
    """Its way uphill is that of the gradient made 1 long, with nothing added to the length."""
    uphill = optax.chain(optax.contrib.normalize(), optax.sgd(config["rho"]))
    optimizer = optax.contrib.sam(optax_rule(config["optimizer"], None), uphill, opaque_mode=True)
    x = jnp.asarray(START)
    state = optimizer.init(x)
    yield [np.asarray(x)]
    for _ in range(STEPS):
        changes, state = optimizer.update(slope(x, jnp), state, x, grad_fn=lambda at, _: slope(at, jnp))
        x = optax.apply_updates(x, changes)
        yield [np.asarray(x)]


def distance(a, b):
    """As `deviation`, of one tensor."""
    worst, largest = 0, 0
    for [x], [y] in zip(a, b):
        largest = max(largest, np.abs(y).max())
        worst = max(worst, np.abs(x - y).max() / largest)
    return worst


def stored(config):
    path = list(path_by_optax(config))
    difference = distance(list(path_by_equation(config)), path)
    # The 1e-12 that ours adds to the length shows where that is small.
    assert difference < 1e-10, f"{config}: equation and Optax differ by {difference}"
    return {
        "reference": f"optax.contrib.sam and optax.{config['optimizer']['type']} {VERSION}", "optimizer": config,
        "x": rounded([path[t][0] for t in CHECKPOINTS]),
        "largest": rounded([max(np.abs(x).max() for [x] in path[: t + 1]) for t in CHECKPOINTS]),
    }


def make():
    about = "sam around other rules on the function of sam.py; see README.md"
    write("sam.json", {"about": about, "start": START, "steps": STEPS, "checkpoints": CHECKPOINTS},
          cases=[stored(config) for config in CASES])


def check():
    """Prints how far f32 is from the reference."""
    for config in CASES:
        found = distance(list(path_by_equation(config, np.float32)), list(path_by_optax(config)))
        assert found <= 5e-6, config
        print(f"sam of {config['optimizer']['type']:20} {found:.1e}")

"""sam.json: optax.contrib.sam in f64 around Optax' own rules, on the functions of lbfgs.json, step by step."""

import jax.numpy as jnp
import numpy as np
import optax
import optax.contrib
import torch

from common import rounded, write
from lbfgs import FUNCTIONS
from peers import VERSION

CHECKPOINTS = [1, 2, 3, 10, 50]
INSIDE = {
    "sgd": ({"type": "sgd", "learningRate": 0.01, "momentum": 0.9}, optax.sgd(0.01, momentum=0.9)),
    "adam": ({"type": "adam", "learningRate": 0.03}, optax.adam(0.03)),
    "adamw": ({"type": "adamw", "learningRate": 0.02, "weightDecay": 0.3}, optax.adamw(0.02, weight_decay=0.3)),
}
CASES = [
    ("logistic", "sgd", 0.05),
    ("logistic", "adam", 0.5),
    ("network", "sgd", 0.3),
    ("network", "adam", 0.05),
    ("network", "adamw", 0.1),
    ("waves", "adamw", 0.2),
]


def slope(f):
    """The gradient of a function of lbfgs.py."""

    def at(x):
        x = torch.tensor(np.asarray(x), requires_grad=True)
        f(x).backward()
        return jnp.asarray(x.grad.numpy())

    return at


def trace(function, inside, rho):
    f, start = FUNCTIONS[function]
    gradient = slope(f)
    uphill = optax.chain(optax.contrib.normalize(), optax.sgd(rho))
    optimizer = optax.contrib.sam(INSIDE[inside][1], uphill, opaque_mode=True)
    x = jnp.asarray(start)
    state = optimizer.init(x)
    path = [np.asarray(x)]
    for _ in range(CHECKPOINTS[-1]):
        changes, state = optimizer.update(gradient(x), state, x, grad_fn=lambda at, _: gradient(at))
        x = optax.apply_updates(x, changes)
        path.append(np.asarray(x))
    return [path[t] for t in CHECKPOINTS]


def make():
    cases = [
        {"function": name, "optimizer": {"type": "sam", "optimizer": INSIDE[inside][0], "rho": rho},
         "x": rounded(trace(name, inside, rho))}
        for name, inside, rho in CASES
    ]
    write("sam.json", {"reference": f"optax.contrib.sam {VERSION}, f64", "checkpoints": CHECKPOINTS}, cases=cases)

"""lbfgs.json: torch.optim.LBFGS in f64 on functions without noise, step by step.

`functions` are minimised from `start`; each of `cases` says which, with which options, and gives after each step the
evaluations so far, the value there and the first ten coordinates.
"""

import numpy as np
import torch

from common import TORCH, Generator, rounded, write

WORDS = {"learningRate": "lr", "maxIterations": "max_iter", "maxEvaluations": "max_eval", "historySize": "history_size",
         "toleranceGradient": "tolerance_grad", "toleranceChange": "tolerance_change"}


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def quadratic(x):
    """Curvatures from 1 to 1000, minimum at 1."""
    weights = 1000 ** (torch.arange(len(x)) / (len(x) - 1))
    return (weights * (x - 1) ** 2).sum() / 2


def waves(x):
    """A bowl with ripples: searches meet many a wrong turn."""
    return (x**2 / 2 + 3 * torch.sin(5 * x)).sum() + x[0] * x[1]


DATA = Generator(5)
SAMPLES = torch.tensor(DATA.array((40, 4), 2.0))
LABELS = torch.tensor((DATA.array((40,)) + SAMPLES.numpy()[:, 0] > 0).astype(float))


def logistic(x):
    z = SAMPLES @ x[:4] + x[4]
    return torch.nn.functional.softplus((1 - 2 * LABELS) * z).mean() + 0.01 * (x[:4] ** 2).sum()


def network(x):
    """4 inputs, 3 units of tanh, 1 output; the mean square of the residuals."""
    hidden = torch.tanh(SAMPLES @ x[:12].reshape(4, 3) + x[12:15])
    return ((hidden @ x[15:18] + x[18] - LABELS) ** 2).mean()


FUNCTIONS = {
    "rosenbrock": (rosenbrock, np.tile([-1.2, 1.0], 5)),
    "rosenbrock1000": (rosenbrock, np.tile([-1.2, 1.0], 500)),
    "quadratic": (quadratic, np.zeros(10)),
    "waves": (waves, np.array([4.0, -3.0, 2.5])),
    "logistic": (logistic, np.zeros(5)),
    "network": (network, Generator(9).array((19,), 0.5)),
}
CASES = [
    ("rosenbrock", {}, 4),
    ("rosenbrock", {"maxIterations": 1}, 12),
    ("rosenbrock", {"maxIterations": 7, "historySize": 3}, 10),
    ("rosenbrock", {"maxIterations": 9, "maxEvaluations": 5}, 10),
    ("rosenbrock", {"learningRate": 8, "maxIterations": 2}, 10),
    ("rosenbrock1000", {"historySize": 10}, 3),
    ("quadratic", {"lineSearch": "none", "learningRate": 0.5, "maxIterations": 3}, 8),
    ("quadratic", {"historySize": 4, "maxIterations": 5}, 6),
    ("waves", {"maxIterations": 5}, 4),
    ("waves", {"learningRate": 4, "maxIterations": 3}, 4),
    ("waves", {"learningRate": 30, "maxIterations": 4}, 4),
    ("waves", {"learningRate": 2, "maxIterations": 4}, 5),
    ("waves", {"learningRate": 9, "maxIterations": 2}, 8),
    ("waves", {"learningRate": 17, "maxIterations": 3}, 5),
    ("waves", {"learningRate": 100, "maxIterations": 2}, 6),
    ("waves", {"learningRate": 0.01, "maxIterations": 3}, 4),
    ("waves", {"toleranceChange": 0.5, "maxIterations": 6}, 4),
    ("rosenbrock", {"toleranceChange": 0.1}, 3),
    ("rosenbrock", {"learningRate": 0.05, "maxIterations": 3}, 5),
    ("logistic", {}, 2),
    ("logistic", {"lineSearch": "none", "maxIterations": 4}, 5),
    ("logistic", {"toleranceGradient": 0.01}, 2),
    ("logistic", {"toleranceChange": 0.001}, 3),
    ("network", {}, 3),
    ("network", {"maxIterations": 4, "historySize": 2}, 8),
]


def trace(function, options, steps):
    f, start = FUNCTIONS[function]
    x = torch.tensor(start, requires_grad=True)
    search = None if options.get("lineSearch") == "none" else "strong_wolfe"
    given = {WORDS[name]: value for name, value in options.items() if name in WORDS}
    optimizer = torch.optim.LBFGS([x], line_search_fn=search, **given)
    evaluations = 0

    def closure():
        nonlocal evaluations
        evaluations += 1
        optimizer.zero_grad()
        loss = f(x)
        loss.backward()
        return loss

    rows = []
    for _ in range(steps):
        optimizer.step(closure)
        rows.append({"evaluations": evaluations, "value": rounded(float(f(x))), "x": rounded(x[:10])})
    return rows


def make():
    cases = [{"function": name, "optimizer": {"type": "lbfgs", **options}, "steps": trace(name, options, steps)}
             for name, options, steps in CASES]
    write("lbfgs.json", {"reference": f"torch.optim.LBFGS {TORCH}, f64"}, cases=cases)

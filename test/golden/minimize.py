"""What SciPy finds for the problems of docs/minimize.md: writes minimize.json.

Every problem is written down in JavaScript too (test/shared/minimize-problems.ts); the data come from formulas, so that both
have the same numbers to the last bit of 64.
"""

import json
import math
import pathlib

import numpy as np
import scipy
from scipy import optimize

FILE = pathlib.Path(__file__).with_name("minimize.json")


def decay_data():
    """y = 2.5 exp(-1.3 t) + 0.5 at 40 points, with a ripple in place of noise."""
    t = np.arange(40) / 10
    return t, np.array([2.5 * math.exp(-1.3 * v) + 0.5 + 0.05 * math.sin(37.0 * i) for i, v in enumerate(t)])


def decay(x):
    t, y = decay_data()
    e = np.exp(-x[1] * t)
    r = x[0] * e + x[2] - y
    return (r @ r) / len(t), 2 / len(t) * np.array([r @ e, r @ (-x[0] * t * e), r.sum()])


def logistic_data():
    """Hours of learning and of sleep of 60 students, and who passed."""
    rows = []
    for i in range(60):
        learned, slept = (i * 37 % 60) / 6, 4 + (i * 23 % 60) / 12
        passed = 1 if 0.9 * learned + 0.7 * slept - 8.5 + 1.6 * math.sin(11.0 * i) > 0 else 0
        rows.append((learned, slept, passed))
    return rows


def logistic(x):
    """Mean cross-entropy with 0.01 times the squared weights, the bias not counted."""
    value, gradient = 0.0, np.zeros(3)
    rows = logistic_data()
    for learned, slept, passed in rows:
        z = x[0] * learned + x[1] * slept + x[2]
        p = 1 / (1 + math.exp(-z))
        value += (math.log1p(math.exp(-abs(z))) + max(z, 0) - passed * z) / len(rows)
        gradient += (p - passed) / len(rows) * np.array([learned, slept, 1.0])
    return value + 0.01 * (x[0] ** 2 + x[1] ** 2), gradient + np.array([0.02 * x[0], 0.02 * x[1], 0.0])


def rosenbrock(x):
    return optimize.rosen(x), optimize.rosen_der(x)


PROBLEMS = {
    "decay": (decay, [1.0, 1.0, 0.0]),
    "logistic": (logistic, [0.0, 0.0, 0.0]),
    "rosenbrock10": (rosenbrock, [-1.2, 1.0] * 5),
    "rosenbrock1000": (rosenbrock, [-1.2, 1.0] * 500),
}


def solve(name):
    f, start = PROBLEMS[name]
    options = {"maxiter": 100_000, "maxfun": 1_000_000, "ftol": 1e-15, "gtol": 1e-9}
    got = optimize.minimize(f, start, jac=True, method="L-BFGS-B", options=options)
    # A second method, so that a mistake of one would be seen.
    other = optimize.minimize(f, got.x, jac=True, method="BFGS", options={"gtol": 1e-10})
    assert np.abs(got.x - other.x).max() < 1e-5, (name, got.x[:5], other.x[:5])
    first = got.x[:4] if len(got.x) > 4 else got.x
    return {
        "dimensions": len(start),
        "x": [float(v) for v in first],
        "value": float(min(got.fun, other.fun)),
        "iterations": int(got.nit),
        "evaluations": int(got.nfev),
    }


def make():
    results = {"scipy": scipy.__version__, "problems": {name: solve(name) for name in PROBLEMS}}
    FILE.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    make()

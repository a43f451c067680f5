"""What all golden files share: exact inputs from a generator, and compact, reproducible JSON."""

import json
import math
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(__file__).parent
TORCH = torch.__version__.split("+")[0]
DIGITS = 9  # significant digits stored: 5e-10 relative, far below any f32 tolerance, and the same on every processor

torch.set_default_dtype(torch.float64)  # torch keeps scalars such as NAdam's product of momenta in the default type
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

GENERATOR = "s = (1664525*s + 1013904223) mod 2^32, starting from the seed; then value = ((s >> 8) / 2^24 * 2 - 1) * scale"


class Generator:
    """The sequence GENERATOR: each value is exact in f32, in [-scale, scale)."""

    def __init__(self, seed):
        self.state = seed

    def array(self, shape, scale=1.0):
        """The next values, row-major; `scale` must be a power of two."""
        assert scale == 0 or math.frexp(scale)[0] == 0.5, "the scale is a power of two"
        values = np.empty(math.prod(shape))
        for i in range(values.size):
            self.state = (1664525 * self.state + 1013904223) % 2**32
            values[i] = ((self.state >> 8) / 2**24 * 2 - 1) * scale
        assert np.array_equal(values, values.astype(np.float32))
        return values.reshape(shape)


def rounded(value):
    """`value` as nested lists of numbers with DIGITS significant digits."""
    if isinstance(value, (list, tuple)):
        return [rounded(v) for v in value]
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        return rounded(value.tolist())
    if value is None or isinstance(value, int):
        return value
    assert math.isfinite(value), "golden values are finite"
    short = float(f"{value:.{DIGITS}g}")
    is_whole = short.is_integer() and abs(short) < 2**53
    is_negative_zero = short == 0 and math.copysign(1, short) < 0
    return int(short) if is_whole and not is_negative_zero else short


def write(name, header, **lists):
    """Writes `{ ...header, ...lists }`, one item of a list a line."""
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in header.items()]
    for key, items in lists.items():
        rows = ",\n".join(json.dumps(item, separators=(",", ":"), allow_nan=False) for item in items)
        parts.append(f"{json.dumps(key)}: [\n{rows}\n]")
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    json.loads(text)
    (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    counts = ", ".join(f"{len(items)} {key}" for key, items in lists.items())
    print(f"{name}: {counts}, {len(text.encode()) / 1000:.0f} kB")

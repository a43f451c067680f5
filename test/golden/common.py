"""What all golden files share: exact inputs from a generator, and compact, reproducible JSON."""

import json
import math
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(__file__).parent
TORCH = torch.__version__.split("+")[0]
DIGITS = 9  # significant digits stored: 5e-10 relative, far below any f32 tolerance, and the same on every processor

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
    return int(short) if short == int(short) and abs(short) < 2**53 and math.copysign(1, short) == math.copysign(1, int(short)) else short


def write(name, header, list_name, items):
    """Writes `{ ...header, [list_name]: items }`, one item a line."""
    lines = [f"{json.dumps(key)}: {json.dumps(value)}," for key, value in header.items()]
    rows = ",\n".join(json.dumps(item, separators=(",", ":"), allow_nan=False) for item in items)
    text = "{\n" + "\n".join(lines) + f"\n{json.dumps(list_name)}: [\n{rows}\n]\n}}\n"
    json.loads(text)
    (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"{name}: {len(items)} {list_name}, {len(text.encode()) / 1000:.0f} kB")

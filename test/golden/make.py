"""Writes every golden file of this folder: `python make.py`. With `--check` it also runs each case in f32 and prints the distances."""

import sys

import torch

import optimizers

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

for part in [optimizers]:
    part.make()
    if "--check" in sys.argv[1:]:
        part.check()

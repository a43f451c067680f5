"""Writes every golden file of this folder: `python make.py`. `--check` also runs it all in f32 and prints the distances."""

import sys

import functions
import lbfgs
import minimize
import networks
import optimizers
import presets
import sam
import schedules
import wrappers

for part in (optimizers, wrappers, presets, networks, functions, schedules, minimize, lbfgs, sam):
    part.make()
if "--check" in sys.argv[1:]:
    for part in (optimizers, wrappers, presets, networks, functions):
        part.check()

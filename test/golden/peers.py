"""Optax, in float64: its objects for our configs, where torch has no such form."""

from importlib.metadata import version

import jax
import jax.numpy as jnp
import optax
import optax.contrib

from rules import options

jax.config.update("jax_enable_x64", True)

VERSION = version("optax")


def lamb(o, rate, decays):
    return optax.lamb(rate, o["beta1"], o["beta2"], o["epsilon"], weight_decay=o["weightDecay"], mask=decays)


def coupled(o, decays, optimizer):
    """Optax' own coupled decay, g + λθ, in front of a rule that has none."""
    return optax.chain(optax.add_decayed_weights(o["weightDecay"], decays), optimizer)


def adabelief(o, rate, decays):
    return coupled(o, decays, optax.adabelief(rate, o["beta1"], o["beta2"], o["epsilon"], o["epsilon"]))


def yogi(o, rate, decays):
    return coupled(o, decays, optax.chain(
        optax.scale_by_yogi(o["beta1"], o["beta2"], o["epsilon"], initial_accumulator_value=o["initialAccumulator"]),
        optax.scale_by_learning_rate(rate)))


def schedule_free_adamw(o, rate, decays):
    """As `optax.contrib.schedule_free_adamw` is made, with a mask for the decay."""
    adam = optax.scale_by_rms(decay=o["beta2"], eps=o["epsilon"], eps_in_sqrt=False, bias_correction=True)
    decay = optax.add_decayed_weights(o["weightDecay"], decays)
    inner = optax.chain(adam, decay, optax.scale_by_learning_rate(rate))
    return optax.contrib.schedule_free(inner, rate, b1=o["beta1"], weight_lr_power=o["weightPower"])


MAKERS = {"lamb": lamb, "adabelief": adabelief, "yogi": yogi, "scheduleFreeAdamW": schedule_free_adamw}


def has_form(config, rates):
    """Optax' schedule-free average weighs by the rate of the next update, warms up from 0 and knows no power of the step."""
    o = options(config)
    if config["type"] == "scheduleFreeAdamW" and (rates or o["warmupSteps"] or o["r"]):
        return False
    return config["type"] in MAKERS


def reference_name(config):
    name = MAKERS[config["type"]].__name__
    return f"optax.{name if hasattr(optax, name) else f'contrib.{name}'} {VERSION}"


def make(config, rates, decays):
    """The optax object for a config; `rates`: None or one a step; `decays`: for each tensor whether it decays."""
    o = options(config)
    rate = o["learningRate"] if rates is None else lambda count: jnp.asarray(rates)[count]
    return MAKERS[config["type"]](o, rate, decays)


def path(optimizer, start, gradients):
    """The tensors after 0, 1, ... steps, as numpy arrays."""
    x = [jnp.asarray(a) for a in start]
    state = optimizer.init(x)
    yield start
    for g in gradients:
        changes, state = optimizer.update([jnp.asarray(a) for a in g], state, x)
        x = optax.apply_updates(x, changes)
        yield [jax.device_get(a) for a in x]

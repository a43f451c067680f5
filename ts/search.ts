/** `lbfgs` in a model: the updates that are made here, from several gradients of the core's, and not in the core. */

import type { ConstraintConfig } from "./config/constraints.js";
import type { LayerConfig } from "./config/layers.js";
import type { OptimizerConfig } from "./config/optimizers/index.js";
import type { LbfgsConfig } from "./config/optimizers/lbfgs.js";
import type { TransformConfig } from "./config/transforms.js";
import { cross } from "./core/cross.js";
import { read, write } from "./core/memory.js";
import type { Tensor } from "./core/names.js";
import { ConfigError } from "./errors.js";
import type { Inside } from "./inside.js";
import { Lbfgs, type SavedMemory, type Seen } from "./lbfgs.js";
import type { NamedData } from "./save.js";

/** Where an update began. */
export interface Begun {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** The optimizer of a model that searches along lines. */
export class ModelSearch {
  readonly #lbfgs: Lbfgs;
  readonly #weights: readonly Tensor[];
  readonly #size: number;
  /** `Inside.edits` when it remembered something */
  #edits = 0;

  constructor(config: LbfgsConfig, tensors: readonly Tensor[]) {
    // What the core holds is f32: what is kept loses little, and a file holds it whole.
    this.#lbfgs = new Lbfgs(config, true);
    this.#weights = tensors.filter(({ isWeight }) => isWeight);
    this.#size = this.#weights.reduce((sum, { size }) => sum + size, 0);
  }

  forget(): void {
    this.#lbfgs.forget();
  }

  /** What it remembers, unless something was set, frozen or pruned since. */
  save({ edits }: Inside): { readonly slots: NamedData[][]; readonly numbers: readonly number[] } {
    if (edits !== this.#edits) this.forget();
    const { slots, numbers } = this.#lbfgs.save();
    const split = (slot: Float32Array) =>
      this.#weights.map(({ name, shape, offset, size }) => ({ name, shape, data: slot.slice(offset, offset + size) }));
    return { slots: slots.map(split), numbers };
  }

  /** @throws ConfigError `CONFIG` for what {@link ModelSearch.save} does not give */
  load({ edits }: Inside, slots: readonly (readonly NamedData[])[], numbers: readonly number[]): void {
    const joined = slots.map((slot) => {
      const block = new Float32Array(this.#size);
      this.#weights.forEach(({ offset }, i) => {
        block.set((slot[i] as NamedData).data, offset);
      });
      return block;
    });
    this.#lbfgs.load({ slots: joined, numbers } satisfies SavedMemory);
    this.#edits = edits;
  }

  /**
   * One update: `evaluate` takes the gradient where the core's model stands, and says whether it is finite. The random numbers
   * of all evaluations are the same. What the core counts of an update is left to the caller.
   *
   * @param frozen of all tensors
   * @returns undefined if it diverged: the model is as before
   */
  update(
    inside: Inside,
    frozen: readonly boolean[],
    rate: number,
    evaluate: (first: boolean) => boolean,
  ): Begun | undefined {
    const { instance, core, tensors } = inside;
    if (inside.edits !== this.#edits) this.forget();
    this.#edits = inside.edits;
    const held = tensors.filter((tensor, i) => tensor.isWeight && frozen[i] === true);
    const seen = (finite: boolean): Seen => {
      if (!finite) return { value: Number.POSITIVE_INFINITY, gradient: new Float64Array(this.#size) };
      const gradient = Float64Array.from(read(instance, core.gradients(), this.#size));
      for (const { offset, size } of held) gradient.fill(0, offset, offset + size);
      return { value: core.loss(), gradient };
    };
    const stand = (point: Float64Array) => {
      write(instance, core.values(), point);
      cross(instance, () => core.values_changed(new Uint32Array()));
    };
    if (!evaluate(true)) return undefined;
    const begun = { loss: core.loss(), gradientNorm: core.gradient_norm() };
    const start = Float64Array.from(read(instance, core.values(), this.#size));
    const search = this.#lbfgs.update(start, seen(true), rate);
    let turn = search.next();
    while (turn.done !== true) {
      stand(turn.value);
      turn = search.next(seen(evaluate(false)));
    }
    const { point, seen: last } = turn.value;
    const lost = last?.value === Number.POSITIVE_INFINITY || !point.every((x) => Number.isFinite(Math.fround(x)));
    stand(lost ? start : point);
    return lost ? undefined : begun;
  }
}

/** The search of this optimizer, if it is one. */
export function searchOf(optimizer: OptimizerConfig, tensors: readonly Tensor[]): ModelSearch | undefined {
  return optimizer.type === "lbfgs" ? new ModelSearch(optimizer, tensors) : undefined;
}

/** Refuses what would change the gradient or the weights behind the back of a search. */
export function refuseAround(
  optimizer: OptimizerConfig,
  layers: readonly LayerConfig[],
  gradient: readonly TransformConfig[],
): void {
  if (optimizer.type !== "lbfgs") return;
  if (gradient.length > 0)
    throw new ConfigError("gradient", "lbfgs needs the gradient of the loss as it is: leave the transforms out");
  const held = (config: ConstraintConfig | undefined) => config !== undefined;
  const holds = (layer: LayerConfig): boolean =>
    layer.type === "residual"
      ? layer.layers.some(holds)
      : layer.type === "dense" && (held(layer.kernelConstraint) || held(layer.biasConstraint));
  if (layers.some(holds))
    throw new ConfigError("optimizer", "lbfgs cannot hold constraints: they move the weights off the line it searches");
}

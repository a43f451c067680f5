/** Layers rewritten: what a remedy changes in a network. */

import type { Activation } from "../config/activations.js";
import { normalizeActivation } from "../config/activations.js";
import type { ConstraintConfig } from "../config/constraints.js";
import type { Initializer } from "../config/initializers.js";
import type { DenseConfig, LayerConfig } from "../config/layers.js";
import { outputWidth } from "../config/model.js";

/** What to change in the hidden layers, and around them. */
export interface Rebuild {
  /** of every hidden dense layer that is not linear, and every activation layer */
  readonly activation?: Activation;
  /** draws hidden kernels so that signals keep their size through each layer's activation, and starts biases at 0 */
  readonly initialize?: boolean;
  /** draws the output layer's kernel and bias the same way */
  readonly initializeOutput?: boolean;
  /** on every hidden kernel */
  readonly constraint?: ConstraintConfig;
  /** between product and activation of every hidden layer */
  readonly normalize?: LayerConfig;
  /** around every hidden layer that keeps the width: a residual block with this layer first */
  readonly residual?: LayerConfig;
  /** in front of all, in place of a normalization that stands there */
  readonly first?: readonly LayerConfig[];
}

/** The name of an activation given by name or config. */
export const nameOf = (activation: Activation) => normalizeActivation(activation, "activation").type;

const symmetric = ["linear", "tanh", "sigmoid", "hardSigmoid", "softsign", "softmax"];

/** The initialiser that keeps the size of signals through this activation: He 2015, Klambauer 2017 or Glorot 2010. */
export function initializerFor(activation: Activation): Initializer & string {
  const name = nameOf(activation);
  return name === "selu" ? "lecunNormal" : symmetric.includes(name) ? "glorotUniform" : "heNormal";
}

/** Standard deviation of a kernel `[inputs, units]` drawn so. */
export function deviationFor(activation: Activation, [inputs = 1, units = 1]: readonly number[]): number {
  const initializer = initializerFor(activation);
  if (initializer === "glorotUniform") return Math.sqrt(2 / (inputs + units));
  return Math.sqrt((initializer === "heNormal" ? 2 : 1) / inputs);
}

/** The activation that a dense layer's output goes through: its own, or that of an activation layer after it. */
export function activationAfter(layers: readonly LayerConfig[], place: number): Activation {
  const layer = layers[place] as DenseConfig;
  if (nameOf(layer.activation) !== "linear") return layer.activation;
  const next = layers.slice(place + 1).find(({ type }) => !type.endsWith("ormalization"));
  return next?.type === "activation" ? next.activation : "linear";
}

/** The network with what `plan` says; the last dense layer is the output. */
export function rebuild(given: readonly LayerConfig[], plan: Rebuild, inputs: number): readonly LayerConfig[] {
  const layers = plan.first !== undefined && given[0]?.type === "normalization" ? given.slice(1) : given;
  const output = layers.findLastIndex(({ type }) => type === "dense");
  const rebuilt = hidden(layers.slice(0, output), plan, inputs, layers);
  const last = layers
    .slice(output)
    .map((layer) =>
      layer.type === "dense" && plan.initializeOutput === true
        ? { ...layer, kernelInitializer: initializerFor(layer.activation), biasInitializer: "zeros" as const }
        : layer,
    );
  return [...(plan.first ?? []), ...rebuilt, ...last];
}

function hidden(
  layers: readonly LayerConfig[],
  plan: Rebuild,
  inputs: number,
  around: readonly LayerConfig[],
  isInside = false,
): readonly LayerConfig[] {
  let width = inputs;
  return layers.flatMap((layer, i): readonly LayerConfig[] => {
    const before = width;
    width = outputWidth([layer], width);
    if (layer.type === "residual") {
      return [{ ...layer, layers: hidden(layer.layers, plan, before, layer.layers, true) }];
    }
    if (layer.type === "activation") return [{ ...layer, activation: plan.activation ?? layer.activation }];
    if (layer.type !== "dense") return [layer];
    const own = nameOf(layer.activation) === "linear" ? undefined : (plan.activation ?? layer.activation);
    const after = plan.activation ?? activationAfter(around, i);
    const drawn = plan.initialize === true && {
      kernelInitializer: initializerFor(after),
      biasInitializer: "zeros" as const,
    };
    const dense: DenseConfig = {
      ...layer,
      ...(own !== undefined && { activation: own }),
      ...drawn,
      ...(plan.constraint && { kernelConstraint: plan.constraint }),
    };
    const block: readonly LayerConfig[] =
      plan.normalize === undefined
        ? [dense]
        : own !== undefined
          ? [{ ...dense, activation: "linear" }, plan.normalize, { type: "activation", activation: own }]
          : around[i + 1]?.type === "activation"
            ? [dense, plan.normalize]
            : [dense];
    return plan.residual !== undefined && !isInside && before === width
      ? [{ type: "residual", layers: [plan.residual, ...block] }]
      : block;
  });
}

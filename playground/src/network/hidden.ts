/** One hidden layer as both rooms build it: a product, a normalisation between if there is one, an activation. */

import {
  type Activation,
  activation,
  batchNormalization,
  type DenseOptions,
  dense,
  type LayerConfig,
  layerNormalization,
} from "downhill";
import type { NormalizationName } from "./normalizations.js";

export function hiddenLayer(
  units: number,
  name: Activation,
  normalization: NormalizationName,
  options: DenseOptions,
): readonly LayerConfig[] {
  if (normalization === "none") return [dense(units, { ...options, activation: name })];
  const between = normalization === "layer" ? layerNormalization() : batchNormalization();
  return [dense(units, options), between, activation(name)];
}

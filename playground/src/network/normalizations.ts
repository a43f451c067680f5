/** What may stand between product and activation of a hidden layer. A file of its own: pages that only name them need no library. */
export const normalizationNames = ["none", "layer", "batch"] as const;

export type NormalizationName = (typeof normalizationNames)[number];

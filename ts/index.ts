import { defaultModule, instantiate } from "./core/load.js";

/** The version of the core, equal to the version of the package. */
export function coreVersion(): string {
  return instantiate(defaultModule()).version();
}

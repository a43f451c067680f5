import { optimizers } from "../optimizers/table.js";

/** Whether an optimizer needs all samples at every update. */
export function needsAllRows(type: string): boolean {
  const row: { readonly name: string; readonly fullBatch?: true } | undefined = Object.entries(optimizers).find(
    ([name]) => name === type,
  )?.[1];
  return row?.fullBatch ?? false;
}

// Writes a workload with its data and weights for programs in other languages: `node bench/export.mjs WORKLOAD FOLDER`.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { blocksOf, dataOf, weightsOf, workloads } from "./workloads.mjs";

const [id, folder] = process.argv.slice(2);
const workload = workloads.find((one) => one.id === id);
const put = async (file, data, shape) => {
  await writeFile(join(folder, file), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return { file, shape };
};
/** The numbers by name, each with its shape. */
async function tensors() {
  if (workload.kind === "update") {
    const { parameters, gradients } = blocksOf(workload);
    const shape = [workload.size];
    return { parameters: await put("p.f32", parameters, shape), gradients: await put("g.f32", gradients, shape) };
  }
  const { x, y, rows } = dataOf(workload);
  return {
    x: await put("x.f32", x, [rows, workload.inputs]),
    y: await put("y.bin", y, y instanceof Float32Array ? [rows, y.length / rows] : [rows]),
    weights: await Promise.all(weightsOf(workload).map(({ name, data, shape }) => put(`${name}.f32`, data, shape))),
  };
}

await writeFile(join(folder, "workload.json"), JSON.stringify({ ...workload, ...(await tensors()) }));

// Writes a workload with its data and weights for programs in other languages: `node bench/export.mjs WORKLOAD FOLDER`.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dataOf, weightsOf, workloads } from "./workloads.mjs";

const [id, folder] = process.argv.slice(2);
const workload = workloads.find((one) => one.id === id);
const put = async (file, data, shape) => {
  await writeFile(join(folder, file), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return { file, shape };
};
const { x, y, rows } = dataOf(workload);
const columns = y.length / rows;
const written = {
  ...workload,
  x: await put("x.f32", x, [rows, workload.inputs]),
  y: await put("y.bin", y, y instanceof Float32Array ? [rows, columns] : [rows]),
  weights: await Promise.all(weightsOf(workload).map(({ name, data, shape }) => put(`${name}.f32`, data, shape))),
};
await writeFile(join(folder, "workload.json"), JSON.stringify(written));

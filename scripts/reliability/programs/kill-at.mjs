// Loaded before a program (`node --import`): kills the process with SIGKILL right before its DOWNHILL_KILL_AT-th change of a
// file, from 1, and in the middle of a writing. Without that number it counts them, into the file DOWNHILL_OPERATIONS.
import { writeFileSync } from "node:fs";
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const at = Number(process.env.DOWNHILL_KILL_AT ?? Number.POSITIVE_INFINITY);
let operations = 0;

/** @returns {boolean} must the process die now? */
const isDue = () => {
  operations += 1;
  return operations === at;
};
// The signal may arrive a little later than the call returns: nothing else may happen meanwhile.
const die = () => {
  process.kill(process.pid, "SIGKILL");
  for (;;);
};

for (const name of ["rename", "rm", "mkdir"]) {
  const operation = promises[name];
  promises[name] = (...parameters) => {
    if (isDue()) die();
    return operation.apply(promises, parameters);
  };
}

const { open } = promises;
promises.open = async (path, flags, ...rest) => {
  if (flags === "w" && isDue()) die();
  const file = await open(path, flags, ...rest);
  const { writeFile } = file;
  file.writeFile = async (bytes) => {
    if (isDue()) {
      await writeFile.call(file, bytes.subarray(0, bytes.length / 2));
      die();
    }
    return writeFile.call(file, bytes);
  };
  for (const name of ["utimes", "sync", "close"]) {
    const operation = file[name];
    file[name] = (...parameters) => {
      if (isDue()) die();
      return operation.apply(file, parameters);
    };
  }
  return file;
};
syncBuiltinESMExports();

const counts = process.env.DOWNHILL_OPERATIONS;
if (counts !== undefined) process.on("exit", () => writeFileSync(counts, String(operations)));

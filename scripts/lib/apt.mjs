// Debian's packages. Node built-ins only.
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError, run } from "./run.mjs";

/** May packages of Debian be installed here? */
export function rootOnDebian() {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/etc/os-release")) return false;
  return /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
}

/** One apt at a time in this process; others are waited for. */
let aptQueue = Promise.resolve();

function apt(parameters) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const turn = aptQueue.then(async () => {
    const deadline = performance.now() + 600_000;
    for (;;) {
      try {
        return await run("apt-get", ["-o", "DPkg::Lock::Timeout=600", "-q", ...parameters], { env });
      } catch (error) {
        // The locks of the lists and the archive have no time-out of their own.
        const busy = error instanceof CommandError && /Could not get lock|Unable to lock/.test(error.output);
        if (!busy || performance.now() > deadline) throw error;
        await sleep(2000);
      }
    }
  });
  aptQueue = turn.catch(() => undefined);
  return turn;
}

let updated;

/** Fresh lists, once; a source that does not answer is left to `apt-get install` to judge. */
export function aptUpdate() {
  updated ??= apt(["update"]).catch((error) => {
    if (!(error instanceof CommandError)) throw error;
  });
  return updated;
}

/** Installs packages, and of what they recommend nothing. */
export const aptInstall = (packages) => apt(["install", "-y", "--no-install-recommends", ...packages]);

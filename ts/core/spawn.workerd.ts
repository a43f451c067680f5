import { UnsupportedError } from "../errors.js";
import type { Channel } from "./spawn.js";

/** Cloudflare Workers start no workers of their own. */
export function spawn(): Channel {
  throw new UnsupportedError("this host has no worker threads; use Model");
}

/** The line to a worker, of which there can be none. */
export const channelOf: (worker: never) => Channel = spawn;

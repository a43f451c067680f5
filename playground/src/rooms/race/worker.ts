import { ConfigError } from "downhill";
import type { Config } from "../../training/jobs.js";
import { networkRace } from "../../training/network-race.js";
import { serve } from "../../worker/serve.js";
import type { RaceJobs, SurfaceInput, Track } from "./jobs.js";
import { track } from "./surface-race.js";

serve<RaceJobs>({
  surface: async ({ lanes, ...input }) => {
    const tracks: Track[] = [];
    for (const lane of lanes) tracks.push(await tracked(lane, input));
    return tracks;
  },
  network: networkRace,
});

/** Settings that contradict one another stop their own lane alone. */
async function tracked(lane: Config, input: Omit<SurfaceInput, "lanes">): Promise<Track> {
  try {
    return await track(lane, input);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { path: new Float32Array(), values: new Float64Array(), gradients: 0, refused: error.message };
  }
}

import { serve } from "../../worker/serve.js";
import type { RaceJobs, Track } from "./jobs.js";
import { networkRace } from "./network-race.js";
import { track } from "./surface-race.js";

serve<RaceJobs>({
  surface: async ({ lanes, ...input }) => {
    const tracks: Track[] = [];
    for (const lane of lanes) tracks.push(await track(lane, input));
    return tracks;
  },
  network: networkRace,
});

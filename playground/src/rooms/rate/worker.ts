import { ConfigError, findLearningRate, init, type ScheduleConfig, schedulePreview } from "downhill";
import { configOf, networkRace, samplesOf } from "../../training/network-race.js";
import { serve } from "../../worker/serve.js";
import type { RateJobs, TestInput, TestResult } from "./jobs.js";

serve<RateJobs>({
  test: async (input, { signal }) => orRefusal(() => rangeTest(input, signal)),
  preview: async ({ schedules, steps }) => {
    await init();
    return schedules.map((schedule) => {
      try {
        return schedulePreview(schedule as ScheduleConfig, steps);
      } catch (error) {
        if (error instanceof ConfigError) return error.message;
        throw error;
      }
    });
  },
  network: networkRace,
});

async function rangeTest(input: TestInput, signal: AbortSignal): Promise<TestResult> {
  const { optimizer, min, max, steps, seed, batch, fullBatch } = input;
  const samples = await samplesOf(input);
  const config = configOf(input, samples, optimizer, seed);
  const batchSize = fullBatch ? samples.rows : Math.min(batch, samples.rows);
  const test = await findLearningRate(config, samples.x, samples.y, { min, max, steps, batchSize, signal });
  const { learningRates, losses, batchLosses, suggestion, diverging } = test;
  return { learningRates, losses, batchLosses, suggestion, diverging };
}

async function orRefusal(work: () => Promise<TestResult>): Promise<TestResult> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigError) return { refused: error.message };
    throw error;
  }
}

/** What is trained: in links, and as fields of a room. */

import { say as sayData } from "../data/words.js";
import { NumberField, Select } from "../ui/fields.js";
import { choice, type Fields, whole } from "../url/codec.js";
import type { Experiment } from "../url/experiment.js";
import { type DataName, dataNames, type Task } from "./jobs.js";
import { say } from "./words.js";

/** The part of an experiment that says what is trained. */
export interface Training extends Omit<Task, "files"> {
  readonly epochs: number;
  /** how many runs of each lane, from the first seed on */
  readonly seeds: number;
  readonly seed: number;
}

const limits = {
  hidden: { initial: 16, min: 1, max: 512 },
  batch: { initial: 16, min: 1, max: 1024 },
  epochs: { initial: 80, min: 1, max: 500 },
  seeds: { initial: 3, min: 1, max: 10 },
  seed: { initial: 0, min: 0, max: 2 ** 32 - 1 },
} as const;

/** The fields of links, with what a room begins with. */
export const trainingFields = (data: DataName, usual: Partial<Record<keyof typeof limits, number>> = {}) => {
  const numbers = Object.entries(limits).map(([key, limit]) => [
    key,
    whole({ ...limit, initial: usual[key as keyof typeof limits] ?? limit.initial }),
  ]);
  return { data: choice(dataNames, data), ...Object.fromEntries(numbers) } as Fields<Training>;
};

const numbers = Object.entries(limits) as [keyof typeof limits, (typeof limits)[keyof typeof limits]][];

export const seedsOf = ({ seeds, seed }: Training): readonly number[] =>
  Array.from({ length: seeds }, (_, i) => (seed + i) % 2 ** 32);

/** What is trained, as workers take it. */
export const taskOf = ({ data, hidden, batch }: Training): Task => ({
  ...{ data, hidden, batch },
  files: new URL(".", location.href).href,
});

export function TrainingFields<E extends Training>({ experiment }: { readonly experiment: Experiment<E> }) {
  const now: Training = experiment.now.value;
  const change = (part: Partial<Training>) => experiment.change(part as Partial<E>);
  return (
    <div class="fields">
      <Select
        label={say("data")}
        value={now.data}
        options={dataNames.map((name) => [name, name === "curve" ? say(name) : sayData(name)])}
        onChange={(data: DataName) => change({ data })}
      />
      {numbers.map(([key, { min, max }]) => (
        <NumberField
          key={key}
          label={say(key)}
          value={now[key]}
          min={min}
          max={max}
          whole
          onChange={(value) => change({ [key]: value })}
        />
      ))}
    </div>
  );
}

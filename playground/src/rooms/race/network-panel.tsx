/** The losses of all lanes on a network. */

import { short } from "../../canvas/scale.js";
import { type Chart, type Line, LineChart } from "../../chart/line-chart.js";
import { titleOf } from "../../optimizers/table.js";
import { Choice, NumberField, Panel, Select } from "../../ui/fields.js";
import { type DataName, dataNames, race } from "./experiment.js";
import { type Course, courses } from "./results.js";
import { share } from "./transport.js";
import { say } from "./words.js";

export function NetworkPanel() {
  const { lanes, data, hidden, batch, epochs, seeds, seed, against } = race.now.value;
  const unit = say(against === "steps" ? "updates" : "time");
  const field = (key: "hidden" | "batch" | "epochs" | "seeds" | "seed", value: number, min: number, max: number) => (
    <NumberField
      label={say(key)}
      value={value}
      min={min}
      max={max}
      whole
      onChange={(number) => race.change({ [key]: number })}
    />
  );
  return (
    <Panel
      title={say("network")}
      class="track"
      tools={
        <Choice
          label={say("against")}
          value={against}
          options={[
            ["steps", say("againstSteps")],
            ["time", say("againstTime")],
          ]}
          onChange={(value) => race.change({ against: value })}
        />
      }
    >
      <LineChart
        label={`${say("networkLabel", { n: lanes.length, against: unit })} ${say("networkKeys")}`}
        chart={chart}
        height={420}
        readingOf={(x) => `${short(x)} ${unit}`}
      />
      <p class="hint">{say("band")}</p>
      <div class="fields">
        <Select
          label={say("data")}
          value={data}
          options={dataNames.map((name) => [name, say(name)])}
          onChange={(name: DataName) => race.change({ data: name })}
        />
        {field("hidden", hidden, 1, 128)}
        {field("batch", batch, 1, 1024)}
        {field("epochs", epochs, 1, 500)}
        {field("seeds", seeds, 1, 10)}
        {field("seed", seed, 0, 2 ** 32 - 1)}
      </div>
    </Panel>
  );
}

/** How many epochs all runs of a lane that have not diverged have finished. */
function finished({ losses }: Course): number {
  const running = losses.filter((run) => !run.some(Number.isNaN));
  return Math.min(...(running.length > 0 ? running : losses).map(({ length }) => length));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean and extremes over the runs that are still there, epoch by epoch. */
export function lineOf(course: Course, lane: number, name: string, against: "steps" | "time"): Line {
  const count = Math.max(0, finished(course));
  const [x, y, low, high]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let epoch = 0; epoch < count; epoch++) {
    const values = course.losses.map((run) => run[epoch]).filter((loss): loss is number => Number.isFinite(loss));
    if (values.length === 0) break;
    x.push(against === "steps" ? (course.steps[epoch] as number) : mean(course.ms.map((run) => run[epoch] ?? 0)));
    y.push(mean(values));
    low.push(Math.min(...values));
    high.push(Math.max(...values));
  }
  return { name, colour: lane, x, y, low, high };
}

function chart(): Chart {
  const { lanes, against, epochs } = race.now.value;
  const lines = courses.value
    .slice(0, lanes.length)
    .map((course, lane) => lineOf(course, lane, titleOf(lanes[lane] as (typeof lanes)[number], "network"), against));
  // A straight share of the epochs: fast lanes are ahead in time, all are level in steps.
  const last = Math.max(0, ...lines.map(({ x }) => x[x.length - 1] ?? 0));
  const whole = against === "steps" ? Math.max(last, ((courses.value[0]?.steps[1] ?? 1) as number) * epochs) : last;
  return {
    lines,
    xKind: "linear",
    yKind: "log",
    xName: say(against === "steps" ? "updates" : "time"),
    xRange: [0, Math.max(1e-9, whole)],
    until: share.value * whole,
  };
}

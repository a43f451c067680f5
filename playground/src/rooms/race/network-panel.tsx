/** The losses of all lanes on a network. */

import { short } from "../../canvas/scale.js";
import { type Chart, LineChart } from "../../chart/line-chart.js";
import { titleOf } from "../../optimizers/table.js";
import { lineOf } from "../../training/courses.js";
import { TrainingFields } from "../../training/fields.js";
import { say as sayOfTraining } from "../../training/words.js";
import { share } from "../../transport/film.js";
import { Choice, Panel } from "../../ui/fields.js";
import { race } from "./experiment.js";
import { courses } from "./results.js";
import { say } from "./words.js";

export function NetworkPanel() {
  const { lanes, against } = race.now.value;
  const unit = say(against === "steps" ? "updates" : "time");
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
        label={`${say("networkLabel", { n: lanes.length, against: unit })} ${sayOfTraining("keys")}`}
        chart={chart}
        height={420}
        readingOf={(x) => `${short(x)} ${unit}`}
      />
      <p class="hint">{sayOfTraining("band")}</p>
      <TrainingFields experiment={race} />
    </Panel>
  );
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
    yName: sayOfTraining("loss"),
    xRange: [0, Math.max(1e-9, whole)],
    until: share.value * whole,
  };
}

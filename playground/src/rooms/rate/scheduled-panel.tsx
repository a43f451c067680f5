/** The same network trained under each of the schedules. */

import { type Chart, LineChart } from "../../chart/line-chart.js";
import { lineOf } from "../../training/courses.js";
import { say as sayOfTraining } from "../../training/words.js";
import { Panel } from "../../ui/fields.js";
import { rate } from "./experiment.js";
import { scheduled } from "./results.js";
import { nameOf } from "./schedule-names.js";
import { say } from "./words.js";

export function ScheduledPanel() {
  return (
    <Panel title={say("scheduled")} class="track">
      <LineChart
        label={`${say("scheduledLabel", { n: rate.now.value.schedules.length })} ${sayOfTraining("keys")}`}
        chart={chart}
        height={330}
        readingOf={(at) => say("atUpdate", { n: Math.round(at) })}
      />
      <p class="hint">{sayOfTraining("band")}</p>
    </Panel>
  );
}

function chart(): Chart {
  const { schedules } = rate.now.value;
  const lines = scheduled.courses.value
    .slice(0, schedules.length)
    .map((course, i) => lineOf(course, i, nameOf(schedules, i)));
  return { lines, xKind: "linear", yKind: "log", xName: sayOfTraining("updates"), yName: sayOfTraining("loss") };
}

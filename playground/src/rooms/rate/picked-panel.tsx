/** The same network trained at each of the rates that were picked. */

import { useSignal } from "@preact/signals";
import { short } from "../../canvas/scale.js";
import { type Chart, LineChart } from "../../chart/line-chart.js";
import { endOf, lineOf } from "../../training/courses.js";
import { EndOf } from "../../training/end.js";
import { say as sayOfTraining } from "../../training/words.js";
import { Button } from "../../ui/button.js";
import { NumberField, Panel } from "../../ui/fields.js";
import { mostLanes, pick, rate } from "./experiment.js";
import { picked } from "./results.js";
import { say } from "./words.js";

export function PickedPanel() {
  const { rates } = rate.now.value;
  const typed = useSignal(0.01);
  return (
    <Panel title={say("picked")} class="track">
      <LineChart
        label={`${say("pickedLabel", { n: rates.length })} ${sayOfTraining("keys")}`}
        chart={chart}
        height={330}
        readingOf={(at) => say("atUpdate", { n: Math.round(at) })}
      />
      <ul class="picks">
        {rates.map((each, i) => (
          <li key={each}>
            <span class={`chip big s${i}`} aria-hidden="true">
              {i + 1}
            </span>
            <span>{say("atRate", { n: short(each) })}</span>
            <Ending at={i} />
            <Button
              icon="close"
              look="quiet"
              label={say("remove", { name: say("atRate", { n: short(each) }) })}
              onClick={() => rate.change({ rates: rates.filter((other) => other !== each) })}
            />
          </li>
        ))}
      </ul>
      <div class="fields">
        <NumberField
          label={say("addRate")}
          value={typed.value}
          min={1e-12}
          max={1e3}
          onChange={(value) => {
            typed.value = value;
          }}
        />
        <Button icon="plus" disabled={rates.length >= mostLanes} onClick={() => pick(typed.value)}>
          {say("add")}
        </Button>
      </div>
    </Panel>
  );
}

function Ending({ at }: { readonly at: number }) {
  const course = picked.courses.value[at];
  return course === undefined ? null : <EndOf course={course} all={picked.courses.value.map(endOf)} />;
}

function chart(): Chart {
  const { rates } = rate.now.value;
  const lines = picked.courses.value
    .slice(0, rates.length)
    .map((course, i) => lineOf(course, i, say("atRate", { n: short(rates[i] as number) })));
  return { lines, xKind: "linear", yKind: "log", xName: sayOfTraining("updates"), yName: sayOfTraining("loss") };
}

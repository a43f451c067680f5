/** The range test: a curve to click on. */

import { short } from "../../canvas/scale.js";
import { type Chart, type Line, LineChart } from "../../chart/line-chart.js";
import type { Mark } from "../../chart/lines.js";
import { readable } from "../../network/readable.js";
import { say as sayOfTraining } from "../../training/words.js";
import { Button } from "../../ui/button.js";
import { NumberField, Panel } from "../../ui/fields.js";
import { chosenOf, pick, rate } from "./experiment.js";
import { test } from "./results.js";
import { say } from "./words.js";

const tidy = (value: number) => short(Number(value.toPrecision(2)));

export function TestPanel() {
  const { min, max, testSteps } = rate.now.value;
  const found = test.value;
  const suggestion = found !== undefined && "suggestion" in found ? found.suggestion : Number.NaN;
  return (
    <Panel
      title={say("test")}
      class="track"
      tools={
        Number.isNaN(suggestion) ? null : (
          <Button look="main" onClick={() => pick(suggestion)}>
            {say("take", { n: tidy(suggestion) })}
          </Button>
        )
      }
    >
      {found !== undefined && "refused" in found ? <p class="bad">{readable(found.refused, [])}</p> : null}
      <LineChart
        label={say("testLabel", { min, max, suggestion: Number.isNaN(suggestion) ? "–" : tidy(suggestion) })}
        chart={chart}
        height={330}
        readingOf={(at) => say("atRate", { n: tidy(at) })}
        onPick={pick}
      />
      <p class="hint">
        {found !== undefined && "suggestion" in found && Number.isNaN(suggestion)
          ? say("noSuggestion")
          : say("testHint")}
      </p>
      <div class="fields">
        <NumberField
          label={say("min")}
          value={min}
          min={1e-12}
          max={max / 2}
          onChange={(value) => rate.change({ min: value })}
        />
        <NumberField
          label={say("max")}
          value={max}
          min={min * 2}
          max={1e3}
          onChange={(value) => rate.change({ max: value })}
        />
        <NumberField
          label={say("testSteps")}
          value={testSteps}
          min={20}
          max={2000}
          whole
          onChange={(value) => rate.change({ testSteps: value })}
        />
      </div>
    </Panel>
  );
}

function chart(): Chart {
  const { min, max } = rate.now.value;
  const chosen = chosenOf(rate.now.value);
  const found = test.value;
  const common = {
    xKind: "log",
    yKind: "log",
    xName: say("learningRate"),
    yName: sayOfTraining("loss"),
    xRange: [min, max],
  } as const;
  if (found === undefined || "refused" in found) return { ...common, lines: [], yRange: [0.1, 1] };
  const { learningRates, losses, batchLosses, suggestion, diverging } = found;
  const lines: Line[] = [
    { name: say("batches"), colour: 0, x: learningRates, y: batchLosses, faint: true },
    { name: say("smoothed"), colour: 0, x: learningRates, y: losses, bold: true },
  ];
  const marks: Mark[] = [
    { x: suggestion, text: say("suggestion", { n: tidy(suggestion) }), colour: 2 },
    { x: chosen, text: say("chosen", { n: tidy(chosen) }) },
    ...(diverging === undefined ? [] : [{ x: diverging, text: say("diverges"), colour: 5 }]),
  ];
  return { ...common, lines, marks };
}

/** The training: its losses, what the network answers, and the controls that run through both. */

import { useRef } from "preact/hooks";
import { drawPixels, drawPoints, mapPixels } from "../../canvas/plane.js";
import { short } from "../../canvas/scale.js";
import { type Chart, type Line, LineChart } from "../../chart/line-chart.js";
import { toy } from "../../data/toys.js";
import { share } from "../../transport/film.js";
import { FilmTransport } from "../../transport/transport.js";
import { Canvas } from "../../ui/canvas.js";
import { Panel } from "../../ui/fields.js";
import { endOf } from "./diagnosis-panel.js";
import { doctor } from "./experiment.js";
import { mapSize } from "./jobs.js";
import { samplesOf } from "./patient.js";
import { type Film, isTraining, momentAt, present, trial, untreated } from "./results.js";
import { say } from "./words.js";

export function Transport() {
  const at = say("atUpdate", { n: present.value });
  const steps = Math.min(doctor.now.value.updates, 120);
  return <FilmTransport place={say("place")} at={at} steps={steps} busy={isTraining.value} />;
}

function lineOf({ moments }: Film, name: string, colour: number): Line {
  return { name, colour, x: moments.map(({ update }) => update), y: moments.map(({ loss }) => loss) };
}

function chart(): Chart {
  const { updates, tried } = doctor.now.value;
  const lines = [lineOf(untreated.value, say("before"), 0)];
  if (tried.length > 0) lines.push(lineOf(trial.value, say("after"), 1));
  return {
    lines,
    xKind: "linear",
    yKind: "log",
    xName: say("updatesAxis"),
    yName: say("lossAxis"),
    xRange: [0, updates],
    until: share.value * updates,
  };
}

export function TrainingPanel() {
  const { tried, updates } = doctor.now.value;
  const [before, after] = [endOf(untreated.value), endOf(trial.value)];
  const both = tried.length > 0 && after !== undefined;
  return (
    <Panel title={say("training")}>
      <p class="outcome" aria-live="polite" data-loss={before?.loss}>
        {before === undefined || (tried.length > 0 && after === undefined)
          ? say("computing")
          : say(both ? "outcomeBoth" : "outcome", { n: updates, before: before.text, after: after?.text ?? "" })}
      </p>
      <div class={tried.length > 0 ? "learned two" : "learned"}>
        <LineChart
          label={say("lossLabel")}
          chart={chart}
          height={250}
          readingOf={(x) => say("lossAt", { n: short(x) })}
        />
        <Answers name={say("before")} colour={0} film={untreated} />
        {tried.length > 0 ? <Answers name={say("after")} colour={1} film={trial} /> : null}
      </div>
    </Panel>
  );
}

interface AnswersProps {
  readonly name: string;
  readonly colour: number;
  readonly film: typeof untreated;
}

/** The answers over the plane, with the samples. */
function Answers({ name, colour, film }: AnswersProps) {
  const { data, seed, tried } = doctor.now.value;
  const drawn = useRef({ key: "", samples: toy("moons", { seed: 0, rows: 0 }) });
  const key = `${data} ${seed}`;
  // Drawn as if they were scaled right.
  if (drawn.current.key !== key) drawn.current = { key, samples: samplesOf({ ...doctor.now.value, scale: 1 }) };
  const last = film.value.moments.at(-1);
  return (
    <div class="answers">
      <h3>
        {tried.length > 0 ? <span class={`chip s${colour}`} aria-hidden="true" /> : null}
        {tried.length > 0 ? name : say("answers")}
      </h3>
      <Canvas
        class="map"
        label={say("mapLabel", { name, loss: short(last?.loss ?? Number.NaN) })}
        draw={(surface, palette) => {
          const moment = momentAt(film.value, present.value);
          const box = { x: 0, y: 0, width: surface.width, height: surface.height };
          if (moment !== undefined) drawPixels(surface, mapPixels(moment.map, mapSize, palette), mapSize, box);
          const { x, y } = drawn.current.samples;
          drawPoints(surface, { at: x, labels: y }, box, palette, 2.6);
        }}
      />
    </div>
  );
}

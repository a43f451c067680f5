/** What the network answers: over the plane, along the curve, to the rows of a table; or what one unit of it does. */

import { useRef } from "preact/hooks";
import { curvePlaces, drawFit } from "../../canvas/curve.js";
import { drawPixels, drawPoints, mapPixels } from "../../canvas/plane.js";
import { linearScale, short, ticks } from "../../canvas/scale.js";
import { font, type Palette, type Surface } from "../../canvas/surface.js";
import { type CurveName, curveOf, type Samples } from "../../data/toys.js";
import { Canvas } from "../../ui/canvas.js";
import { Panel } from "../../ui/fields.js";
import { Scrolling } from "../../ui/scrolling.js";
import { train } from "./experiment.js";
import { isCurve, pictureOf, selected, unitName } from "./network-panel.js";
import { own } from "./own.js";
import { curveSize, mapSize, task, view } from "./session.js";
import { say } from "./words.js";

export function OutputPanel() {
  const { data } = train.now.value;
  const place = selected.value;
  // A picture of its own has every unit but those that look at a table's columns, or at other units' answers to digits.
  const large = place !== undefined && data !== "own" && (data !== "digits" || place.column < 2) ? place : undefined;
  if (large !== undefined) return <UnitPanel />;
  if (data === "digits") return null;
  if (data === "own") return own.value === undefined ? null : <OwnAnswers />;
  return isCurve(data) ? <CurvePanel /> : <PlanePanel />;
}

const whole = ({ width, height }: Surface) => ({ x: 0, y: 0, width, height });

function UnitPanel() {
  const place = selected.value;
  if (place === undefined) return null;
  const name = unitName(place);
  const isDigits = train.now.value.data === "digits";
  const title = say(isDigits && place.column === 1 ? "weightsOf" : "unitLabel", { unit: name });
  return (
    <Panel title={title}>
      <Canvas
        class="plane-map"
        label={title}
        draw={(surface, palette) => {
          const chosen = selected.value;
          const picture = chosen === undefined ? undefined : pictureOf(chosen, palette);
          if (picture === undefined) return;
          drawPixels(surface, picture.pixels, picture.size, whole(surface));
          const { data } = train.now.value;
          if (data !== "digits" && !isCurve(data) && task.value !== undefined)
            drawSamples(surface, task.value.train, 2.4, palette);
        }}
      />
    </Panel>
  );
}

const drawSamples = (surface: Surface, { x, y }: Samples, size: number, palette: Palette) =>
  drawPoints(surface, { at: x, labels: y }, whole(surface), palette, size);

function PlanePanel() {
  return (
    <Panel title={say("answers")}>
      <Canvas
        class="plane-map"
        label={say("planeLabel")}
        draw={(surface, palette) => {
          const [now, trained] = [view.value, task.value];
          if (now === undefined || trained === undefined || trained.train.inputs !== 2) return;
          if (now.answers.length % (mapSize * mapSize) !== 0) return;
          drawPixels(surface, mapPixels(now.answers, mapSize, palette), mapSize, whole(surface));
          drawSamples(surface, trained.train, 3, palette);
          drawSamples(surface, trained.test, 1.9, palette);
        }}
      />
    </Panel>
  );
}

function CurvePanel() {
  const truth = useRef<{ readonly name: string; readonly values: Float32Array }>({
    name: "",
    values: new Float32Array(),
  });
  const { data } = train.now.value;
  if (truth.current.name !== data)
    truth.current = { name: data, values: curvePlaces(curveSize).map(curveOf(data as CurveName)) };
  return (
    <Panel title={say("answers")}>
      <Canvas
        class="plane-map"
        label={say("curveLabel")}
        draw={(surface, palette) => {
          const [now, trained] = [view.value, task.value];
          if (now?.answers.length !== curveSize || trained?.train.inputs !== 1) return;
          const { x, y } = trained.train;
          drawFit(surface, { x, y, answers: now.answers, truth: truth.current.values }, whole(surface), palette);
        }}
      />
    </Panel>
  );
}

function OwnAnswers() {
  const classes = own.value?.read.table.classes;
  return <Panel title={say("answers")}>{classes === undefined ? <Scatter /> : <Confusion names={classes} />}</Panel>;
}

function Scatter() {
  return (
    <>
      <Canvas class="plane-map" label={say("scatter")} draw={drawScatter} />
      <p class="hint">{say("scatter")}</p>
    </>
  );
}

function drawScatter(surface: Surface, palette: Palette): void {
  const [now, trained, table] = [view.value, task.value, own.value?.read];
  if (now === undefined || trained === undefined || table === undefined) return;
  const back = table.back[0];
  // As the layer that the downloaded model ends with: (z − m)/s.
  const [mean, scale] = back?.type === "normalization" ? [back.mean[0] ?? 0, back.standardDeviation[0] ?? 1] : [0, 1];
  const inUnits = (value: number) => (value - mean) / scale;
  const { y, rows } = trained.test;
  if (now.answers.length !== rows) return;
  const truth = Array.from(y, inUnits);
  const says = Array.from(now.answers, inUnits);
  const { context, width, height } = surface;
  const [left, bottom] = [56, height - 34];
  const both = [...truth, ...says];
  const across = linearScale(both, left, width - 10);
  const up = linearScale(both, bottom, 10);
  context.font = font(10.5);
  context.lineWidth = 1;
  context.strokeStyle = palette.grid;
  context.fillStyle = palette.quiet;
  for (const mark of ticks(up, 5)) {
    const y = up.place(mark);
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(width - 10, y);
    context.stroke();
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText(short(mark), left - 6, y);
    context.textAlign = "center";
    context.textBaseline = "top";
    context.fillText(short(mark), across.place(mark), bottom + 6);
  }
  context.textAlign = "right";
  context.fillText(say("truth"), width - 10, height - 13);
  context.textAlign = "left";
  context.fillText(say("predicted"), left + 4, 6);
  context.strokeStyle = palette.quiet;
  context.beginPath();
  context.moveTo(left, bottom);
  context.lineTo(width - 10, 10);
  context.stroke();
  context.fillStyle = palette.series[0] as string;
  context.globalAlpha = 0.7;
  truth.forEach((value, i) => {
    context.beginPath();
    context.arc(across.place(value), up.place(says[i] as number), 3.2, 0, 2 * Math.PI);
    context.fill();
  });
  context.globalAlpha = 1;
}

function Confusion({ names }: { readonly names: readonly string[] }) {
  const [now, trained] = [view.value, task.value];
  if (now === undefined || trained === undefined) return null;
  const { y, rows } = trained.test;
  const width = now.answers.length / rows;
  const counts = names.map(() => names.map(() => 0));
  for (let i = 0; i < rows; i++) {
    const answers = Array.from(now.answers.subarray(i * width, (i + 1) * width));
    const says = width === 1 ? Number((answers[0] as number) > 0.5) : answers.indexOf(Math.max(...answers));
    const row = counts[y[i] as number];
    if (row?.[says] !== undefined) row[says] += 1;
  }
  return (
    <Scrolling class="table-frame" label={say("confusion")}>
      <table class="confusion">
        <caption>{say("confusion")}</caption>
        <thead>
          <tr>
            <td />
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, i) => (
            <tr key={names[i]}>
              <th scope="row">{names[i]}</th>
              {row.map((count, j) => (
                <td key={names[j]} class={i === j ? "hit" : count > 0 ? "miss" : undefined}>
                  {count}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

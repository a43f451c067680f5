/** The surface with the paths of all lanes. */

import { signal } from "@preact/signals";
import { short } from "../../canvas/scale.js";
import { drawDot, type Palette, type Surface } from "../../canvas/surface.js";
import { titleOf } from "../../optimizers/table.js";
import { stepOf } from "../../transport/film.js";
import { Button } from "../../ui/button.js";
import { Canvas } from "../../ui/canvas.js";
import { NumberField, Panel, Select } from "../../ui/fields.js";
import { type Frame, frameOf, GroundCache } from "./contour.js";
import { race, startOf } from "./experiment.js";
import type { Track } from "./jobs.js";
import { PathCache } from "./paths.js";
import { tracks } from "./results.js";
import { type SurfaceName, surfaceNames, surfaceOf, type View } from "./surfaces.js";
import { say } from "./words.js";

const ground = new GroundCache();
const paths = new PathCache();

/** Where the pointer is, in the plane. */
const pointer = signal<{ readonly x: number; readonly y: number } | undefined>(undefined);

let frame: Frame | undefined;
let grip: { readonly x: number; readonly y: number; readonly view: View; moved: boolean } | undefined;

function viewOf(): View {
  const { surface, view } = race.now.value;
  const [x, y, half] = view;
  return x === undefined || y === undefined || half === undefined || half <= 0
    ? surfaceOf(surface).view
    : { x, y, half };
}

const look = ({ x, y, half }: View) => race.change({ view: [x, y, half].map((each) => Number(each.toPrecision(5))) });

/** Nearer (below 1) or farther, with this place kept where it is. */
function zoom(factor: number, at?: { readonly x: number; readonly y: number }): void {
  const view = viewOf();
  const half = Math.min(1e4, Math.max(1e-4, view.half * factor));
  const { x, y } = at ?? view;
  const scale = half / view.half;
  look({ x: x + (view.x - x) * scale, y: y + (view.y - y) * scale, half });
}

export function SurfacePanel() {
  const { lanes, surface, steps } = race.now.value;
  const [startX, startY] = startOf(race.now.value);
  const move = (x: number, y: number) => race.change({ start: [x, y] });
  return (
    <Panel
      title={say("surface")}
      class="track"
      tools={
        <>
          <Button icon="plus" label={say("zoomIn")} onClick={() => zoom(1 / 1.6)} />
          <Button icon="minus" label={say("zoomOut")} onClick={() => zoom(1.6)} />
          <Button icon="fit" label={say("zoomFit")} onClick={() => race.change({ view: [] })} />
        </>
      }
    >
      <div class="stage">
        <Canvas
          class="plane"
          label={say("surfaceLabel", { n: lanes.length })}
          draw={(canvas, palette) => draw(canvas, palette)}
          onPointer={onPointer}
          onWheel={onWheel}
        />
        <Reading />
      </div>
      <p class="hint">{say("clickHint")}</p>
      <div class="fields">
        <Select
          label={say("shape")}
          value={surface}
          options={surfaceNames.map((name) => [name, say(name)])}
          onChange={(name: SurfaceName) => race.change({ surface: name, start: [], view: [] })}
        />
        <NumberField label={say("startX")} value={startX} min={-1e6} max={1e6} onChange={(x) => move(x, startY)} />
        <NumberField label={say("startY")} value={startY} min={-1e6} max={1e6} onChange={(y) => move(startX, y)} />
        <NumberField
          label={say("steps")}
          value={steps}
          min={10}
          max={5000}
          whole
          onChange={(value) => race.change({ steps: value })}
        />
      </div>
    </Panel>
  );
}

function onPointer(event: PointerEvent, place: { readonly x: number; readonly y: number }): void {
  if (frame === undefined) return;
  const [x, y] = [frame.fromX(place.x), frame.fromY(place.y)];
  switch (event.type) {
    case "pointerdown":
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      grip = { ...place, view: viewOf(), moved: false };
      return;
    case "pointermove":
      pointer.value = { x, y };
      if (grip === undefined) return;
      grip.moved ||= Math.hypot(place.x - grip.x, place.y - grip.y) > 5;
      if (grip.moved) {
        const scale = frame.fromX(1) - frame.fromX(0);
        const { view } = grip;
        look({ ...view, x: view.x - (place.x - grip.x) * scale, y: view.y + (place.y - grip.y) * scale });
      }
      return;
    case "pointerup":
      if (grip !== undefined && !grip.moved) {
        race.change({ start: [x, y].map((each) => Number(each.toPrecision(3))) });
      }
      grip = undefined;
      return;
    default:
      pointer.value = undefined;
      grip = undefined;
  }
}

function onWheel(event: WheelEvent, place: { readonly x: number; readonly y: number }): void {
  // Without a key the wheel is the page's.
  if (!event.ctrlKey || frame === undefined) return;
  event.preventDefault();
  zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, { x: frame.fromX(place.x), y: frame.fromY(place.y) });
}

/** How many points of a track are seen, if it has as many. */
const pointsSeen = (steps: number) => stepOf(steps) + 1;
const seen = ({ values }: Track, steps: number) => Math.min(values.length, pointsSeen(steps));

function draw(canvas: Surface, palette: Palette): void {
  const { surface, lanes, steps } = race.now.value;
  const view = viewOf();
  const now = frameOf(view, canvas.width, canvas.height);
  frame = now;
  const style = getComputedStyle(document.documentElement);
  const colours = {
    low: style.getPropertyValue("--ground-low").trim(),
    high: style.getPropertyValue("--ground-high").trim(),
    line: style.getPropertyValue("--strong-line").trim(),
  };
  ground.draw(canvas, surface, view, now, palette, colours);
  const { context } = canvas;
  for (const [x, y] of surfaceOf(surface).minima) star(context, now.toX(x), now.toY(y), palette);
  paths.draw(canvas, tracks.value, lanes.length, pointsSeen(steps), now, palette);
  const [startX, startY] = startOf(race.now.value);
  ring(context, now.toX(startX), now.toY(startY), palette);
  tracks.value.slice(0, lanes.length).forEach((track, lane) => {
    const last = seen(track, steps) - 1;
    const [x, y] = [track.path[2 * last], track.path[2 * last + 1]];
    if (x === undefined || y === undefined) return;
    const [px, py] = [now.toX(x), now.toY(y)];
    if (!(px > -20 && px < now.width + 20 && py > -20 && py < now.height + 20)) return;
    drawDot(context, px, py, palette.series[lane] as string, palette, String(lane + 1));
  });
}

/** The start. */
function ring(context: CanvasRenderingContext2D, x: number, y: number, palette: Palette): void {
  context.beginPath();
  context.arc(x, y, 5, 0, 2 * Math.PI);
  context.fillStyle = palette.paper;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = palette.ink;
  context.stroke();
}

/** A minimum. */
function star(context: CanvasRenderingContext2D, x: number, y: number, palette: Palette): void {
  context.beginPath();
  for (let i = 0; i < 10; i++) {
    const [angle, radius] = [(Math.PI * i) / 5, i % 2 === 0 ? 9 : 4];
    context.lineTo(x + radius * Math.sin(angle), y - radius * Math.cos(angle));
  }
  context.closePath();
  context.fillStyle = palette.ink;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = palette.paper;
  context.stroke();
}

/** Pixels within which the pointer reads a path. */
const near = 14;

/** What the pointer is at: the nearest point of a path, or the surface itself. */
function Reading() {
  const at = pointer.value;
  if (at === undefined || frame === undefined) return null;
  const { lanes, surface, steps } = race.now.value;
  const { toX, toY } = frame;
  let best = { distance: near, text: "", lane: -1 };
  tracks.value.slice(0, lanes.length).forEach((track, lane) => {
    for (let i = 0; i < seen(track, steps); i++) {
      const [x, y] = [track.path[2 * i] as number, track.path[2 * i + 1] as number];
      const distance = Math.hypot(toX(x) - toX(at.x), toY(y) - toY(at.y));
      if (distance < best.distance) {
        const value = short(track.values[i] as number);
        const name = titleOf(lanes[lane] as (typeof lanes)[number], "surface");
        best = { distance, text: say("laneAt", { name, step: i, value }), lane };
      }
    }
  });
  const { value } = surfaceOf(surface);
  const plain = say("pointAt", { x: short(at.x), y: short(at.y), value: short(value(at.x, at.y)) });
  return (
    <div class="reading" aria-hidden="true">
      {best.lane < 0 ? null : (
        <div>
          <span class={`chip s${best.lane}`} />
          {best.text}
        </div>
      )}
      <div class="quiet">{plain}</div>
    </div>
  );
}

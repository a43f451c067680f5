/** The network while it trains: units with their pictures, weights as lines, and how both are spread. */

import { signal } from "@preact/signals";
import { unitCurvePixels } from "../../canvas/curve.js";
import type { Histograms } from "../../canvas/histograms.js";
import {
  type Column,
  drawNetwork,
  layOut,
  type NetworkView,
  type Picture,
  type Place,
  unitAt,
} from "../../canvas/network.js";
import { unitPixels } from "../../canvas/plane.js";
import { type Box, font, type Palette, type Surface } from "../../canvas/surface.js";
import { drawViolins } from "../../canvas/xray.js";
import { side } from "../../data/drawing.js";
import { curveNames } from "../../data/toys.js";
import { Canvas } from "../../ui/canvas.js";
import { Panel } from "../../ui/fields.js";
import { train } from "./experiment.js";
import { own } from "./own.js";
import { image } from "./pad-state.js";
import { columns, task, unitSize, type View, view } from "./session.js";
import { say } from "./words.js";

/** The unit that is pointed at, or chosen with the keys. */
export const selected = signal<Place | undefined>(undefined);

export const isCurve = (data: string): boolean => (curveNames as readonly string[]).includes(data);

const kernelOf = (now: View, column: number) => {
  const name = `${columns.value[column]?.kernel}.kernel`;
  return now.parameters.find((parameter) => parameter.name === name);
};

/** The picture of a unit; column 0 are the inputs. */
export function pictureOf({ column, unit }: Place, palette: Palette): Picture | undefined {
  const now = view.value;
  const { data } = train.now.value;
  if (now === undefined) return undefined;
  if (data === "digits") {
    if (column === 0) {
      const drawing = image.value;
      return drawing === undefined
        ? undefined
        : { pixels: unitPixels(drawing, side, 0, 1, { ...palette, series: [palette.ink, palette.ink] }), size: side };
    }
    const kernel = column === 1 ? kernelOf(now, 0) : undefined;
    return kernel === undefined
      ? undefined
      : { pixels: unitPixels(kernel.data, side, unit, kernel.shape[1] ?? 1, palette), size: side };
  }
  if (data === "own") return undefined;
  const outputs = column === 0 ? inputsOf(data) : now.outputs[column - 1];
  if (outputs === undefined) return undefined;
  const places = isCurve(data) ? unitSize : unitSize * unitSize;
  const units = outputs.length / places;
  const paint = isCurve(data) ? unitCurvePixels : unitPixels;
  return { pixels: paint(outputs, unitSize, unit, units, palette), size: unitSize };
}

/** The inputs over the small map: across, and up. */
function inputsOf(data: string): Float32Array {
  const at = (i: number) => (2 * (i + 0.5)) / unitSize - 1;
  if (isCurve(data)) return Float32Array.from({ length: unitSize }, (_, i) => at(i));
  const plane = new Float32Array(2 * unitSize * unitSize);
  for (let i = 0; i < unitSize * unitSize; i++) {
    plane[2 * i] = at(i % unitSize);
    plane[2 * i + 1] = -at(Math.floor(i / unitSize));
  }
  return plane;
}

const titleOf = (column: number, count: number) =>
  column === 0 ? say("inputs") : column === count ? say("output") : say("hidden", { n: column });

function inputColumn(palette: Palette): Column {
  const { data } = train.now.value;
  const inputs = task.value?.train.inputs ?? 0;
  const base = { title: say("inputs"), picture: (unit: number) => pictureOf({ column: 0, unit }, palette) };
  if (data === "digits") return { ...base, title: say("image"), units: 1 };
  if (data === "own") return { ...base, units: inputs, names: own.value?.read.table.featureNames ?? [] };
  return { ...base, units: inputs, names: isCurve(data) ? ["x"] : ["x", "y"] };
}

function networkView(now: View, palette: Palette): NetworkView {
  const { data } = train.now.value;
  const kernels = columns.value.map((_, i) => kernelOf(now, i));
  const inner = kernels.map(
    (kernel, i): Column => ({
      title: titleOf(i + 1, columns.value.length),
      units: kernel?.shape[1] ?? 1,
      picture: (unit) => pictureOf({ column: i + 1, unit }, palette),
      ...(data === "digits" && i + 1 === columns.value.length ? { names: [..."0123456789"] } : {}),
    }),
  );
  return {
    columns: [inputColumn(palette), ...inner],
    kernels: kernels.map((kernel, i) => (data === "digits" && i === 0 ? undefined : kernel?.data)),
    selected: selected.value,
    more: (n) => say("moreOf", { n }),
  };
}

/** The columns as they were drawn last, for the pointer and the keys. */
let drawn: readonly Column[] = [];

export const unitName = ({ column, unit }: Place): string =>
  say("unitAt", { layer: titleOf(column, columns.value.length), unit: unit + 1 });

export function NetworkPanel() {
  const { hidden } = train.now.value;
  return (
    <Panel title={say("network")}>
      <Canvas
        class="network"
        label={say("networkLabel", { layers: [task.value?.train.inputs ?? "–", ...hidden].join(" → ") })}
        draw={(surface, palette) => {
          const now = view.value;
          if (now === undefined || task.value === undefined) return;
          const shown = networkView(now, palette);
          drawn = shown.columns;
          drawNetwork(surface, shown, palette);
        }}
        onPointer={(event, { x, y }) => {
          const { clientWidth, clientHeight } = event.currentTarget as HTMLElement;
          selected.value =
            event.type === "pointerleave" ? undefined : unitAt(layOut(clientWidth, clientHeight, drawn), x, y);
        }}
        onKey={onKey}
      />
      <p class="hint" role="status">
        {selected.value === undefined ? say("networkHint") : unitName(selected.value)}
      </p>
    </Panel>
  );
}

function onKey(event: KeyboardEvent): void {
  const moves: Record<string, readonly [number, number]> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  if (event.key === "Escape") selected.value = undefined;
  const move = moves[event.key];
  if (move === undefined || drawn.length === 0) return;
  event.preventDefault();
  const from = selected.value;
  const column = from === undefined ? 0 : Math.max(0, Math.min(drawn.length - 1, from.column + move[0]));
  const units = Math.min(drawn[column]?.units ?? 1, 10);
  const unit = from === undefined ? 0 : Math.max(0, Math.min(units - 1, from.unit + move[1]));
  selected.value = { column, unit };
}

export function InsidePanel() {
  return (
    <Panel title={say("inside")}>
      <Canvas
        class="inside"
        label={say("insideLabel")}
        draw={(surface, palette) => {
          const now = view.value;
          if (now === undefined) return;
          const half = (surface.width - 20) / 2;
          const box = { y: 24, width: half - 44, height: surface.height - 46 };
          drawSide(surface, now.weights, say("weights"), { ...box, x: 40 }, palette);
          drawSide(surface, now.activations, say("activations"), { ...box, x: half + 60 }, palette);
        }}
      />
    </Panel>
  );
}

function drawSide(surface: Surface, all: Histograms, title: string, box: Box, palette: Palette): void {
  const { context } = surface;
  context.font = font(12, 600);
  context.fillStyle = palette.ink;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillText(title, box.x, 13);
  const count = all.shares.length;
  drawViolins(surface, { histograms: all, spread: all, columns: count }, box, palette);
  context.font = font(10.5);
  context.fillStyle = palette.quiet;
  context.textAlign = "center";
  for (let i = 0; i < count; i++) {
    context.fillText(String(i + 1), box.x + ((i + 0.5) * box.width) / count, box.y + box.height + 15);
  }
}

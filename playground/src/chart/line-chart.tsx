/** A chart that reads values: under the pointer, and for the arrow keys. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { short } from "../canvas/scale.js";
import { Canvas } from "../ui/canvas.js";
import { type Axes, type Chart, drawLines, type Line, nearest } from "./lines.js";

interface LineChartProps {
  readonly label: string;
  /** called while drawing: reads the signals it depends on */
  readonly chart: () => Chart;
  readonly height?: number;
  /** the line of the reading above the values */
  readonly readingOf: (x: number) => string;
  /** a click, or Enter at the reading line */
  readonly onPick?: (x: number) => void;
  /** what lies over the canvas, at places of the axes */
  readonly over?: (axes: Axes) => ComponentChildren;
}

/** Steps of an arrow key from end to end. */
const keySteps = 60;

export function LineChart({ label, chart, height = 320, readingOf, onPick, over }: LineChartProps) {
  const at = useSignal<number | undefined>(undefined);
  const byKey = useSignal(false);
  const axes = useRef<Axes | undefined>(undefined);
  const shown = useSignal<Axes | undefined>(undefined);

  const clamp = (x: number) => Math.min(axes.current?.x.high ?? x, Math.max(axes.current?.x.low ?? x, x));
  const onKey = (event: KeyboardEvent) => {
    const now = axes.current;
    if (now === undefined) return;
    const place = at.value === undefined ? (now.left + now.right) / 2 : now.x.place(at.value);
    const step = ((now.right - now.left) / keySteps) * (event.shiftKey ? 5 : 1);
    const moves: Record<string, number> = {
      ArrowLeft: place - step,
      ArrowRight: place + step,
      Home: now.left,
      End: now.right,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      byKey.value = true;
      at.value = clamp(now.fromX(to));
    } else if (event.key === "Enter" && at.value !== undefined && onPick !== undefined) {
      event.preventDefault();
      onPick(at.value);
    } else if (event.key === "Escape") at.value = undefined;
  };
  return (
    <div class="stage">
      <Canvas
        label={label}
        height={height}
        class={onPick === undefined ? "chart" : "chart pick"}
        draw={(surface, palette) => {
          const drawn = chart();
          axes.current = drawLines(surface, drawn, palette);
          // Showing what lies over the canvas draws it anew: only other axes are news.
          if (over !== undefined && keyOf(axes.current) !== keyOf(shown.peek())) shown.value = axes.current;
          if (at.value !== undefined) drawReading(surface.context, drawn, axes.current, at.value, palette);
        }}
        onPointer={(event, { x }) => {
          if (axes.current === undefined) return;
          if (event.type === "pointerleave" || event.type === "pointercancel") at.value = undefined;
          else {
            byKey.value = false;
            at.value = clamp(axes.current.fromX(x));
          }
          if (event.type === "pointerup" && onPick !== undefined) onPick(at.value as number);
        }}
        onKey={onKey}
      />
      {shown.value === undefined ? null : over?.(shown.value)}
      {at.value === undefined ? null : (
        <div class="reading" aria-live={byKey.value ? "polite" : "off"}>
          <div class="quiet">{readingOf(at.value)}</div>
          {valuesAt(chart(), at.value).map(({ name, colour, value }) => (
            <div key={name}>
              <span class={`chip s${colour}`} aria-hidden="true" />
              {name}: <strong>{short(value)}</strong>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

/** What places of the axes depend on. */
const keyOf = (axes: Axes | undefined): string =>
  axes === undefined ? "" : [axes.right, axes.bottom, axes.x, axes.y].map((part) => JSON.stringify(part)).join();

/** The values of all lines at a place, lowest first. */
function valuesAt({ lines, until }: Chart, at: number) {
  return lines
    .filter(({ faint }) => faint !== true)
    .map((line) => ({ line, i: nearest(line, Math.min(at, until ?? at)) }))
    .filter(({ line, i }) => Number.isFinite(line.y[i]))
    .map(({ line, i }) => ({ name: line.name, colour: line.colour, value: line.y[i] as number }))
    .sort((a, b) => a.value - b.value);
}

function drawReading(
  context: CanvasRenderingContext2D,
  { lines, until }: Chart,
  axes: Axes,
  at: number,
  palette: { readonly quiet: string; readonly paper: string; readonly series: readonly string[] },
): void {
  const px = Math.round(axes.x.place(at)) + 0.5;
  context.strokeStyle = palette.quiet;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(px, axes.top);
  context.lineTo(px, axes.bottom);
  context.stroke();
  for (const line of lines) {
    if (line.faint === true) continue;
    const i = nearest(line, Math.min(at, until ?? at));
    const value = line.y[i];
    if (value === undefined || !Number.isFinite(value) || (axes.y.kind === "log" && value <= 0)) continue;
    context.beginPath();
    context.arc(axes.x.place(line.x[i] as number), axes.y.place(value), 4, 0, 2 * Math.PI);
    context.fillStyle = palette.series[line.colour] as string;
    context.fill();
    context.strokeStyle = palette.paper;
    context.stroke();
  }
}

export type { Axes, Chart, Line };

/** A digit drawn with the mouse, a finger or arrow keys, read by the network as it is, while it trains. */

import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { drawPixels, unitPixels } from "../../canvas/plane.js";
import { font, type Palette, type Surface } from "../../canvas/surface.js";
import { Button } from "../../ui/button.js";
import { Canvas } from "../../ui/canvas.js";
import { Panel } from "../../ui/fields.js";
import { clear, field, image, pen, show, shown, steer, stroke, tip } from "./pad-state.js";
import { loadDigits, present, view } from "./session.js";
import { say } from "./words.js";

/** The probabilities of the ten digits; undefined while nothing is drawn. */
const reading = signal<Float32Array | undefined>(undefined);

/** Reads the drawing whenever it or the network has changed, one reading at a time, the latest always. */
function startReading(): () => void {
  let isBusy = false;
  let isStale = false;
  const read = async () => {
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    while (isStale) {
      isStale = false;
      const [drawing, model] = [image.peek(), present()];
      // A model that is replaced while it reads rejects; the next one reads again.
      const answer = drawing === undefined ? undefined : await model?.predict(drawing).catch(() => undefined);
      reading.value = answer?.data;
    }
    isBusy = false;
  };
  return effect(() => {
    void image.value;
    void view.value;
    void read();
  });
}

let last: { readonly x: number; readonly y: number } | undefined;
let next = 0;

function onPointer(event: PointerEvent, { x, y }: { readonly x: number; readonly y: number }): void {
  const element = event.currentTarget as HTMLElement;
  const place = { x: (x / element.clientWidth) * field, y: (y / element.clientHeight) * field };
  if (event.type === "pointerdown") {
    element.setPointerCapture(event.pointerId);
    last = place;
    stroke(place.x, place.y, place.x, place.y);
  } else if (event.type === "pointermove" && last !== undefined) {
    stroke(last.x, last.y, place.x, place.y);
    last = place;
  } else if (event.type !== "pointermove") last = undefined;
}

function onKey(event: KeyboardEvent): void {
  if (steer(event.key)) event.preventDefault();
}

async function showTestDigit(): Promise<void> {
  const { test } = await loadDigits();
  show(test.x.slice(next * test.inputs, (next + 1) * test.inputs));
  next = (next + 1) % test.rows;
}

export function DigitPanel() {
  useEffect(startReading, []);
  return (
    <Panel
      title={say("draw")}
      tools={
        <>
          <Button onClick={showTestDigit}>{say("testDigit")}</Button>
          <Button icon="close" onClick={clear}>
            {say("clear")}
          </Button>
        </>
      }
    >
      <div class="pad-row">
        <Canvas class="pad" label={say("padLabel")} draw={drawPad} onPointer={onPointer} onKey={onKey} />
        <Canvas class="seen-image" label={say("asSeen")} draw={drawSeen} />
      </div>
      <Reading />
      <Canvas class="bars" label={say("reads")} draw={drawBars} />
    </Panel>
  );
}

const paint = (values: Float32Array, size: number, palette: Palette) =>
  unitPixels(values, size, 0, 1, { ...palette, series: [palette.ink, palette.ink] });

function drawPad(surface: Surface, palette: Palette): void {
  const { ink, size } = shown.value;
  const box = { x: 0, y: 0, width: surface.width, height: surface.height };
  drawPixels(surface, paint(ink, size, palette), size, box);
  const { context } = surface;
  if (tip.value !== undefined) {
    const { x, y, isDown } = tip.value;
    const scale = box.width / field;
    context.beginPath();
    context.arc(x * scale, y * scale, pen * scale, 0, 2 * Math.PI);
    context.lineWidth = isDown ? 3 : 1.5;
    context.strokeStyle = palette.series[0] as string;
    context.stroke();
  }
  if (image.value !== undefined) return;
  context.font = font(15);
  context.fillStyle = palette.quiet;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(say("draw"), box.width / 2, box.height / 2, box.width - 20);
}

function drawSeen(surface: Surface, palette: Palette): void {
  const drawing = image.value;
  if (drawing === undefined) return;
  surface.context.imageSmoothingEnabled = false;
  drawPixels(surface, paint(drawing, 28, palette), 28, { x: 0, y: 0, width: surface.width, height: surface.height });
}

/** The most probable digit and how probable, in percent. */
function best(probabilities: Float32Array): readonly [digit: number, percent: number] {
  const digit = probabilities.indexOf(Math.max(...probabilities));
  return [digit, Math.round(100 * (probabilities[digit] as number))];
}

function Reading() {
  const now = reading.value;
  if (now === undefined) return <p class="quiet">{say("nothing")}</p>;
  const [digit, percent] = best(now);
  return (
    <p class="read" role="status" data-digit={digit} data-percent={percent}>
      {say("isDigit", { digit, percent })}
    </p>
  );
}

function drawBars({ context, width, height }: Surface, palette: Palette): void {
  const now = reading.value;
  const step = width / 10;
  context.textAlign = "center";
  for (let digit = 0; digit < 10; digit++) {
    const share = now?.[digit] ?? 0;
    const middle = (digit + 0.5) * step;
    const tall = share * (height - 20);
    const isBest = now !== undefined && best(now)[0] === digit;
    context.fillStyle = palette.grid;
    context.fillRect(middle - step * 0.35, 0, step * 0.7, height - 20);
    context.fillStyle = palette.series[isBest ? 1 : 0] as string;
    context.fillRect(middle - step * 0.35, height - 20 - tall, step * 0.7, tall);
    context.font = font(13, isBest ? 700 : 400);
    context.fillStyle = isBest ? palette.ink : palette.quiet;
    context.textBaseline = "alphabetic";
    context.fillText(String(digit), middle, height - 4);
  }
}

/** The ground of the surface room: contours of a surface, filled and drawn once, then copied under every frame. */

import { contours } from "d3-contour";
import { mix, type Palette, type Surface } from "../../canvas/surface.js";
import { type SurfaceName, surfaceOf, type View } from "./surfaces.js";

/** From places of the plane to pixels and back; the same scale both ways. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly toX: (x: number) => number;
  readonly toY: (y: number) => number;
  readonly fromX: (px: number) => number;
  readonly fromY: (py: number) => number;
}

export function frameOf(view: View, width: number, height: number): Frame {
  // What the view asks for is seen whole, whatever the form of the canvas.
  const scale = Math.min(width / (2 * view.half), height / (1.5 * view.half));
  return {
    width,
    height,
    toX: (x) => width / 2 + (x - view.x) * scale,
    toY: (y) => height / 2 - (y - view.y) * scale,
    fromX: (px) => view.x + (px - width / 2) / scale,
    fromY: (py) => view.y - (py - height / 2) / scale,
  };
}

/** Steps of the ramp. */
const levels = 16;
/** Pixels between two places where the surface is evaluated. */
const grain = 2;

/** Values from lowest to highest span powers of ten, so levels are equally far apart on a logarithmic scale. */
export function drawGround(
  context: OffscreenCanvasRenderingContext2D,
  name: SurfaceName,
  frame: Frame,
  colours: Ground,
) {
  const { value } = surfaceOf(name);
  const columns = Math.ceil(frame.width / grain) + 1;
  const rows = Math.ceil(frame.height / grain) + 1;
  const heights = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      heights[row * columns + column] = value(
        frame.fromX((column + 0.5) * grain - grain / 2),
        frame.fromY((row + 0.5) * grain - grain / 2),
      );
    }
  }
  const lowest = Math.min(
    0,
    heights.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  );
  // Levels below this would be narrower, in Rosenbrock's valley, than the places where it is evaluated are apart.
  const raised = heights.map((each) => Math.log10(each - lowest + 0.4));
  const [low, high] = [
    raised.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    raised.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
  const thresholds = Array.from({ length: levels }, (_, i) => low + ((high - low) * i) / levels);
  const bands = contours().size([columns, rows]).thresholds(thresholds)(raised as unknown as number[]);
  for (const [i, { coordinates }] of bands.entries()) {
    context.beginPath();
    for (const ring of coordinates.flat()) {
      ring.forEach(([x = 0, y = 0], at) => {
        // d3 has values in the middle of cells that are one wide.
        const [px, py] = [(x - 0.5) * grain, (y - 0.5) * grain];
        if (at === 0) context.moveTo(px, py);
        else context.lineTo(px, py);
      });
      context.closePath();
    }
    context.fillStyle = mix(colours.low, colours.high, i / (levels - 1));
    context.fill("evenodd");
    context.lineWidth = 0.7;
    context.strokeStyle = colours.line;
    if (i > 0) context.stroke();
  }
}

/** The colours of the ground. */
export interface Ground {
  readonly low: string;
  readonly high: string;
  readonly line: string;
}

/** The ground that was drawn last: it stays while only the runners move. */
export class GroundCache {
  #key = "";
  #image: OffscreenCanvas | undefined;

  draw(surface: Surface, name: SurfaceName, view: View, frame: Frame, palette: Palette, ground: Ground): void {
    const { context } = surface;
    const { canvas } = context;
    const key = [name, view.x, view.y, view.half, canvas.width, canvas.height, palette.paper].join(" ");
    if (this.#image === undefined || this.#key !== key) {
      this.#key = key;
      this.#image = new OffscreenCanvas(canvas.width, canvas.height);
      const own = this.#image.getContext("2d") as OffscreenCanvasRenderingContext2D;
      own.scale(canvas.width / surface.width, canvas.height / surface.height);
      own.fillStyle = ground.low;
      own.fillRect(0, 0, surface.width, surface.height);
      drawGround(own, name, frame, ground);
    }
    context.drawImage(this.#image, 0, 0, surface.width, surface.height);
  }
}

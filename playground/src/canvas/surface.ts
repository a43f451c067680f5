/** A canvas made ready: as many pixels as the screen has, measured in the page's. */

/** Where the drawing functions draw; lengths in the page's pixels. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

/** The colours of a drawing. */
export interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly quiet: string;
  readonly grid: string;
  /** of classes and lines: told apart by all eyes, and from the paper */
  readonly series: readonly string[];
  /** something is wrong here */
  readonly alarm: string;
}

/** A part of a surface. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Gives the canvas a pixel for each of the screen's, clears it, and returns what to draw on; `undefined` if it is not shown. */
export function prepare(canvas: HTMLCanvasElement, ratio = globalThis.devicePixelRatio || 1): Surface | undefined {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext("2d");
  if (context === null || width === 0 || height === 0) return undefined;
  const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
  // Setting a size, even the same, is slow.
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
  }
  context.setTransform(columns / width, 0, 0, rows / height, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** Font of words on a canvas, as on the page. */
export const font = (size = 11, weight = 400): string =>
  `${weight} ${size}px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", Arial, sans-serif`;

/** Red, green and blue, 0 … 255, of `#rrggbb`. */
export function channels(colour: string): readonly [number, number, number] {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return [red, green, blue];
}

/** The colour `share` of the way from one to another. */
export function mix(from: string, to: string, share: number): string {
  const [a, b] = [channels(from), channels(to)];
  const mixed = a.map((value, i) => Math.round(value + share * ((b[i] as number) - value)));
  return `rgb(${mixed.join(" ")})`;
}

/** A dot with a name of a letter or two. */
export function drawDot(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  colour: string,
  palette: Palette,
  name: string,
): void {
  context.beginPath();
  context.arc(x, y, 8, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = palette.paper;
  context.stroke();
  context.fillStyle = palette.paper;
  context.font = font(10.5, 700);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(name, x, y + 0.5);
}

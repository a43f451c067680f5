/** The paths of the lanes: drawn as far as they are seen, on layers of their own that only grow while the race runs. */

import type { Palette, Surface } from "../../canvas/surface.js";
import type { Frame } from "./contour.js";
import type { Track } from "./jobs.js";

/** Points nearer than this to the one before are not told apart. */
const nearest = 0.5;

/** A path and, under all paths, its halo: widths in pixels of the page, the whole layer's opacity. */
const looks = [
  { isHalo: true, width: 4.5, opacity: 0.65 },
  { isHalo: false, width: 2.2, opacity: 1 },
] as const;

interface Layer {
  readonly image: OffscreenCanvas;
  readonly context: OffscreenCanvasRenderingContext2D;
  /** of each lane the point that its line ends at */
  readonly ends: number[];
}

/** 5000 steps of eight lanes are too much to draw anew in every frame. */
export class PathCache {
  #key = "";
  #tracks: readonly Track[] = [];
  #count = 0;
  #layers: readonly Layer[] = [];

  /**
   * @param tracks the same array as long as they are the same tracks
   * @param lanes how many of them are shown
   * @param count how many points of each are seen, at most
   */
  draw(surface: Surface, tracks: readonly Track[], lanes: number, count: number, frame: Frame, palette: Palette): void {
    const { width, height } = surface.context.canvas;
    // Two places that lie apart say where all others lie.
    const key = [width, height, lanes, frame.fromX(0), frame.fromY(0), frame.fromX(1), palette.paper].join(" ");
    if (key !== this.#key || tracks !== this.#tracks || count < this.#count) {
      this.#key = key;
      this.#tracks = tracks;
      this.#layers = looks.map(() => layerOf(surface));
    }
    this.#count = count;
    for (const [i, { isHalo, width, opacity }] of looks.entries()) {
      const layer = this.#layers[i] as Layer;
      layer.context.lineWidth = width;
      for (const [lane, track] of tracks.slice(0, lanes).entries()) {
        layer.context.strokeStyle = isHalo ? palette.paper : (palette.series[lane] as string);
        layer.ends[lane] = trace(layer.context, track, layer.ends[lane] ?? 0, count, frame);
      }
      surface.context.globalAlpha = opacity;
      surface.context.drawImage(layer.image, 0, 0, surface.width, surface.height);
    }
    surface.context.globalAlpha = 1;
  }
}

function layerOf(surface: Surface): Layer {
  const { width, height } = surface.context.canvas;
  const image = new OffscreenCanvas(width, height);
  const context = image.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.scale(width / surface.width, height / surface.height);
  context.lineJoin = "round";
  context.lineCap = "round";
  return { image, context, ends: [] };
}

/** Far outside is outside; beyond 10⁶ pixels some engines draw nothing at all. */
const within = (place: number) => Math.min(1e5, Math.max(-1e5, place));

/** Goes on from the point `from`; returns the one that the line ends at now. */
function trace(
  context: OffscreenCanvasRenderingContext2D,
  { path }: Track,
  from: number,
  count: number,
  { toX, toY }: Frame,
): number {
  const placeOf = (i: number) => [within(toX(path[2 * i] as number)), within(toY(path[2 * i + 1] as number))] as const;
  let end = from;
  let [lastX, lastY] = placeOf(from);
  context.beginPath();
  context.moveTo(lastX, lastY);
  for (let i = from + 1; i < Math.min(count, path.length / 2); i++) {
    const [x, y] = placeOf(i);
    if (Math.hypot(x - lastX, y - lastY) < nearest) continue;
    context.lineTo(x, y);
    [end, lastX, lastY] = [i, x, y];
  }
  if (end > from) context.stroke();
  return end;
}

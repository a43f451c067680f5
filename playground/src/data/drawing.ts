/** A drawn digit made ready as those of MNIST were (LeCun et al. 1998): 20 × 20 box, centre of mass in 28 × 28. */

/** Side of an image of MNIST. */
export const side = 28;
/** Side of the box that the ink fills. */
const box = 20;

/** A drawing: one number for each pixel, row by row, 0 empty … 1 full. */
export interface Drawing {
  readonly ink: Float32Array;
  readonly width: number;
  readonly height: number;
}

/**
 * The ink scaled, its proportions kept, until its larger side is 20 pixels (each the mean of what it covers, so that edges
 * become grey), and moved until its centre of mass is the centre of the image.
 *
 * @returns 28 × 28 numbers, 0 … 1; `undefined` for an empty drawing
 */
export function likeMnist(drawing: Drawing): Float32Array | undefined {
  const bounds = inked(drawing);
  if (bounds === undefined) return undefined;
  const scale = box / Math.max(bounds.width, bounds.height);
  const [width, height] = [bounds.width, bounds.height].map((length) => Math.max(1, Math.round(length * scale)));
  const small = shrink(drawing, bounds, width as number, height as number);
  const { x, y } = centre(small, width as number, height as number);
  const image = new Float32Array(side * side);
  // Counted from 0: the mean over the images of MNIST is 14.0 both ways, not 13.5.
  const [left, top] = [Math.round(side / 2 - x), Math.round(side / 2 - y)];
  small.forEach((value, i) => {
    const [column, row] = [(i % (width as number)) + left, Math.floor(i / (width as number)) + top];
    if (column >= 0 && column < side && row >= 0 && row < side) image[row * side + column] = value;
  });
  return image;
}

interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function inked({ ink, width, height }: Drawing): Bounds | undefined {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let i = 0; i < ink.length; i++) {
    if ((ink[i] as number) <= 0) continue;
    const [column, row] = [i % width, Math.floor(i / width)];
    left = Math.min(left, column);
    right = Math.max(right, column);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  }
  return right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** The part within the bounds at another size; a pixel is the mean over the area that it covers. */
function shrink({ ink, width }: Drawing, from: Bounds, columns: number, rows: number): Float32Array {
  const small = new Float32Array(columns * rows);
  const [across, down] = [from.width / columns, from.height / rows];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (const [y, high] of covered(row * down, (row + 1) * down)) {
        for (const [x, wide] of covered(column * across, (column + 1) * across)) {
          sum += wide * high * (ink[(from.top + y) * width + from.left + x] as number);
        }
      }
      small[row * columns + column] = sum / (across * down);
    }
  }
  return small;
}

/** The whole pixels that an interval touches, and how much of each. */
function* covered(from: number, to: number): Generator<readonly [pixel: number, share: number]> {
  for (let pixel = Math.floor(from); pixel < to - 1e-9; pixel++) {
    yield [pixel, Math.min(to, pixel + 1) - Math.max(from, pixel)];
  }
}

function centre(image: Float32Array, width: number, height: number): { readonly x: number; readonly y: number } {
  let [mass, x, y] = [0, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = image[row * width + column] as number;
      mass += value;
      x += value * column;
      y += value * row;
    }
  }
  return { x: x / mass, y: y / mass };
}

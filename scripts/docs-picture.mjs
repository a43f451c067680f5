// Draws docs/race.svg, the picture of the README: five optimizers on one narrow valley. It needs `npm run build`.
//
//   node scripts/docs-picture.mjs
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { adagrad, adam, minimize, rmsprop, sgd } from "downhill";
import { root } from "./lib/paths.mjs";

/** Along and across the valley, which lies at an angle: else each coordinate would be a problem of its own. */
const angle = -0.3;
const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
/** f = (along² + 10·across²)/2: ten times as steep across as along, so that no one rate suits both directions. */
const steepness = 10;
const valley = ([x, y]) => {
  const [along, across] = [x * cos + y * sin, y * cos - x * sin];
  const gradient = [along * cos - steepness * across * sin, along * sin + steepness * across * cos];
  return { value: (along * along + steepness * across * across) / 2, gradient };
};
const start = [-8, 0.6];
const updates = 40;

const racers = [
  ["sgd 0.18", "#8b8f98", sgd({ learningRate: 0.18 })],
  ["momentum 0.9, 0.02", "#d1495b", sgd({ learningRate: 0.02, momentum: 0.9 })],
  ["rmsprop 0.5", "#e09f3e", rmsprop({ learningRate: 0.5, rho: 0.9 })],
  ["adagrad 1.5", "#3a7d44", adagrad({ learningRate: 1.5 })],
  ["adam 0.4", "#2457d6", adam({ learningRate: 0.4 })],
];

const [width, height, scale] = [720, 300, 40];
const px = (x) => (400 + x * scale).toFixed(1);
const py = (y) => (150 - y * scale).toFixed(1);

/** Where the valley has the height h: an ellipse. */
const contour = (h) =>
  `<ellipse cx="${px(0)}" cy="${py(0)}" rx="${(Math.sqrt(2 * h) * scale).toFixed(1)}" ry="${(Math.sqrt((2 * h) / steepness) * scale).toFixed(1)}" transform="rotate(${((-angle * 180) / Math.PI).toFixed(1)} ${px(0)} ${py(0)})"/>`;

const paths = await Promise.all(
  racers.map(async ([, color, optimizer]) => {
    const { path } = await minimize(valley, start, { optimizer, maxIterations: updates, tolerance: 0 });
    const points = path.map(([x, y]) => `${px(x)},${py(y)}`);
    const dots = points.map((point) => point.split(",")).map(([x, y]) => `<circle cx="${x}" cy="${y}" r="1.8"/>`);
    return `<g stroke="${color}" fill="${color}"><polyline fill="none" stroke-width="1.6" points="${points.join(" ")}"/>${dots.join("")}</g>`;
  }),
);

const legend = racers.map(
  ([name, color], i) =>
    `<g transform="translate(530 ${30 + 20 * i})"><path d="M0 -4h18" stroke="${color}" stroke-width="3"/><text x="26">${name}</text></g>`,
);

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#333">
<title>${updates} updates of five optimizers from the same place, down a valley ${steepness} times as steep across as along</title>
<rect width="${width}" height="${height}" rx="8" fill="#fbfbf9"/>
<g fill="none" stroke="#d9d9d2">${[0.5, 2, 5, 10, 18, 28].map(contour).join("")}</g>
${paths.join("\n")}
${legend.join("\n")}
</svg>
`;
await writeFile(join(root, "docs", "race.svg"), svg);
console.log(`docs/race.svg: ${(svg.length / 1024).toFixed(1)} KiB`);

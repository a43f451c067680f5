// Line charts as SVG text. A writer of its own: of the chart libraries that need no DOM, the small ones were given up long
// ago and the kept ones (ECharts, Vega) weigh tens of megabytes, for what are a few paths and labels here.

const colours = ["#2563eb", "#dc2626", "#16a34a", "#d97706", "#9333ea", "#475569"];
const margin = { top: 56, right: 150, bottom: 52, left: 72 };

/**
 * @typedef {object} Series a line with its name beside its end
 * @property {string} name
 * @property {readonly (readonly [number, number])[]} points x and y; x rising
 * @property {boolean} [dashed]
 */

/**
 * A chart of lines over a common x.
 *
 * @param {object} options
 * @param {string} options.title
 * @param {string} [options.subtitle]
 * @param {string} options.xLabel
 * @param {string} options.yLabel
 * @param {readonly Series[]} options.series
 * @param {boolean} [options.logY] powers of ten on the y axis; then points at or below 0 are left out
 * @param {number} [options.width]
 * @param {number} [options.height]
 * @returns {string} an SVG document
 */
export function lineChart({ title, subtitle = "", xLabel, yLabel, series, logY = false, width = 860, height = 480 }) {
  const lines = series.map((line) => ({ ...line, points: logY ? line.points.filter(([, y]) => y > 0) : line.points }));
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) throw new Error(`chart "${title}": no point to draw`);
  const right = width - margin.right;
  const bottom = height - margin.bottom;
  const xs = axis(
    points.map(([x]) => x),
    false,
    margin.left,
    right,
  );
  const ys = axis(
    points.map(([, y]) => y),
    logY,
    bottom,
    margin.top,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="#334155">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${margin.left}" y="24" font-size="16" font-weight="600" fill="#0f172a">${escapeXml(title)}</text>`,
    `<text x="${margin.left}" y="43">${escapeXml(subtitle)}</text>`,
    ...ys.ticks.map(
      (tick) =>
        `<path d="M${margin.left} ${at(ys.place(tick))}H${right}" stroke="#e2e8f0"/>` +
        `<text x="${margin.left - 8}" y="${at(ys.place(tick) + 4)}" text-anchor="end">${ys.show(tick)}</text>`,
    ),
    ...xs.ticks.map(
      (tick) =>
        `<path d="M${at(xs.place(tick))} ${bottom}v5" stroke="#94a3b8"/>` +
        `<text x="${at(xs.place(tick))}" y="${bottom + 20}" text-anchor="middle">${xs.show(tick)}</text>`,
    ),
    `<path d="M${margin.left} ${bottom}H${right}" stroke="#94a3b8"/>`,
    `<text x="${(margin.left + right) / 2}" y="${height - 10}" text-anchor="middle">${escapeXml(xLabel)}</text>`,
    `<text transform="translate(18 ${(margin.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeXml(yLabel)}</text>`,
    ...lines.map(({ points, dashed }, i) => {
      const path = thin(points).map(([x, y]) => `${at(xs.place(x))} ${at(ys.place(y))}`);
      const dash = dashed ? ' stroke-dasharray="5 4"' : "";
      return `<path d="M${path.join("L")}" fill="none" stroke="${colourOf(i)}" stroke-width="2" stroke-linejoin="round"${dash}/>`;
    }),
    ...names(lines, xs, ys, bottom).map(
      ({ name, x, y, colour }) => `<text x="${at(x + 8)}" y="${at(y + 4)}" fill="${colour}">${escapeXml(name)}</text>`,
    ),
    "</svg>",
    "",
  ].join("\n");
}

const colourOf = (i) => colours[i % colours.length];

/** Maps values to pixels `from` … `to`; its ticks stand at round numbers. */
function axis(values, logarithmic, from, to) {
  const scale = logarithmic ? Math.log10 : (value) => value;
  const low = values.reduce((least, value) => Math.min(least, scale(value)), Infinity);
  const high = values.reduce((most, value) => Math.max(most, scale(value)), -Infinity);
  const gap = low === high ? 1 : 0;
  const step = roundStep((high - low + 2 * gap) / 6, logarithmic);
  const start = Math.floor((low - gap) / step + 1e-9) * step;
  const end = Math.ceil((high + gap) / step - 1e-9) * step;
  const count = Math.round((end - start) / step);
  const ticks = Array.from({ length: count + 1 }, (_, i) => start + i * step);
  const place = (scaled) => from + ((scaled - start) / (end - start)) * (to - from);
  return {
    ticks: logarithmic ? ticks.map((tick) => 10 ** tick) : ticks,
    place: (value) => place(scale(value)),
    show: logarithmic ? power : (value) => String(Number(value.toPrecision(6))),
  };
}

/** The smallest of 1, 2, 5 · 10ⁿ that is no smaller; whole numbers on a logarithmic axis. */
function roundStep(step, logarithmic) {
  const size = 10 ** Math.floor(Math.log10(step));
  const round = [1, 2, 5, 10].map((factor) => factor * size).find((candidate) => candidate >= step * (1 - 1e-9));
  return logarithmic ? Math.max(1, Math.ceil(round)) : round;
}

/** 0.001, 1, 100 as they are, beyond that as powers. */
function power(value) {
  const exponent = Math.round(Math.log10(value));
  return Math.abs(exponent) <= 3 ? String(Number(value.toPrecision(3))) : `1e${exponent}`;
}

/** No more points than the eye can tell apart: of each run of neighbours the first, lowest and highest. */
function thin(points, runs = 400) {
  if (points.length <= 3 * runs) return points;
  const length = Math.ceil(points.length / runs);
  const kept = [];
  for (let from = 0; from < points.length; from += length) {
    const run = points.slice(from, from + length);
    const lowest = run.reduce((best, point) => (point[1] < best[1] ? point : best));
    const highest = run.reduce((best, point) => (point[1] > best[1] ? point : best));
    kept.push(...new Set([run[0], lowest, highest].sort((a, b) => a[0] - b[0])));
  }
  return [...kept, points[points.length - 1]];
}

/** Each line's name at its end, moved apart where they would overlap. */
function names(lines, xs, ys, bottom) {
  const labels = lines.map(({ name, points }, i) => {
    const [x, y] = points[points.length - 1];
    return { name, x: xs.place(x), y: ys.place(y), colour: colourOf(i) };
  });
  const apart = 16;
  labels.sort((a, b) => a.y - b.y);
  for (let i = 1; i < labels.length; i++) labels[i].y = Math.max(labels[i].y, labels[i - 1].y + apart);
  const over = Math.max(0, labels[labels.length - 1].y - (bottom - 4));
  for (let i = labels.length - 1; i >= 0 && over > 0; i--) {
    const limit = i === labels.length - 1 ? bottom - 4 : labels[i + 1].y - apart;
    labels[i].y = Math.min(labels[i].y, limit);
  }
  return labels;
}

const at = (pixel) => String(Number(pixel.toFixed(1)));
const escapeXml = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Colours and the style sheet that every picture carries: light and dark, told apart without seeing red or green. */

/** Which colours a picture has: those that the reader's system asks for, or always the same. */
export type Theme = "auto" | "light" | "dark";

interface Colours {
  readonly paper: string;
  readonly ink: string;
  readonly quiet: string;
  readonly grid: string;
  readonly axis: string;
  /** of lines, points and names */
  readonly series: readonly string[];
  /** ends of the ramp of surfaces under lines: lowest, highest */
  readonly ground: readonly [string, string];
  /** ends of the ramp of cells: least, middle, most */
  readonly heat: readonly [string, string, string];
}

/**
 * The series: searched for so that each stands out from the paper by 4.5 : 1, as text must (WCAG 1.4.3), and from the
 * others for all eyes; test/shared/plot-theme.test.ts measures both, under three kinds of colour blindness.
 */
export const colours: Readonly<Record<"light" | "dark", Colours>> = {
  light: {
    paper: "#ffffff",
    ink: "#1b1f27",
    quiet: "#59616e",
    grid: "#e7e9ed",
    axis: "#a3aab5",
    series: ["#0072b2", "#c44f00", "#0a4d1e", "#741cd9", "#837370", "#b00d6b", "#625508", "#04665e"],
    ground: ["#ffffff", "#c3ccd9"],
    heat: ["#f3f6fa", "#6aa7d6", "#08306b"],
  },
  dark: {
    paper: "#15171c",
    ink: "#eceef2",
    quiet: "#a4acb9",
    grid: "#2a2e36",
    axis: "#5d6573",
    series: ["#56b4e9", "#ff8c42", "#9bf4cf", "#9d70ff", "#a9b29d", "#e0508f", "#fbe405", "#41ddf8"],
    ground: ["#15171c", "#3d4554"],
    heat: ["#1e222a", "#3a78a8", "#c6e6ff"],
  },
};

/** Series of this many colours; the next ones repeat them with other dashes. */
export const seriesCount = colours.light.series.length;

/** Steps of the ramps. */
export const rampSteps = 12;

/** The class that gives a series its colour. */
export const seriesClass = (index: number): string => `s${index % seriesCount}`;

const dashes = [undefined, "7 4", "2 4", "9 3 2 3"];

/** The dashes of a series: none for as long as the colours differ. */
export const dashOf = (index: number): string | undefined => dashes[Math.floor(index / seriesCount) % dashes.length];

/** The step of a ramp for a share from 0 to 1. */
export const rampStep = (share: number): number => Math.max(0, Math.min(rampSteps - 1, Math.floor(share * rampSteps)));

const shared = [
  "{S} text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:12px}",
  "{S} .title{font-size:16px;font-weight:600}",
  "{S} .head{font-size:13px;font-weight:600}",
  "{S} .name{fill:currentColor;font-weight:500}",
  "{S} .m{text-anchor:middle}",
  "{S} .e{text-anchor:end}",
  "{S} .line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}",
  "{S} .halo{fill:none;stroke-width:4.5;stroke-linejoin:round;stroke-linecap:round}",
  "{S} .thin{fill:none;stroke:currentColor;stroke-width:1}",
  "{S} .fill{fill:currentColor}",
  "{S} .band{fill:currentColor;stroke:none;opacity:.16}",
  "{S} .faint{opacity:.5}",
  "{S} .iso{stroke-width:.7}",
  "{S} .grid{fill:none}",
].join("");

function themed(theme: Colours): string {
  const rules: [string, string][] = [
    [".paper", `fill:${theme.paper}`],
    [".ring", `fill:none;stroke:${theme.ink};stroke-width:1.6`],
    [".halo", `stroke:${theme.paper}`],
    [".rim", `stroke:${theme.paper}`],
    [".quiet", `fill:${theme.quiet}`],
    [".grid", `stroke:${theme.grid}`],
    [".axis", `fill:none;stroke:${theme.axis}`],
    [".iso", `stroke:${theme.axis}`],
    ...theme.series.map((colour, i): [string, string] => [`.s${i}`, `color:${colour}`]),
    ...ramp(theme.ground).map((colour, i): [string, string] => [`.g${i}`, `fill:${colour}`]),
    ...ramp(theme.heat).map((colour, i): [string, string] => [`.h${i}`, `fill:${colour}`]),
    [
      ".over",
      `fill:${contrast(theme.heat[2], theme.paper) > contrast(theme.heat[2], theme.ink) ? theme.paper : theme.ink}`,
    ],
  ];
  return `{S}{fill:${theme.ink};color:${theme.ink}}${rules.map(([selector, rule]) => `{S} ${selector}{${rule}}`).join("")}`;
}

/** The style sheet of a picture; every rule is bound to the class of its root, so that it changes nothing around it. */
export function styleOf(theme: Theme): string {
  const scope = `.downhill-${theme}`;
  const both = `${themed(colours.light)}@media (prefers-color-scheme:dark){${themed(colours.dark)}}`;
  const own = theme === "auto" ? both : themed(colours[theme]);
  return (shared + own).replaceAll("{S}", scope);
}

/** `rampSteps` colours from the first stop to the last, straight in sRGB. */
function ramp(stops: readonly string[]): string[] {
  return Array.from({ length: rampSteps }, (_, i) => {
    const place = (i / (rampSteps - 1)) * (stops.length - 1);
    const before = Math.min(Math.floor(place), stops.length - 2);
    const [from, to] = [channels(stops[before] as string), channels(stops[before + 1] as string)];
    const mixed = from.map((value, c) => Math.round(value + (place - before) * ((to[c] as number) - value)));
    return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
  });
}

const channels = (colour: string): number[] => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

/** The contrast of two colours, 1 to 21 (WCAG 2.2). */
export function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = channels(colour)
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [light, dark] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

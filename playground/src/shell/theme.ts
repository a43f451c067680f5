/** Light or dark: as the system asks, or as chosen. `public/early.js` sets what was chosen before the first paint. */

import { computed, signal } from "@preact/signals";
import type { Palette } from "../canvas/surface.js";
import { store, stored } from "./stored.js";

export type Theme = "auto" | "light" | "dark";

const isTheme = (value: string | undefined): value is Theme => value === "light" || value === "dark";

const kept = stored("theme");

/** What was chosen. */
export const theme = signal<Theme>(isTheme(kept) ? kept : "auto");

const system = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(system.matches);
system.addEventListener("change", ({ matches }) => {
  systemIsDark.value = matches;
});

/** What is seen. */
export const isDark = computed(() => (theme.value === "auto" ? systemIsDark.value : theme.value === "dark"));

/** Goes from light to dark and back; what the system asks for anyway is not kept as a choice. */
export function toggleTheme(): void {
  const next = isDark.value ? "light" : "dark";
  const chosen = (next === "dark") === systemIsDark.value ? "auto" : next;
  // The style sheet first: whoever watches the signal reads the colours from it.
  const { dataset } = document.documentElement;
  if (chosen === "auto") delete dataset.theme;
  else dataset.theme = chosen;
  theme.value = chosen;
  store("theme", chosen);
}

/** Lines that are told apart by colour alone have so many. */
export const seriesCount = 8;

/** The colours of canvases, from the style sheet's. */
export const palette = computed<Palette>(() => {
  void isDark.value;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: colour("paper"),
    ink: colour("ink"),
    quiet: colour("quiet"),
    grid: colour("grid"),
    series: Array.from({ length: seriesCount }, (_, i) => colour(`series-${i}`)),
    alarm: colour("alarm"),
  };
});

/** Whether the reader asked for less motion. */
const less = matchMedia("(prefers-reduced-motion: reduce)");
export const lessMotion = signal(less.matches);
less.addEventListener("change", ({ matches }) => {
  lessMotion.value = matches;
});

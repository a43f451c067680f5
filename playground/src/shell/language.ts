/** The language of the page, and dictionaries that hold every text in each of them. */

import { signal } from "@preact/signals";
import { store, stored } from "./stored.js";

/** What the page can be read in. */
export type Language = "en" | "zh";

export const languages: Readonly<Record<Language, string>> = { en: "English", zh: "中文" };

const isLanguage = (value: string | null | undefined): value is Language => value === "en" || value === "zh";

/** `?lang=`, then what was chosen before, then the browser's. */
function first(): Language {
  const asked = new URLSearchParams(location.search).get("lang");
  if (isLanguage(asked)) return asked;
  const chosen = stored("language");
  if (isLanguage(chosen)) return chosen;
  const spoken = navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage);
  return spoken ?? "en";
}

/** The language of the page. */
export const language = signal<Language>(first());

/** Changes the language of this page and of those that are opened later; the address says so too, for those it is sent to. */
export function speak(chosen: Language): void {
  language.value = chosen;
  store("language", chosen);
  const address = new URL(location.href);
  address.searchParams.set("lang", chosen);
  history.replaceState(history.state, "", address);
}

/** What stands for `{name}` in a text. */
export type Fillings = Readonly<Record<string, string | number>>;

/** A text of a dictionary in the language of the page. */
export interface Dictionary<K extends string> {
  (key: K, fillings?: Fillings): string;
  readonly all: Readonly<Record<Language, Readonly<Record<K, string>>>>;
}

/**
 * A dictionary; the compiler refuses one that lacks a text in one language.
 *
 * @example
 * ```ts
 * const t = dictionary({ step: "step {n}" }, { step: "第 {n} 步" });
 * t("step", { n: 3 });
 * ```
 */
export function dictionary<const K extends string>(
  en: Readonly<Record<K, string>>,
  zh: Readonly<Record<NoInfer<K>, string>>,
): Dictionary<K> {
  const all = { en, zh };
  const look = (key: K, fillings: Fillings = {}): string =>
    all[language.value][key].replace(/\{(\w+)\}/g, (hole, name: string) => String(fillings[name] ?? hole));
  return Object.assign(look, { all });
}

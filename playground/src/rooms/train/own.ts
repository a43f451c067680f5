/** The reader's own table: text, what was chosen of it, and the samples or what is wrong. */

import { signal } from "@preact/signals";
import { train } from "./experiment.js";
import { type Choice, type Own, readTable, type Sketch, sketch, usualChoice } from "./table.js";

/** A table that can be learned from. */
export interface OwnTable {
  readonly read: Own;
  /** another for every reading */
  readonly version: number;
}

export interface Chosen {
  readonly name: string;
  readonly text: string;
  readonly sketch: Sketch;
  readonly choice: Choice;
}

export const chosen = signal<Chosen | undefined>(undefined);
export const own = signal<OwnTable | undefined>(undefined);
/** Why it cannot be read; undefined if it can. */
export const wrong = signal<unknown>(undefined);

let version = 0;

/** Takes a file's text, chooses what is likely meant, and reads it. */
export function take(name: string, text: string): Promise<void> {
  const drawn = sketch(text);
  chosen.value = { name, text, sketch: drawn, choice: usualChoice(drawn) };
  return read();
}

/** Chooses otherwise. */
export function choose(part: Partial<Choice>): Promise<void> {
  const now = chosen.peek();
  if (now === undefined) return Promise.resolve();
  const choice = { ...now.choice, ...part };
  chosen.value = { ...now, choice: { ...choice, features: choice.features.filter((name) => name !== choice.target) } };
  return read();
}

async function read(): Promise<void> {
  const now = chosen.peek();
  if (now === undefined) return;
  version += 1;
  const mine = version;
  try {
    const found = await readTable(now.text, now.sketch, now.choice, train.now.peek().seed);
    if (mine !== version) return;
    wrong.value = undefined;
    own.value = { read: found, version: mine };
  } catch (error) {
    if (mine !== version) return;
    wrong.value = error;
    own.value = undefined;
  }
}

// Running other programs, and saying what runs and how long it took. Node built-ins only.
import { spawn, spawnSync } from "node:child_process";
import { delimiter } from "node:path";

/** How much of a failed program's output its error repeats. */
const shownCharacters = 6000;

/** A program that could not be started, or ended with another code than 0. */
export class CommandError extends Error {
  name = "CommandError";

  /**
   * @param {string} commandLine what was run
   * @param {string} output both streams together
   */
  constructor(commandLine, output) {
    const tail = output.trimEnd().slice(-shownCharacters);
    super(`failed: ${commandLine}${tail === "" ? "" : `\n${tail}`}`);
    this.commandLine = commandLine;
    this.output = output;
  }
}

/** A set-up step that needs a person; its message is the one sentence that says what to do. */
export class ByHand extends Error {
  name = "ByHand";
}

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {string[]} parameters
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ stdout: string, output: string }>} `output` has both streams in the order they came
 * @throws {CommandError}
 */
export function run(command, parameters, { cwd, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    const fail = (reason) => reject(new CommandError([command, ...parameters].join(" "), output + reason));
    child.on("error", (error) => fail(error.message));
    child.on("close", (code, signal) =>
      code === 0 ? resolve({ stdout, output }) : fail(signal ? `\n(${signal})` : ""),
    );
  });
}

/**
 * What a short program printed, or `undefined` where it is missing or failed.
 *
 * @param {string} command
 * @param {string[]} parameters
 * @param {NodeJS.ProcessEnv} [env]
 */
export function ask(command, parameters, env = process.env) {
  const result = spawnSync(command, parameters, { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Seconds with one digit, for people. */
export const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/**
 * Runs one named stage and prints its name and time when it ends.
 *
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function stage(name, work) {
  const start = performance.now();
  let outcome = "failed after ";
  try {
    const result = await work();
    outcome = "";
    return result;
  } finally {
    console.log(`  ${name.padEnd(58)} ${outcome}${seconds(performance.now() - start)}`);
  }
}

/**
 * The environment with folders put in front of its PATH.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} folders
 */
export function withPath(env, folders) {
  const key = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  return { ...env, [key]: [...folders, env[key] ?? ""].join(delimiter) };
}

// Runs a program in an engine and gives back what it tells.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumArguments } from "../lib/browsers.mjs";
import { run } from "../lib/run.mjs";

/** A page that has told nothing by then never will. */
const patienceMs = 180_000;

/**
 * What a script prints as JSON when Node, Deno or Bun runs it.
 *
 * @param {import("./find.mjs").Engine} engine
 * @param {string} script
 */
export async function runScript({ kind, path }, script) {
  const words = kind === "deno" ? ["run", "--quiet", "--allow-read", "--allow-env", script] : [script];
  // No setting of this process' own runtime, such as NODE_OPTIONS, is meant for it.
  const { NODE_OPTIONS, ...env } = process.env;
  return JSON.parse((await run(path, words, { env })).stdout);
}

/**
 * What a classic script tells in a page by `tell(value)`. The browser is only given the page's address, so that none needs
 * a driver; the page posts what it has to say.
 *
 * @param {import("./find.mjs").Engine} engine
 * @param {string} script the text of the script
 * @returns {Promise<{ userAgent: string, value: unknown }>}
 */
export async function runPage(engine, script) {
  const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>downhill</title><script>
const post = (message) => fetch("/told", { method: "POST", body: JSON.stringify({ userAgent: navigator.userAgent, ...message }) });
globalThis.tell = (value) => post({ value });
addEventListener("error", ({ message }) => post({ error: String(message) }));
addEventListener("unhandledrejection", ({ reason }) => post({ error: [reason, reason?.stack, reason?.cause].map(String).join("; ") }));
</script><script src="/page.js"></script>`;
  const told = {};
  told.promise = new Promise((resolve, reject) => Object.assign(told, { resolve, reject }));
  const server = createServer((request, response) => {
    if (request.method === "POST") {
      let body = "";
      request.setEncoding("utf8").on("data", (text) => {
        body += text;
      });
      request.on("end", () => {
        response.end();
        told.resolve(JSON.parse(body));
      });
      return;
    }
    const isScript = request.url === "/page.js";
    const type = isScript ? "text/javascript; charset=utf-8" : "text/html; charset=utf-8";
    response.writeHead(200, { "content-type": type }).end(isScript ? script : page);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const profile = await mkdtemp(join(tmpdir(), "downhill-profile-"));
  const timer = setTimeout(
    () => told.reject(new Error(`${engine.name} told nothing in ${patienceMs / 1000} s`)),
    patienceMs,
  );
  const started = [];
  try {
    const env = engine.kind === "webkit" && !process.env.DISPLAY ? await withDisplay(started) : process.env;
    const child = start(
      engine.path,
      [...words(engine.kind, profile), `http://127.0.0.1:${server.address().port}/`],
      env,
    );
    started.push(child);
    let output = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      output = (output + text).slice(-4000);
    });
    child.on("error", told.reject);
    child.on("close", (code) => told.reject(new Error(`${engine.name} ended (${code}) and told nothing\n${output}`)));
    const message = await told.promise;
    if (message.error !== undefined) throw new Error(`${engine.name}: ${message.error}`);
    return message;
  } finally {
    clearTimeout(timer);
    for (const child of started.reverse()) end(child);
    server.close();
    server.closeAllConnections();
    await rm(profile, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** What a browser needs to hear to start without a display, a sandbox of its own, the network, and a profile in use. */
function words(kind, profile) {
  switch (kind) {
    case "chromium":
      return ["--headless", ...chromiumArguments, `--user-data-dir=${profile}`];
    case "firefox":
      return ["--headless", "--no-remote", "--profile", profile];
    default:
      return [];
  }
}

/** In a group of its own, so that it can be ended with all that it starts. */
const start = (path, parameters, env, stdio = ["ignore", "ignore", "pipe"]) =>
  spawn(path, parameters, { env, stdio, detached: process.platform !== "win32" });

function end(child) {
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** Starts a display in memory, on a free number; gives back the environment that leads to it. */
async function withDisplay(started) {
  const xvfb = start("Xvfb", ["-displayfd", "3", "-nolisten", "tcp", "-screen", "0", "800x600x24"], process.env, [
    "ignore",
    "ignore",
    "ignore",
    "pipe",
  ]);
  started.push(xvfb);
  const number = await new Promise((resolve, reject) => {
    xvfb.on("error", () => reject(new Error("WebKit needs a display: install Xvfb")));
    xvfb.on("close", () => reject(new Error("Xvfb ended")));
    let text = "";
    xvfb.stdio[3].setEncoding("utf8").on("data", (more) => {
      text += more;
      if (text.endsWith("\n")) resolve(text.trim());
    });
  });
  return { ...process.env, DISPLAY: `:${number}`, GDK_BACKEND: "x11", WEBKIT_DISABLE_COMPOSITING_MODE: "1" };
}

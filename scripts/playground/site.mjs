// The built playground on a server of its own, in a folder below the root, as a static host would have it.
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { root } from "../lib/paths.mjs";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

const site = join(root, "dist-playground");

/** The names of its pages. */
export const pages = () =>
  readdirSync(site)
    .filter((name) => name.endsWith(".html"))
    .map((name) => name.slice(0, -".html".length));

/**
 * The strictest policy under which the site works, as a host would send it with every file: workers have only that, since the
 * one in a page is the page's alone.
 */
export const hostPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "worker-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
].join("; ");

/** Where the site lies on its host. */
export const folder = "/some/folder/playground/";

/**
 * @returns {Promise<{ url: string, close(): Promise<void> }>} `url` ends with a slash; after `close` nothing answers any more
 */
export async function serveSite() {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const inside = pathname.startsWith(folder) ? normalize(pathname.slice(folder.length) || "index.html") : undefined;
    try {
      if (inside === undefined || inside.startsWith("..")) throw new Error("outside");
      const body = await readFile(join(site, inside));
      const type = types[extname(inside)] ?? "application/octet-stream";
      const headers = { "content-type": type, "cache-control": "no-cache", "content-security-policy": hostPolicy };
      response.writeHead(200, headers).end(body);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const close = () =>
    new Promise((resolve) => {
      server.close(() => resolve(undefined));
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}${folder}`, close };
}

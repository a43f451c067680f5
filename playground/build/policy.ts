import type { Plugin } from "vite";

/** What the pages may do: run their own files, nothing else, and reach nothing but their own host. */
export const contentPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "worker-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Writes the policy into every built page, before anything that it rules; Vite's own server needs inline styles. */
export function policy(): Plugin {
  return {
    name: "policy",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (html) =>
        html.replace(
          /(<meta charset="utf-8"\s*\/?>)/i,
          `$1\n    <meta http-equiv="Content-Security-Policy" content="${contentPolicy}" />`,
        ),
    },
  };
}

// Lists what of others travels in dist/, with its licences, in THIRD-PARTY.md: the crates that the core is built from, and
// what the plots take from d3.
//
//   node scripts/third-party.mjs      writes the file; a test compares it
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { markdown } from "./lib/markdown.mjs";
import { root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";

export const file = join(root, "THIRD-PARTY.md");

/** Crates that others wrote, from the dependencies of the core when it is compiled to WebAssembly. */
async function crates() {
  const core = ["-p", "downhill-core", "--target", "wasm32-unknown-unknown", "-e", "normal,no-proc-macro"];
  const tree = await run("cargo", ["tree", "--locked", ...core, "--prefix", "none", "-f", "{p}"], { cwd: root });
  const wanted = new Set(
    Array.from(tree.stdout.matchAll(/^(\S+) v([\d.]+)/gm), ([, name, version]) => `${name} ${version}`),
  );
  const metadata = await run("cargo", ["metadata", "--locked", "--format-version", "1"], { cwd: root });
  return JSON.parse(metadata.stdout)
    .packages.filter(({ name, version, source }) => source !== null && wanted.has(`${name} ${version}`))
    .map(({ name, version, license, repository, manifest_path }) => {
      return { name, version, license, home: repository, folder: dirname(manifest_path), where: "the core" };
    });
}

/** npm packages of which the built plots say that they hold parts. */
function packages() {
  const plot = readFileSync(join(root, "dist", "plot.js"), "utf8");
  const notice = plot.slice(plot.indexOf("/*! Holds parts of:"));
  return Array.from(notice.matchAll(/^([a-z][\w-]*) (\d+\.\d+\.\d+)$/gm), ([, name]) => {
    const require = createRequire(join(root, "package.json"));
    // Packages may not export their package.json: it lies above their entry.
    let folder = dirname(require.resolve(name));
    while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
    const { version, license, homepage } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return { name, version, license, home: homepage, folder, where: "`downhill/plot`" };
  });
}

/** The licence texts that lie beside a package: one is enough where it may be chosen, and MIT is the shortest. */
function textsOf({ name, license, folder }) {
  const names = readdirSync(folder).filter((entry) => /^(licen[cs]e|copying|unlicense)/i.test(entry));
  const mit = names.filter((entry) => /mit/i.test(entry));
  const chosen = / AND /.test(license) || mit.length === 0 ? names.filter((entry) => !/apache/i.test(entry)) : mit;
  if (chosen.length === 0) return `The package ${name} comes without a copy of its licence, ${license}.`;
  return chosen
    .sort()
    .map((entry) => `\`\`\`text\n${readFileSync(join(folder, entry), "utf8").replaceAll("\r", "").trim()}\n\`\`\``)
    .join("\n\n");
}

/** The whole file. */
export async function thirdParty() {
  const all = [...(await crates()), ...packages()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = all.map(({ name, version, license, home, where }) => [`[${name}](${home})`, version, license, where]);
  const standard = [
    "[the standard library of Rust](https://github.com/rust-lang/rust)",
    "",
    "MIT OR Apache-2.0",
    "the core",
  ];
  return `# What of others travels in this package

Written by \`node scripts/third-party.mjs\`. The package depends on nothing at run time; what it holds of others is compiled or bundled into its files. Where there is a choice of licences, MIT is taken.

${markdown(["", "version", "licence", "in"], [...rows, standard], 4)}

${all.map((one) => `## ${one.name} ${one.version}\n\n${textsOf(one)}`).join("\n\n")}
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) writeFileSync(file, await thirdParty());

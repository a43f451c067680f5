// Where browsers are. Node built-ins only.
import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ByHand } from "./run.mjs";

export const executable = process.platform === "win32" ? ".exe" : "";

/** Environment variables that name the user's own browsers, the first that is set wins. */
export const browserVariables = {
  chromium: ["DOWNHILL_CHROMIUM", "CHROME_BIN", "CHROME_PATH", "PUPPETEER_EXECUTABLE_PATH"],
  firefox: ["DOWNHILL_FIREFOX"],
  webkit: ["DOWNHILL_WEBKIT"],
};

/** What Chromium hears so that it needs no display, no sandbox of its own and no network. */
export const chromiumArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * How playwright starts it: the one that scripts/test.mjs names, else playwright's own.
 *
 * @param {string | undefined} [executablePath]
 */
export const chromiumLaunch = (executablePath = process.env.DOWNHILL_CHROMIUM) => ({
  args: chromiumArguments,
  ...(executablePath ? { executablePath } : {}),
});

/** The path of a Chromium or Chrome. */
export function findChromium() {
  const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
  const apps = ["Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome"];
  return find(browserVariables.chromium, names, apps, ["Google", "Chrome", "Application", "chrome.exe"]);
}

/** The path of a Firefox. */
export const findFirefox = () =>
  find(
    browserVariables.firefox,
    ["firefox-esr", "firefox"],
    ["Firefox.app/Contents/MacOS/firefox"],
    ["Mozilla Firefox", "firefox.exe"],
  );

/** The path of the small browser that comes with WebKitGTK, beside the library and not on the PATH. */
export function findWebKit() {
  const folders = process.platform === "linux" ? ["/usr/lib", "/usr/libexec", "/usr/lib64"] : [];
  const inside = (folder) => list(folder).map((name) => join(folder, name));
  const libraries = folders.flatMap((folder) => [folder, ...inside(folder)]).flatMap(inside);
  const named = libraries
    .filter((path) => /webkit(2gtk|gtk)-[\d.]+$/.test(path))
    .map((path) => join(path, "MiniBrowser"));
  return find(browserVariables.webkit, [], [], undefined) ?? named.sort().findLast(isExecutable);
}

function find(variables, names, apps, program) {
  for (const variable of variables) {
    const path = process.env[variable];
    if (path) {
      if (isExecutable(path)) return path;
      throw new ByHand(`${variable} names ${path}, which is no program: correct it or unset it.`);
    }
  }
  const onPath = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name + executable)));
  const { PROGRAMFILES, "PROGRAMFILES(X86)": older, LOCALAPPDATA } = process.env;
  const folders = program === undefined ? [] : [PROGRAMFILES, older, LOCALAPPDATA].filter(Boolean);
  const elsewhere = [
    ...apps.map((app) => `/Applications/${app}`),
    ...folders.map((folder) => join(folder, ...program)),
  ];
  return [...onPath, ...elsewhere].find(isExecutable);
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

import { chromium } from "playwright";
import { serveSite } from "/work/h/playa/scripts/playground/site.mjs";

const [, , path, out, w = "1440", h = "1000", scheme = "light", lang = "en", wait = "2500"] = process.argv;
const site = await serveSite();
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const p = await b.newPage({
  viewport: { width: +w, height: +h },
  colorScheme: scheme,
  locale: lang,
  deviceScaleFactor: 1,
});
p.on("console", (m) => console.log("console:", m.text()));
p.on("pageerror", (e) => console.log("error:", e.stack));
await p.goto(site.url + path);
await p.waitForTimeout(+wait);
await p.screenshot({ path: out, fullPage: true });
await b.close();
await site.close();

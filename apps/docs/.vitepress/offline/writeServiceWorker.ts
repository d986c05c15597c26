/** Writes the service worker of the playground with the list of the files that its page needs. */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const template = new URL("./serviceWorker.js", import.meta.url);

/** Of other pages, and fonts in forms that no browser with service workers asks for. */
const NEEDLESS = /\.md\.[\w-]+(\.lean)?\.js$|\.ttf$|\.woff$|VPLocalSearchBox|localSearchIndex/;

/** @param outDir the folder of the built site */
export function writeServiceWorker(outDir: string): void {
  const assets = readdirSync(join(outDir, "assets"), { recursive: true, encoding: "utf8" })
    .map((file) => `assets/${file.replaceAll("\\", "/")}`)
    .filter((file) => /\.\w+$/.test(file))
    .filter((file) => !NEEDLESS.test(file) || file.startsWith("assets/playground.md."));
  const pages = ["playground.html", "icon.svg", "vp-icons.css"];
  const files = [...pages.filter((file) => existsSync(join(outDir, file))), ...assets].sort();
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(join(outDir, file)));
  const text = readFileSync(template, "utf8")
    .replace("const FILES = [];", `const FILES = ${JSON.stringify(files)};`)
    .replace('const VERSION = "";', `const VERSION = "${hash.digest("hex").slice(0, 16)}";`);
  writeFileSync(join(outDir, "sw.js"), text);
}

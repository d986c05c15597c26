// Makes src/page/figureScript.generated.ts of the modules beside it:
//
//   node packages/report/pageScript/build.mjs
//
// A page holds the script as text and names its hash, without which no browser runs it.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
// What lab alone depends on is not found from here.
const { buildSync } = createRequire(here("../../lab/package.json"))("esbuild");

/** The file as it should be. */
export function generated() {
  const { outputFiles } = buildSync({
    entryPoints: [here("./main.js")],
    ...{ bundle: true, minify: true, write: false, format: "iife" },
    ...{ target: "es2022", charset: "utf8" },
  });
  const text = outputFiles[0].text.trim();
  const sha256 = createHash("sha256").update(text).digest("base64");
  return (
    "/** Made by `pageScript/build.mjs`. */\n" +
    `export const FIGURE_SCRIPT = {\n  text: ${JSON.stringify(text)},\n  sha256: "${sha256}",\n};\n`
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(here("../src/page/figureScript.generated.ts"), generated());
}

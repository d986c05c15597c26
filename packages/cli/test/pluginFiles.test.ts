import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

// Files of a user in a folder where nothing is installed, as beside a command that is installed globally.
const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const lab = new URL("../../lab/dist/index.js", import.meta.url).href;
const root = mkdtempSync(join(tmpdir(), "eoss-files-"));
afterAll(() => rmSync(root, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

function node(...words: string[]) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" };
    execFile(process.execPath, words, { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

const members = `name: "mine", description: "core " + tf.version_core, over: "full", unit: "loss",
  needs: [], cost: String(typeof lanczos + typeof z.int),
  measure: async (view) => ({ value: await view.loss(), products: 0, status: "exact" })`;
const IMPORTED = `import { lanczos } from "@eoss/eigen";
import { defineQuantity } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
export default defineQuantity({ ${members} });`;
const REQUIRED = `const { lanczos } = require("@eoss/eigen");
const { defineQuantity } = require("@eoss/sharpness");
const tf = require("@tensorflow/tfjs-core");
const { z } = require("zod");
module.exports = defineQuantity({ ${members} });`;

const FILES: Readonly<Record<string, string>> = {
  "mine.js": IMPORTED,
  "mine.mjs": IMPORTED,
  "mine.cjs": REQUIRED,
  "mine-required.js": REQUIRED,
  "missing.js": 'import x from "no-such-package";',
  "missing.cjs": 'require("no-such-package");',
  "commander.js": 'import x from "commander";',
  "beside.js": 'import x from "./nope.js";',
  "beside.cjs": 'require("./nope.js");',
  "text.mjs": "let a = 1;\nlet b = ;\n",
  "text.cjs": "let a = 1;\nlet b = ;\n",
  "throws.js": "let a = 1;\nb();\n",
  "sp äce/throws.js": "function f() {\n  null.x;\n}\nf();\nexport default 1;",
  "sp äce/text.cjs": "let b = ;\n",
  "throws-3.js": "throw 3;",
  "name.js": 'import { nope } from "@eoss/models";',
  "common/package.json": '{ "type": "commonjs" }',
  "common/mine.js": IMPORTED,
  // Older than what eoss runs with, and one that a package alone brings.
  "other/node_modules/@tensorflow/tfjs-core/package.json":
    '{ "name": "@tensorflow/tfjs-core", "version": "4.0.0" }',
  "other/node_modules/@tensorflow/tfjs-core/index.js": 'exports.version_core = "4.0.0";',
  "other/node_modules/zod/package.json": '{ "name": "zod", "main": "./index.js" }',
  "other/node_modules/zod/index.js": 'exports.z = { int: "of the folder" };',
  "other/mine.js": IMPORTED,
  "node_modules/theirs/package.json":
    '{ "name": "theirs", "type": "module", "exports": { ".": { "types": "./no.d.ts", "import": "./a.js" }, "./sub": { "import": { "node": "./sub.js" } } } }',
  "node_modules/theirs/a.js": IMPORTED,
  "node_modules/theirs/sub.js": IMPORTED,
};
for (const [name, text] of Object.entries(FILES)) write(name, text);

const { version } = JSON.parse(
  readFileSync(
    new URL("../../lab/node_modules/@tensorflow/tfjs-core/package.json", import.meta.url),
    "utf8",
  ),
);

/** What each gives: the text of its cost, or why it cannot be loaded. One process loads them all. */
const WANTED: Readonly<Record<string, string | RegExp>> = {
  "./mine.js": "functionfunction",
  "./mine.mjs": "functionfunction",
  "./mine.cjs": "functionfunction",
  "./mine-required.js": "functionfunction",
  "./other/mine.js": "functionstring",
  theirs: "functionfunction",
  "theirs/sub": "functionfunction",
  "./missing.js":
    /missing\.js imports the package no-such-package, .*npm install no-such-package in/,
  "./missing.cjs": /missing\.cjs imports the package no-such-package, .*npm install/,
  "./commander.js": /commander\.js imports the package commander, which is not there/,
  "./beside.js": /Cannot find module '.*nope\.js' imported from .*beside\.js$/,
  "./beside.cjs": /Cannot find module '\.\/nope\.js' required by .*beside\.cjs$/,
  "./text.mjs": /SyntaxError: Unexpected token ';' \(.*text\.mjs:2\)$/,
  "./text.cjs": /SyntaxError: Unexpected token ';' \(.*text\.cjs:2\)$/,
  "./throws.js": /ReferenceError: b is not defined \(.*throws\.js:2\)$/,
  "./sp äce/throws.js": /TypeError: Cannot read .* \(.*\/sp äce\/throws\.js:2\)$/,
  "./sp äce/text.cjs": /SyntaxError: Unexpected token ';' \(.*\/sp äce\/text\.cjs:1\)$/,
  "./throws-3.js": /it threw 3$/,
  "./name.js": /SyntaxError: .*'@eoss\/models' does not provide an export named 'nope'/,
  "./common/mine.js": /name the file \.mjs, or write "type": "module" there$/,
  "./nowhere.js": /there is no file .*nowhere\.js$/,
  "./common": /common is a folder, not a file$/,
  "mine.js": /there is no package mine\.js in .* or beside eoss; a file begins with \.\/$/,
  minibx: /there is no package minibx .*; did you mean minibs\?$/,
  "theirs/nope": /[Pp]ackage subpath '\.\/nope' is not defined/,
  ...("typescript" in process.features && process.features.typescript
    ? {}
    : { "./mine.ts": /TypeScript is read from Node 22\.18 on, .*: compile it to JavaScript$/ }),
};
write("mine.ts", IMPORTED);

describe("a file in an empty folder", async () => {
  const program = `import { describeQuantities } from ${JSON.stringify(lab)};
    const results = {};
    for (const name of ${JSON.stringify(Object.keys(WANTED))}) {
      results[name] = await describeQuantities([name]).then(
        ([{ cost, description }]) => ({ cost, description }),
        ({ message }) => ({ message }),
      );
    }
    console.log(JSON.stringify(results));`;
  write("all.mjs", program);
  const { stdout, stderr } = await node("all.mjs");
  const results = JSON.parse(stdout || JSON.stringify({ stderr }));

  it.each(Object.entries(WANTED))("%s", (name, wanted) => {
    if (typeof wanted === "string") {
      // One copy of tfjs, whatever is installed beside the file.
      expect(results[name]).toEqual({ cost: wanted, description: `core ${version}` });
      return;
    }
    expect(results[name].message).toMatch(wanted);
    expect(results[name].message).not.toContain("\n");
    expect(results[name].message).not.toMatch(/batch-sharpness|dist\/chunk/);
  });
});

it("is trained with, also by threads, and resumed by who names it", async () => {
  write("size.js", "export const width = 5;");
  write(
    "net.js",
    `import { defineModel, models } from "@eoss/models";
import { z } from "zod";
import { width } from "./size.js";
export default defineModel({ ...models.mlp, name: "mine", options: z.object({}),
  build: (task) => models.mlp.build(task, { width: [width], activation: "tanh" }) });`,
  );
  const train =
    "train --model ./net.js --data digits --samples 40 --lr 0.1 --batch 10 --steps 2 --every 1";
  const words = `${train} --measure minibs,./mine.js --workers 2 --out run --json`;
  expect(await node(bin, ...words.split(" "))).toMatchObject({ code: 0 });
  const { fingerprints } = JSON.parse(readFileSync(join(root, "run", "run.json"), "utf8"));
  expect(Object.keys(fingerprints)).toEqual(
    expect.arrayContaining([
      "code of ../net.js: net.js",
      "code of ../net.js: size.js",
      "code of ../net.js: package zod",
    ]),
  );
  const refused = await node(bin, "resume", "run", "--steps", "4");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/--trust \.\/net\.js/)]);
  const trusted = "resume run --steps 4 --trust ./net.js --trust ./mine.js --json";
  expect(await node(bin, ...trusted.split(" "))).toMatchObject({ code: 0 });
  write("size.js", "export const width = 5; // changed");
  const changed = await node(bin, ...trusted.replace("4", "6").split(" "));
  expect(changed.stderr).toMatch(/changed since the run began: code of \.\.\/net\.js: size\.js/);
});

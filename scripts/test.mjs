// `npm test`: set everything up, check and test every package, and count the tests.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inLanes } from "./lanes.mjs";
import { install, root, turbo } from "./workspace.mjs";

const RESULTS = "test-results.json";

/** What takes longest, longest first; the rest is quick. */
const LONGEST = [
  "packages/cli",
  "packages/hvp",
  "packages/lab",
  "tests",
  "packages/sharpness",
  "packages/experiments",
  "packages/eigen",
  "types",
];

/** The folders that have tests. */
function tested() {
  const folders = list("packages").map((name) => `packages/${name}`);
  return [...folders, "tests"].filter((folder) => testOf(folder) !== undefined);
}

function list(folder) {
  try {
    return readdirSync(join(root, folder));
  } catch {
    return [];
  }
}

/** The test command of a folder; undefined if it has none. */
function testOf(folder) {
  try {
    return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).scripts?.test;
  } catch {
    return undefined;
  }
}

/** Tests that passed, failed and were skipped in a folder; undefined if it left no results. */
function counts(folder) {
  try {
    const results = JSON.parse(readFileSync(join(root, folder, RESULTS), "utf8"));
    return {
      passed: results.numPassedTests,
      failed: results.numFailedTests,
      skipped: results.numPendingTests,
    };
  } catch {
    return undefined;
  }
}

install();
const folders = tested();
for (const folder of folders) rmSync(join(root, folder, RESULTS), { force: true });
const code = turbo("build");
if (code !== 0) process.exit(code);
const jobs = [
  ...folders.map((folder) => ({
    name: folder,
    command: testOf(folder),
    folder: join(root, folder),
  })),
  // One program of all packages: one by one, each would check again what it imports of the others.
  { name: "types", command: "tsc --noEmit", folder: root },
  { name: "lint", command: "biome check .", folder: root },
];
const rank = ({ name }) => (LONGEST.includes(name) ? LONGEST.indexOf(name) : LONGEST.length);
const failed = await inLanes(jobs.sort((a, b) => rank(a) - rank(b)));

const total = { passed: 0, failed: 0, skipped: 0 };
let silent = 0;
for (const folder of folders) {
  const found = counts(folder);
  if (found === undefined) {
    silent += 1;
    console.error(`no test results in ${folder}`);
    continue;
  }
  for (const key of Object.keys(total)) total[key] += found[key];
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(failed.length > 0 || total.failed > 0 || silent > 0 ? 1 : 0);

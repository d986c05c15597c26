// `npm test`: set everything up, check and test every package, and count the tests.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { install, root, turbo } from "./workspace.mjs";

const RESULTS = "test-results.json";

/** The folders of packages that have tests. */
function packages() {
  const parents = ["packages", "examples"].flatMap((parent) =>
    list(parent).map((name) => join(root, parent, name)),
  );
  return [...parents, join(root, "tests")].filter((folder) => manifest(folder)?.scripts?.test);
}

function list(folder) {
  try {
    return readdirSync(join(root, folder));
  } catch {
    return [];
  }
}

function manifest(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  } catch {
    return undefined;
  }
}

/** Tests that passed, failed and were skipped in a package; undefined if it left no results. */
function counts(folder) {
  try {
    const results = JSON.parse(readFileSync(join(folder, RESULTS), "utf8"));
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
for (const folder of packages()) rmSync(join(folder, RESULTS), { force: true });
const code = turbo("build", "lint", "typecheck", "test", "--continue");

const total = { passed: 0, failed: 0, skipped: 0 };
let silent = 0;
for (const folder of packages()) {
  const found = counts(folder);
  if (found === undefined) {
    silent += 1;
    console.error(`no test results in ${folder.slice(root.length)}`);
    continue;
  }
  for (const key of Object.keys(total)) total[key] += found[key];
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(code !== 0 || total.failed > 0 || silent > 0 ? code || 1 : 0);

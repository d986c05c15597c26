/**
 * A short form of the suite on the cpu backend, for a version of tfjs that is installed somewhere: bundled
 * without @eoss/hvp and tfjs, which are then taken from there. All losses of outsiders against PyTorch,
 * and every fourth case of the table of rules against differences. Prints a summary, and what is wrong.
 */
import { checkRule } from "@eoss/hvp/testing";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { ruleCases } from "./rules/cases/index.fixture.js";

tf.enableProdMode();
await tf.setBackend("cpu");
// Their inputs are tensors, made when they are loaded.
const { outsiders } = await import("./outsiders/index.fixture.js");
const { ALLOWED, judge } = await import("./outsiders/judge.fixture.js");

/** Ops that this version does not have. */
const missing: string[] = [];

/** What is wrong with a case, if something is. */
function problem(name: string, check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    const op = String(error).match(/\.(\w+) is not a function/)?.[1];
    if (op === undefined || op in tf) return [`${name}: ${error}`];
    missing.push(op);
    return [];
  }
}

const wrong = outsiders.flatMap((outsider) =>
  problem(outsider.name, () => {
    const { loss, gradient, product, leaked } = judge(outsider);
    if (Math.max(loss, gradient, product) <= ALLOWED && leaked === 0) return;
    throw new Error(`loss ${loss}, gradient ${gradient}, Hv ${product}, leaked ${leaked}`);
  }),
);
const checks = Object.values(ruleCases)
  .flat()
  .filter((_, index) => index % 4 === 0);
wrong.push(...checks.flatMap((check) => problem(check.name, () => checkRule(check))));

for (const line of wrong) console.log(line);
if (missing.length > 0) console.log(`not in this version: ${[...new Set(missing)].join(", ")}`);
const count = `${outsiders.length} losses and ${checks.length} rules`;
console.log(`tfjs-core ${tf.version_core}: ${count}, ${wrong.length} wrong`);
if (wrong.length > 0) process.exitCode = 1;

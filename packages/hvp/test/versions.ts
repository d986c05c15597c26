/**
 * The table of rules on the cpu backend, for a version of tfjs that is installed somewhere: bundled
 * without @eoss/hvp and tfjs, which are then taken from there. Prints a summary; fails where a case does.
 */
import { checkRule } from "@eoss/hvp/testing";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { ruleCases } from "./cases/index.js";

tf.enableProdMode();
await tf.setBackend("cpu");
const began = performance.now();
const cases = Object.entries(ruleCases).flatMap(([group, checks]) =>
  checks.map((check) => ({ name: `${group}: ${check.name}`, check })),
);
const failures = cases.flatMap(({ name, check }) => {
  try {
    checkRule(check);
    return [];
  } catch (error) {
    return [`${name}: ${error}`];
  }
});
for (const failure of failures) console.log(failure);
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(
  `tfjs-core ${tf.version_core}: ${cases.length - failures.length} of ${cases.length} cases (${seconds} s)`,
);
if (failures.length > 0) process.exitCode = 1;

// All rules of the contract of engines, as tests for any runner.
import { bilinearExample } from "./bilinear.js";
import type { EngineTest, EngineUnderTest } from "./engineUnderTest.js";
import { measureRules } from "./measureRules.js";
import { spaceRules } from "./spaceRules.js";
import { viewRules } from "./viewRules.js";

/**
 * The contract of an engine as tests: its vectors, its views of a loss whose derivatives are known in
 * closed form, and every quantity that is measured through them.
 *
 * @example
 * for (const { name, run } of engineContract(myEngine)) {
 *   test(name, run); // vitest, node:test, mocha, ...
 * }
 */
export function engineContract<V>(engine: EngineUnderTest<V>): EngineTest[] {
  // Targets far from the outputs, so that no two kinds of matrix are alike; d = 24 for real searches.
  const example = bilinearExample(7, 2, 12);
  const network = { ...example, y: example.y.map((row) => row.map((value) => 3 * value)) };
  const spaceOf = async () => {
    const problem = await engine.problem(network, 2);
    const view = problem.view(Int32Array.of(0), { set: "training", plain: true });
    const { space } = view;
    view.dispose();
    return space;
  };
  const rules = {
    ...spaceRules(engine, spaceOf),
    ...viewRules(engine, network),
    ...measureRules(engine, network),
  };
  return Object.entries(rules).map(([name, run]) => ({ name, run }));
}

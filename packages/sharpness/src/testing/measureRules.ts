// The contract of an engine as a whole: what is measured through it.

import { symmetricEigen } from "@eoss/eigen";
import { stream } from "@eoss/rng";
import { CURVATURE_KINDS, type Problem } from "../loss/engine.js";
import { multiply, norm } from "../loss/space.js";
import { measure } from "../measuring/measure.js";
import type { MeasureOptions } from "../measuring/measureOptions.js";
import { checkNeeds } from "../registry/needs.js";
import type { Measurement, Quantity } from "../registry/quantity.js";
import { quantities } from "../registry/registry.js";
import { type Bilinear, curvatureOf } from "./bilinear.js";
import { type EngineUnderTest, must } from "./engineUnderTest.js";
import { referenceProblem } from "./referenceEngine.js";

type Rules = Record<string, () => Promise<void>>;

/** Quantities that draw random vectors of the engine's own: equal within their margins only. */
const DRAWN = new Set(["trace", "density", "batch-density", "contraction", "noise-kernel-norm"]);

export function measureRules<V>(engine: EngineUnderTest<V>, network: Bilinear): Rules {
  const { accuracy = 1e-5 } = engine;
  const batchSize = 3;
  const options = (): Omit<MeasureOptions<never>, "memory"> => ({
    ...{ tolerance: 0.02, maxBatches: 8, stream: stream(1, "contract"), certify: "auto" },
  });
  const applicable = (problem: Problem<V>, of: Problem): Quantity[] =>
    Object.values(quantities).filter(
      (quantity) => isMeasurable(problem, quantity) && isMeasurable(of, quantity),
    );

  return {
    async "top eigenvalues of all samples, by each kind, are within their bounds"() {
      const problem = await engine.problem(network, batchSize);
      const samples = network.y.map((_, k) => k);
      for (const [name, kind] of Object.entries(FULL)) {
        const quantity = quantities[name]!;
        if (!isMeasurable(problem, quantity)) continue;
        const [found] = await measure(problem, [quantity], options());
        const lambda = symmetricEigen(curvatureOf(network, kind, samples)).values[0]!;
        const { value, errorBound = 0 } = found!;
        must(
          Math.abs(value - lambda) <= errorBound + accuracy * lambda,
          `${name} is ${value} ± ${errorBound}; λmax of ${kind} is ${lambda}`,
        );
      }
    },

    async "an engine's own search gives top pairs, unit vectors and residuals that are true"() {
      const problem = await engine.problem(network, batchSize);
      const samples = [1, 2, 4];
      const view = problem.view(Int32Array.from(samples), { set: "training", plain: false });
      for (const kind of view.top ? CURVATURE_KINDS : []) {
        const search = { tolerance: 0.02, stream: stream(2, "own"), pause: async () => {} };
        const found = await view.top!(kind, { ...search, byGaps: false });
        if (found === undefined) continue;
        const { value, errorBound = 0, residual, vectors } = found;
        const lambda = symmetricEigen(curvatureOf(network, kind, samples)).values[0]!;
        const room = accuracy * lambda;
        must(
          lambda - value <= errorBound + room && value <= lambda + room,
          `top("${kind}") says ${value} + at most ${errorBound}; λmax is ${lambda}`,
        );
        const matrix = (await view.reduced?.(kind)) ?? view.curvature(kind);
        const { space } = matrix;
        const length = await norm(space, vectors[0]!);
        must(Math.abs(length - 1) <= 10 * accuracy, `its vector has the length ${length}, not 1`);
        const image = await multiply(matrix, vectors[0]!);
        const rest = space.axpy(-value, vectors[0]!, image);
        const actual = await norm(space, rest);
        must(
          actual <= residual + 10 * room,
          `the residual of top("${kind}") is ${actual}, not ${residual}`,
        );
        for (const vector of [rest, ...vectors]) space.release(vector);
      }
      view.dispose();
    },

    async "every quantity that applies is what closed forms give, batch by batch"() {
      const problem = await engine.problem(network, batchSize);
      const reference = referenceProblem(network, { batchSize });
      const all = applicable(problem, reference);
      const found = await measure(problem, all, options());
      const expected = await measure(reference, all, options());
      for (const [k, { name }] of all.entries()) {
        const [ours, theirs] = [found[k]!, expected[k]!];
        const wide = 3 * (boundOf(ours) + boundOf(theirs)) + 10 * accuracy * Math.abs(theirs.value);
        must(
          Math.abs(ours.value - theirs.value) <= wide ||
            (Number.isNaN(ours.value) && Number.isNaN(theirs.value)),
          `${name} is ${ours.value}, by closed forms ${theirs.value} (± ${wide})`,
        );
      }
    },

    async "nothing is left of what a measurement made"() {
      if (engine.alive === undefined) return;
      const problem = await engine.problem(network, batchSize);
      const reference = referenceProblem(network, { batchSize });
      for (const quantity of applicable(problem, reference)) {
        for (const memory of [new Map<string, V>(), undefined]) {
          const before = await engine.alive();
          await measure(problem, [quantity], { ...options(), ...(memory && { memory }) });
          const left = (await engine.alive()) - before - (memory?.size ?? 0);
          must(left === 0, `${left} vectors are left of ${quantity.name}`);
        }
      }
    },
  };
}

const FULL = {
  fullbs: "hessian",
  "full-gauss-newton": "gauss-newton",
  "full-fisher": "fisher",
  "full-empirical-fisher": "empirical-fisher",
} as const;

/** Whether a quantity can be told from the network alone: update rules and starts are the engine's own. */
function isMeasurable<V>(problem: Problem<V>, quantity: Quantity): boolean {
  try {
    checkNeeds(problem as Problem, [quantity]);
    return !quantity.needs.some((need) => need === "update" || need === "initial-params");
  } catch {
    return false;
  }
}

function boundOf({ quantity, value, errorBound = 0, margin = 0 }: Measurement): number {
  return errorBound + (DRAWN.has(quantity) ? margin : 0) + 1e-9 * Math.abs(value);
}

// What measures any problem, for losses that are written with tfjs ops too.
import { readsLater } from "@eoss/hvp/internal";
import { shown } from "@eoss/rng/internal";
import type { Problem } from "../loss/engine.js";
import type { BatchReading } from "../measuring/accumulator.js";
import { type BernsteinBound, bernsteinBound as boundOf } from "../measuring/bernsteinBound.js";
import { measure as measureViews, readBatch as readViews } from "../measuring/measure.js";
import type { MeasureOptions } from "../measuring/measureOptions.js";
import {
  staticCurve as curveOf,
  type StaticCurve,
  type StaticCurveOptions,
} from "../measuring/staticCurve.js";
import { checkNeeds as checkProblem } from "../registry/needs.js";
import type { BatchQuantity, Measurement, Quantity } from "../registry/quantity.js";
import { withHostMemory } from "./device/hostMemory.js";
import { deviceProblem } from "./device/problem.js";
import { checkMeanLoss } from "./meanLoss.js";
import { type TfjsProblem, tfjsProblem } from "./problem.js";

/** What offers views already, or the views of a loss by the engine for the backend that runs. */
function offered<V>(problem: Problem<V> | TfjsProblem): Problem<V> {
  if (typeof problem !== "object" || problem === null) {
    throw new RangeError(`a problem is an object, not ${shown(problem)}`);
  }
  if ("view" in problem) return problem;
  return (readsLater() ? deviceProblem(problem) : tfjsProblem(problem)) as unknown as Problem<V>;
}

/** The same, of a loss that is a mean over its samples. */
async function measurable<V>(problem: Problem<V> | TfjsProblem): Promise<Problem<V>> {
  const views = offered(problem);
  if (!("view" in problem)) await checkMeanLoss(problem);
  return views;
}

/**
 * `measure` of `@eoss/sharpness/core`, which also takes a loss written with tfjs ops. The vectors of its
 * `memory` are typed arrays on every backend.
 */
export async function measure<V = Float32Array>(
  problem: Problem<V> | TfjsProblem,
  quantities: readonly Quantity[],
  options: MeasureOptions<V>,
): Promise<Measurement[]> {
  const views = await measurable(problem);
  const { memory } = options;
  if ("view" in problem || memory === undefined || !readsLater()) {
    return measureViews(views, quantities, options);
  }
  return withHostMemory(memory as unknown as Map<string, Float32Array>, (kept) =>
    measureViews(views, quantities, { ...options, memory: kept as unknown as Map<string, V> }),
  );
}

/** `readBatch` of `@eoss/sharpness/core`, which also takes a loss written with tfjs ops. */
export async function readBatch<V = Float32Array>(
  problem: Problem<V> | TfjsProblem,
  quantities: readonly BatchQuantity[],
  index: number,
  options: Omit<MeasureOptions<V>, "maxBatches" | "executor">,
): Promise<BatchReading[]> {
  return readViews(await measurable(problem), quantities, index, options);
}

/** `staticCurve` of `@eoss/sharpness/core`, which also takes a loss written with tfjs ops. */
export async function staticCurve<V = Float32Array>(
  problem: Problem<V> | TfjsProblem,
  options: StaticCurveOptions<V>,
): Promise<StaticCurve> {
  return curveOf(await measurable(problem), options);
}

/** `bernsteinBound` of `@eoss/sharpness/core`, which also takes a loss written with tfjs ops. */
export async function bernsteinBound<V = Float32Array>(
  problem: Problem<V> | TfjsProblem,
  options: Pick<MeasureOptions, "tolerance" | "stream" | "pause"> & { readonly samples: number },
): Promise<BernsteinBound> {
  return boundOf(await measurable(problem), options);
}

/** `checkNeeds` of `@eoss/sharpness/core`, which also takes a loss written with tfjs ops. */
export function checkNeeds<V = Float32Array>(
  problem: Problem<V> | TfjsProblem,
  quantities: readonly Quantity[],
): void {
  checkProblem(offered(problem), quantities);
}

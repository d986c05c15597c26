// What measures any problem, for losses that are written with tfjs ops too.
import { shown } from "@eoss/rng/internal";
import type { Problem } from "../loss/engine.js";
import type { BatchReading } from "../measuring/accumulator.js";
import { type BernsteinBound, bernsteinBound as boundOf } from "../measuring/bernsteinBound.js";
import {
  type MeasureOptions,
  measure as measureViews,
  readBatch as readViews,
} from "../measuring/measure.js";
import {
  staticCurve as curveOf,
  type StaticCurve,
  type StaticCurveOptions,
} from "../measuring/staticCurve.js";
import { checkNeeds as checkProblem } from "../registry/needs.js";
import type { BatchQuantity, Measurement, Quantity } from "../registry/quantity.js";
import { checkMeanLoss } from "./meanLoss.js";
import { type TfjsProblem, tfjsProblem } from "./problem.js";

/** What offers views already, or the views that tfjs makes of a loss. */
function offered<V>(problem: Problem<V> | TfjsProblem): Problem<V> {
  if (typeof problem !== "object" || problem === null) {
    throw new RangeError(`a problem is an object, not ${shown(problem)}`);
  }
  return "view" in problem ? problem : (tfjsProblem(problem) as unknown as Problem<V>);
}

/** The same, of a loss that is a mean over its samples. */
function measurable<V>(problem: Problem<V> | TfjsProblem): Problem<V> {
  const views = offered(problem);
  if (!("view" in problem)) checkMeanLoss(problem);
  return views;
}

/** `measure` of `@eoss/sharpness/core`, which also takes a loss written with tfjs ops. */
export function measure<V = Float32Array>(
  problem: Problem<V> | TfjsProblem,
  quantities: readonly Quantity[],
  options: MeasureOptions<V>,
): Promise<Measurement[]> {
  return measureViews(measurable(problem), quantities, options);
}

/** `readBatch` of `@eoss/sharpness/core`, which also takes a loss written with tfjs ops. */
export function readBatch<V = Float32Array>(
  problem: Problem<V> | TfjsProblem,
  quantities: readonly BatchQuantity[],
  index: number,
  options: Omit<MeasureOptions<V>, "maxBatches" | "executor">,
): Promise<BatchReading[]> {
  return readViews(measurable(problem), quantities, index, options);
}

/** `staticCurve` of `@eoss/sharpness/core`, which also takes a loss written with tfjs ops. */
export function staticCurve<V = Float32Array>(
  problem: Problem<V> | TfjsProblem,
  options: StaticCurveOptions<V>,
): Promise<StaticCurve> {
  return curveOf(measurable(problem), options);
}

/** `bernsteinBound` of `@eoss/sharpness/core`, which also takes a loss written with tfjs ops. */
export function bernsteinBound<V = Float32Array>(
  problem: Problem<V> | TfjsProblem,
  options: Pick<MeasureOptions, "tolerance" | "stream" | "pause"> & { readonly samples: number },
): Promise<BernsteinBound> {
  return boundOf(measurable(problem), options);
}

/** `checkNeeds` of `@eoss/sharpness/core`, which also takes a loss written with tfjs ops. */
export function checkNeeds<V = Float32Array>(
  problem: Problem<V> | TfjsProblem,
  quantities: readonly Quantity[],
): void {
  checkProblem(offered(problem), quantities);
}

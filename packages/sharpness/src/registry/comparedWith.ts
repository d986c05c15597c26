import type { Hyperparameters, OptimizerTraits, Threshold } from "@eoss/sgd";
import type { Matrix, Over } from "./matrix.js";
import type { Unit } from "./quantity.js";

/** What a quantity says of itself, or its records say of it. */
export interface ComparedQuantity {
  readonly unit?: Unit | undefined;
  /** Left out: `hessian` for the unit sharpness, `none` for all others. */
  readonly matrix?: Matrix | undefined;
  /** Left out: `full`. */
  readonly over?: Over | undefined;
}

/** The update that a step makes. */
export interface ComparedUpdate {
  readonly optimizer: OptimizerTraits;
  /** η */
  readonly learningRate: number;
  /** Options of the optimizer beside η; its defaults where left out. */
  readonly options?: Hyperparameters | undefined;
  /** b */
  readonly batchSize: number;
  /** n */
  readonly samples: number;
}

/** What a number is compared with at its step, or why with nothing: the value is then NaN. */
export interface ComparedWith extends Threshold {
  /** What the quantity is of; `none` where there is nothing that could be compared. */
  readonly matrix: Matrix;
  /** A second level, where small batches are reported to settle elsewhere than the full batch. */
  readonly second?: Threshold;
}

/**
 * What a quantity is compared with at a step: the only place where this is decided.
 *
 * With H + w·I for H under a coupled weight decay w, an update is stable on a quadratic while
 * λmax(P^(−½) H P^(−½)) stays below the threshold t that the optimizer declares:
 *
 * - without P, what is of H, or stands for H, is compared with t − w;
 * - with P, what is of P^(−½) H P^(−½) is compared with t. What is of H has no threshold, and with w nothing
 *   but `momentum-sharpness` has one: P^(−½)·w·I·P^(−½) moves every eigenvalue by an amount of its own;
 * - t is the limit of the full batch. Where b < n and the optimizer declares another level for small
 *   batches, quantities of batches have it as `second`: which of the two holds depends on b, and is
 *   measured, not assumed (Andreyev & Beneventano 2026).
 *
 * @returns value Infinity where η is 0: every curvature is stable
 * @example
 * // optimizerByName is of @eoss/sgd
 * const update = { optimizer: optimizerByName("sgd"), learningRate: 0.1, batchSize: 16, samples: 512 };
 * comparedWith({ unit: "sharpness" }, update).value; // 20
 */
export function comparedWith(quantity: ComparedQuantity, update: ComparedUpdate): ComparedWith {
  const matrix = matrixOf(quantity);
  return { matrix, ...thresholdOf({ ...quantity, matrix }, update) };
}

/** The matrix that a quantity is of. */
export function matrixOf({ matrix, unit }: ComparedQuantity): Matrix {
  return matrix ?? (unit === "sharpness" ? "hessian" : "none");
}

type Levels = Omit<ComparedWith, "matrix">;
type Declared = ComparedQuantity & { readonly matrix: Matrix };

function thresholdOf(quantity: Declared, update: ComparedUpdate): Levels {
  const { matrix } = quantity;
  const { optimizer, learningRate, options = {} } = update;
  const given = { ...options, learningRate };
  const threshold = optimizer.threshold(given);
  const decay = optimizer.coupledDecay(given);
  switch (matrix) {
    case "none":
      return nothing("this is not a curvature that bounds the step size");
    case "own-step":
      return {
        value: 2,
        formula: "2",
        words: "above it the optimizer's own step raises the loss, to second order",
      };
    case "update-step":
      return {
        value: 2 / learningRate,
        formula: "2/η",
        words:
          quantity.over === "batches"
            ? "above it the step on a batch raises the loss of that batch"
            : "above it the next full-batch step raises the loss",
      };
    case "update-matrix":
      return threshold.formula === undefined ? threshold : { value: 1, formula: "1", words: UNIT };
    case "gradient-step":
    case "mean-square": {
      if (!isPlain(optimizer, threshold) || decay > 0 || (options.clip ?? 0) > 0) {
        const what = (options.clip ?? 0) > 0 ? " with clipping" : "";
        return nothing(
          `it is derived for plain steps along the gradient, and ${nameOf(optimizer, decay)}${what} makes others`,
        );
      }
      return matrix === "mean-square"
        ? { value: 1, formula: "1", words: "above it squared distances grow" }
        : { ...threshold, words: "below it the loss falls on average" };
    }
    case "preconditioned-hessian":
      if (optimizer.preconditions && decay > 0) return nothing(DECAYED);
      return ofHessian(quantity, update, threshold, decay);
    default:
      if (optimizer.preconditions) {
        return nothing(
          `${optimizer.name} divides its steps by a preconditioner P, and is stable or not by ` +
            "λmax(P^(−½) H P^(−½)): see preconditioned-sharpness",
        );
      }
      return ofHessian(quantity, update, threshold, decay);
  }
}

const UNIT = "the value is divided by the threshold of the optimizer";
const DECAYED =
  "its weight decay acts through the gradient, and so through P: momentum-sharpness has it in it";

function ofHessian(
  { matrix, over = "full" }: Declared,
  { optimizer, learningRate, options, batchSize, samples }: ComparedUpdate,
  threshold: Threshold,
  decay: number,
): Levels {
  if (threshold.formula === undefined) return threshold;
  const less = lessDecay(threshold, decay);
  const ofBatches = (over === "batches" || over === "step") && batchSize < samples;
  const small = ofBatches ? optimizer.smallBatchThreshold({ ...options, learningRate }) : undefined;
  return {
    ...less,
    words: [less.words, ...standsFor(matrix)].join("; "),
    ...(small && less.formula !== undefined && { second: lessDecay(small, decay) }),
  };
}

/** Weight decay lends w of its own to every eigenvalue. */
function lessDecay(threshold: Threshold, decay: number): Threshold {
  if (decay === 0) return threshold;
  const value = threshold.value - decay;
  if (value <= 0) return nothing("the weight decay alone is above the threshold");
  return {
    value,
    formula: `${threshold.formula} − w`,
    words: `${threshold.words}; weight decay w adds w to every eigenvalue`,
  };
}

function standsFor(matrix: Matrix): string[] {
  if (matrix === "gauss-newton" || matrix === "fisher" || matrix === "tangent-kernel") {
    return ["it is one of H, for which this matrix stands while residuals are small"];
  }
  return [];
}

/** θ ← θ − ηg and nothing else. */
function isPlain({ slots, preconditions }: OptimizerTraits, { formula }: Threshold): boolean {
  return slots.length === 0 && !preconditions && formula === "2/η";
}

function nameOf({ name }: OptimizerTraits, decay: number): string {
  return decay > 0 ? `${name} with weight decay` : name;
}

function nothing(words: string): Threshold {
  return { value: Number.NaN, words };
}

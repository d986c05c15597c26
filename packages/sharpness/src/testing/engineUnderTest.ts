// What a contract suite asks of the engine that it is run on, and how it complains.
import type { MaybePromise } from "@eoss/eigen";
import type { Problem } from "../loss/engine.js";
import type { Bilinear } from "./bilinear.js";

/** An engine, as whoever writes one hands it to `engineContract`. */
export interface EngineUnderTest<V> {
  /**
   * The problem f(x) = X·(a ∘ b) with squared error, summed over outputs and averaged over samples, in this
   * engine: parameters a, then b. It has outputs; what it has of an update rule is that of `update`.
   */
  problem(network: Bilinear, batchSize: number): MaybePromise<Problem<V>>;
  /** The entries of one of its vectors. */
  entries(x: V): MaybePromise<ArrayLike<number>>;
  /** Relative accuracy of its numbers, as of norms; default 10⁻⁵, for single precision. */
  readonly accuracy?: number;
  /** What its problem has of an update rule, as numbers; left out, none is tried. */
  readonly update?: {
    /** P, [d]; undefined for the identity. */
    readonly preconditioner?: readonly number[];
    /** p for a gradient, [d]. */
    direction(gradient: readonly number[]): readonly number[];
  };
  /** Vectors that were made and not released, if the engine counts them. */
  alive?(): MaybePromise<number>;
}

/** One rule of the contract, as a test for any runner. */
export interface EngineTest {
  readonly name: string;
  /** @throws Error saying how the engine breaks the rule */
  run(): Promise<void>;
}

export function must(holds: boolean, complaint: string): asserts holds {
  if (!holds) throw new Error(complaint);
}

/** Whether numbers are those expected, up to a part of their norm. */
export function near(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  accuracy: number,
): boolean {
  if (found.length !== expected.length) return false;
  const size = Math.hypot(...Array.from(expected));
  const off = Math.hypot(...Array.from(expected, (x, i) => x - found[i]!));
  return off <= accuracy * Math.max(size, Number.MIN_VALUE);
}

/** A few numbers for a message. */
export function shown(numbers: ArrayLike<number>): string {
  const few = Array.from(numbers).slice(0, 3);
  return `[${few.map((x) => x.toPrecision(6)).join(", ")}${numbers.length > 3 ? ", …" : ""}]`;
}

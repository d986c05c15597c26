import { describe, expect, it } from "vitest";
import { rank, type Which } from "../solver/settings.js";
import {
  blockMissesNothing,
  isWitnessed,
  type SequencePairs,
  sequenceMissesNothing,
} from "./misconvergence.js";

interface Given {
  values: number[];
  k: number;
  which?: Which;
  /** Default 0. */
  residuals?: number[];
  /** Indices of pairs that the recurrence leaves open; default none. */
  unresolved?: number[];
  /** Indices of pairs of the sequence that is growing; default all. */
  open?: number[];
}

function pairsOf({ values, k, which = "largest", residuals, unresolved = [], open }: Given) {
  const order = rank(which, values);
  const pairs: SequencePairs = {
    values: Float64Array.from(values),
    residuals: Float64Array.from(residuals ?? values.map(() => 0)),
    tolerances: new Float64Array(values.length),
    order,
    wanted: order.slice(0, k).sort((i, j) => i - j),
    rounding: 1e-12,
    isConverged: (i) => !unresolved.includes(i),
    isResolved: (i) => !unresolved.includes(i),
    open: values.map((_, i) => open === undefined || open.includes(i)),
  };
  return pairs;
}

describe("sequenceMissesNothing", () => {
  /** Which of the four kinds of a first sequence may be trusted. */
  it.each<
    [what: string, k: number, m: number, isClosing: boolean, isWarm: boolean, trusted: boolean]
  >([
    ["a random start, still growing", 2, 3, false, false, true],
    ["a single pair of a random start that has closed", 1, 3, true, false, true],
    [
      "two pairs of a random start that has closed: the second may be a copy",
      2,
      3,
      true,
      false,
      false,
    ],
    ["a warm start that has closed: perhaps an eigenvector of anything", 1, 1, true, true, false],
    ["a warm start after one product", 1, 1, false, true, false],
    ["a warm start that a second product has looked beyond", 1, 2, false, true, true],
  ])("first sequence: %s", (_, k, m, isClosing, isWarm, trusted) => {
    const pairs = pairsOf({ values: [5, 3, 1].slice(0, m), k });
    expect(sequenceMissesNothing("largest", pairs, false, isClosing, isWarm)).toBe(trusted);
  });

  it("a later sequence that closes must have no part in the wanted pairs", () => {
    const values = [5, 5, 2, 1];
    const trusts = (open: number[]) =>
      sequenceMissesNothing("largest", pairsOf({ values, k: 2, open }), true, true, false);
    expect(trusts([1, 3])).toBe(false);
    expect(trusts([2, 3])).toBe(true);
  });

  it("a later sequence that grows must have its best pair resolved", () => {
    const values = [5, 4, 2, 1];
    const trusts = (open: number[], unresolved: number[]) =>
      sequenceMissesNothing(
        "largest",
        pairsOf({ values, k: 2, open, unresolved }),
        true,
        false,
        false,
      );
    expect(trusts([2, 3], [2])).toBe(false);
    expect(trusts([2, 3], [3])).toBe(true);
    expect(trusts([], [])).toBe(false);
  });

  it.each<[which: Which, residual: number, behind: boolean]>([
    ["largest", 1.9, true],
    ["largest", 2.1, false],
    ["smallest", 0.9, true],
    ["smallest", 1.1, false],
    ["magnitude", 1.9, true],
    ["magnitude", 2.1, false],
  ])(
    "after a warm start the %s: a rival of residual %s stays behind: %s",
    (which, residual, behind) => {
      // Wanted is 4, or 1 from below; the rival is 2.
      const values = which === "smallest" ? [6, 2, 1] : [4, 2, 1];
      const pairs = pairsOf({
        values,
        k: 1,
        which,
        residuals: [0, residual, 0],
        unresolved: [1],
        open: [1],
      });
      expect(sequenceMissesNothing(which, pairs, true, false, true)).toBe(behind);
    },
  );
});

describe("blockMissesNothing", () => {
  const first = { blockSize: 2, before: undefined };
  it.each<[what: string, k: number, isClosed: boolean, isWarm: boolean, trusted: boolean]>([
    ["a random block, still growing", 3, false, false, true],
    ["as many pairs as the block has vectors", 2, true, false, true],
    ["more pairs than the block has vectors", 3, true, false, false],
    ["a warm block that has closed", 2, true, true, false],
  ])("first block: %s", (_, k, isClosed, isWarm, trusted) => {
    const pairs = pairsOf({ values: [5, 4, 3, 1], k });
    expect(blockMissesNothing("largest", pairs, { ...first, isClosed, isWarm })).toBe(trusted);
  });

  it("a fresh block that closes must leave the wanted values as they were, to rounding", () => {
    const trusts = (values: number[], before: number[]) =>
      blockMissesNothing("largest", pairsOf({ values, k: 2 }), {
        blockSize: 2,
        isWarm: false,
        isClosed: true,
        before: Float64Array.from(before),
      });
    expect(trusts([5, 5, 4], [5, 4])).toBe(false);
    expect(trusts([5, 4 + 1e-13, 1], [5, 4])).toBe(true);
    // The space closed before it had as many pairs.
    expect(trusts([5, 4, 1], [5])).toBe(false);
  });

  it("a fresh block that grows must have all others resolved or behind", () => {
    const trusts = (residual: number, unresolved: number[]) =>
      blockMissesNothing(
        "largest",
        pairsOf({ values: [5, 4, 3], k: 2, residuals: [0, 0, residual], unresolved }),
        { blockSize: 2, isWarm: false, isClosed: false, before: Float64Array.of(5, 4) },
      );
    expect(trusts(1.1, [2])).toBe(false);
    expect(trusts(0.9, [2])).toBe(true);
    expect(trusts(1.1, [])).toBe(true);
  });
});

describe("isWitnessed", () => {
  const witnessed = (values: number[], residual: number, witness: number) => {
    const residuals = values.map((_, i) => (i === 1 ? residual : 0));
    return isWitnessed(pairsOf({ values, k: 1, residuals }), witness);
  };
  it("compares the best unwanted pair with the largest wanted |θ|", () => {
    expect(witnessed([-5, -7], 0.4, 0.1)).toBe(true);
    expect(witnessed([-5, -7], 0.6, 0.1)).toBe(false);
  });
  it("asks nothing without a witness, of the zero operator either, nor without another pair", () => {
    expect(witnessed([0, 0], 1, Infinity)).toBe(true);
    expect(witnessed([5], 1, 0)).toBe(true);
  });
});

import {
  csrFromEntries,
  csrOperator,
  denseOperator,
  EigenError,
  eigenvaluesNear,
  type GivenEntries,
  inverse,
  lanczos,
  lsqr,
  minres,
  type SyncOperator,
  scaled,
  svds,
} from "@eoss/eigen";
import { describe, expect, it } from "vitest";

type Entry = [row: number, column: number, value: number];

/** All entries of an operator, by its products with the unit vectors. */
function entriesOf({ n, apply }: SyncOperator): number[][] {
  const columns = Array.from({ length: n }, (_, j) => {
    const out = new Float64Array(n).fill(Number.NaN);
    apply(
      Float64Array.from({ length: n }, (__, i) => (i === j ? 1 : 0)),
      out,
    );
    return out;
  });
  return columns.map((_, i) => columns.map((column) => column[i]!));
}

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof EigenError) return error.code;
    throw error;
  }
  return "none";
};

describe("csrFromEntries", () => {
  const matrix = [
    [2, -1, 0],
    [-1, 3, 5],
    [0, 5, -4],
  ];
  const all: Entry[] = matrix.flatMap((row, i) => row.map((value, j): Entry => [i, j, value]));
  const upper = all.filter(([i, j]) => i <= j);
  const lower = all.filter(([i, j]) => i >= j);
  const mixed = upper.map(([i, j, value], at): Entry => (at % 2 ? [j, i, value] : [i, j, value]));

  it.each<[string, Entry[], GivenEntries | undefined]>([
    ["the upper triangle", upper, "upper"],
    ["the lower triangle", lower, "lower"],
    ["each pair once", mixed, "either"],
    ["the whole matrix", all, "both"],
    ["the whole matrix, as a general one", all, "general"],
    ["the upper triangle, said by nothing", upper, undefined],
    ["the lower triangle, said by nothing", lower, undefined],
    ["each pair once, said by nothing", mixed, undefined],
    ["contributions", [...mixed, ...mixed].map(([i, j, v]): Entry => [i, j, v / 2]), undefined],
  ])("takes %s", (_, entries, given) => {
    expect(entriesOf(csrOperator(csrFromEntries(3, entries, { given })))).toEqual(matrix);
  });

  it("refuses a pair in both triangles unless it is told what that means", () => {
    expect(() => csrFromEntries(3, all)).toThrow(/"both".*"either"/);
    // As contradictory as it can be, and as little: one pair, and values that differ.
    const edges: Entry[] = [
      [0, 1, 1],
      [1, 0, 2],
    ];
    expect(codeOf(() => csrFromEntries(2, edges))).toBe("bad-setting");
    expect(codeOf(() => csrFromEntries(2, [...edges].reverse()))).toBe("bad-setting");
    const added = csrFromEntries(2, edges, { given: "either" });
    expect(entriesOf(csrOperator(added))).toEqual([
      [0, 3],
      [3, 0],
    ]);
    expect(codeOf(() => csrFromEntries(2, edges, { given: "both" }))).toBe("not-symmetric");
    const general = csrFromEntries(2, edges, { given: "general" });
    expect(entriesOf(csrOperator(general))).toEqual([
      [0, 1],
      [2, 0],
    ]);
  });

  it.each<[string, Entry, GivenEntries | undefined, string]>([
    ["below the upper triangle", [1, 0, 1], "upper", "bad-setting"],
    ["above the lower triangle", [0, 1, 1], "lower", "bad-setting"],
    ["without its mirror image", [0, 1, 1], "both", "not-symmetric"],
    ["NaN", [0, 0, Number.NaN], undefined, "not-finite"],
    ["infinite", [0, 1, Number.POSITIVE_INFINITY], undefined, "not-finite"],
    ["a string", [0, 1, "1" as unknown as number], undefined, "not-finite"],
    ["half a row down", [0.5, 0, 1], undefined, "size-mismatch"],
    ["half a column on", [0, 0.5, 1], undefined, "size-mismatch"],
    ["before the first row", [-1, 0, 1], undefined, "size-mismatch"],
    ["after the last column", [0, 2, 1], undefined, "size-mismatch"],
    ["at row NaN", [Number.NaN, 0, 1], undefined, "size-mismatch"],
  ])("refuses an entry that is %s", (_, entry, given, code) => {
    expect(codeOf(() => csrFromEntries(2, [entry], { given }))).toBe(code);
  });

  it("refuses what it does not know", () => {
    expect(codeOf(() => csrFromEntries(2, [], { given: "full" as GivenEntries }))).toBe(
      "bad-setting",
    );
    expect(codeOf(() => csrFromEntries(2, [], { triangle: "upper" } as object))).toBe(
      "bad-setting",
    );
    expect(codeOf(() => csrFromEntries(1.5, []))).toBe("bad-setting");
  });
});

describe("csrOperator", () => {
  const good = { n: 2, rowStart: [0, 1, 2], columns: [0, 1], values: [1, 2] };
  it.each([
    ["rowStart too short", { rowStart: [0, 2] }, "size-mismatch"],
    ["rowStart that falls", { rowStart: [0, 3, 2] }, "size-mismatch"],
    ["rowStart with NaN", { rowStart: [0, Number.NaN, 2] }, "size-mismatch"],
    ["half a column", { columns: [0, 0.5] }, "size-mismatch"],
    ["a column out of range", { columns: [0, 2] }, "size-mismatch"],
    ["NaN", { values: [1, Number.NaN] }, "not-finite"],
    ["no size", { n: 0, rowStart: [0], columns: [], values: [] }, "bad-setting"],
  ])("refuses %s", (_, part, code) => {
    expect(codeOf(() => csrOperator({ ...good, ...part }))).toBe(code);
    expect(codeOf(() => csrOperator(good))).toBe("none");
  });
});

describe("denseOperator", () => {
  it("takes an asymmetry of rounding for rounding, and works with the mean", () => {
    const a = 0.1 + 0.2;
    const rows = [
      [1, a, 0],
      [0.3, 1, 2],
      [0, 2, 5],
    ];
    const operator = denseOperator(rows);
    const entries = entriesOf(operator);
    expect(entries[0]![1]).toBe(entries[1]![0]);
    expect(entries[0]![1]).toBeCloseTo(0.3, 15);
    expect(rows[0]![1]).toBe(a);
    expect(lanczos()(operator).status).toBe("converged");
    expect(codeOf(() => denseOperator(rows, { symmetryTol: 0 }))).toBe("not-symmetric");
    expect(codeOf(() => denseOperator(new Float32Array(rows.flat())))).toBe("none");
  });

  it("holds a small block of a graded matrix to its own size", () => {
    const graded = [
      [1e12, 0, 0],
      [0, 1, 0.5],
      [0, 0.4999, 1],
    ];
    expect(() => denseOperator(graded)).toThrow(/\(2, 1\) and \(1, 2\) differ.*symmetryTol/);
    expect(entriesOf(denseOperator(graded, { symmetryTol: 1e-3 }))[1]![2]).toBeCloseTo(0.49995, 14);
  });

  it("takes an entry that cancelled in a Gram matrix, next to a large diagonal", () => {
    const gram = [
      [3, 1e-16],
      [-1e-16, 2],
    ];
    expect(entriesOf(denseOperator(gram))[0]![1]).toBe(0);
  });

  it.each([
    ["NaN off the diagonal", [[1, Number.NaN], [Number.NaN, 1]], "not-finite"], // biome-ignore format: a matrix
    ["NaN above the diagonal", [[1, Number.NaN], [0, 1]], "not-finite"], // biome-ignore format: a matrix
    ["NaN on the diagonal", [[Number.NaN]], "not-finite"],
    ["Infinity", [[1, Infinity], [Infinity, 1]], "not-finite"], // biome-ignore format: a matrix
    ["a string", [["1"]], "not-finite"],
    ["a short row", [[1, 2], [2]], "size-mismatch"],
    ["rows that are none", [1, 2], "size-mismatch"],
  ])("refuses %s", (_, rows, code) => {
    expect(codeOf(() => denseOperator(rows as unknown as number[][]))).toBe(code);
  });

  it("refuses a tolerance that is none", () => {
    expect(codeOf(() => denseOperator([[1]], { symmetryTol: Number.NaN }))).toBe("bad-setting");
    expect(codeOf(() => denseOperator([[1]], { tol: 1 } as object))).toBe("bad-setting");
  });
});

describe("sizes whose squares have no float64", () => {
  const d = [5, 4, 3, 2, 1];
  const diagonal = (scale: number): SyncOperator => ({
    n: 5,
    apply(x, out) {
      for (let i = 0; i < 5; i++) out[i] = scale * d[i]! * x[i]!;
    },
  });
  const rectangular = ({ n, apply }: SyncOperator) => ({
    rows: n,
    columns: n,
    apply,
    applyTransposed: apply,
  });
  const b = Float64Array.of(1, 2, 3, 4, 5);

  it.each([1e-310, 1e-200, 1e-160, 1e200, 1e307])("are refused in words: %s", (scale) => {
    const a = diagonal(scale);
    for (const act of [
      () => lanczos({ k: 2 })(a),
      () => svds({ k: 2 })(rectangular(a)),
      () => eigenvaluesNear({ sigma: 0 })(a),
      () => minres()(a, { b }),
      () => lsqr()(rectangular(a), { b }),
      () => inverse(a).apply(b, new Float64Array(5)),
    ]) {
      expect(act).toThrow(/square/);
      expect(["out-of-range", "not-finite"]).toContain(codeOf(act));
    }
  });

  it.each([1e-290, 1e-200, 1e200, 1e290])("are what scaled() is for: %s", (scale) => {
    const a = scaled(diagonal(scale), 1 / scale);
    const r = lanczos({ k: 2, rtol: 1e-10 })(a);
    expect(Array.from(r.values)).toEqual([5, 4].map((value) => expect.closeTo(value, 12)));
    const s = svds({ k: 1, which: "smallest", rtol: 1e-10 })(rectangular(a));
    expect(s.values[0]).toBeCloseTo(1, 12);
    expect(minres({ rtol: 1e-10 })(a, { b }).x[0]).toBeCloseTo(0.2, 9);
  });
});

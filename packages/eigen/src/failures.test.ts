import { type EigenError, float64, type LinearOperator } from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { everySolver } from "./everySolver.fixture.js";
import { full, later, Tensor, tensors } from "./vectors/tensorSpace.fixture.js";

const n = 40;
const d = Float64Array.from({ length: n }, (_, i) => (i < 4 ? 9 - i : 1.5 + Math.cos(i)));
const diagonal: LinearOperator<Tensor> = {
  n,
  apply: (x) => new Tensor(x.data.map((value, i) => value * d[i]!)),
};

/** The operator, failing at the product of this number. */
const failing = (at: number): LinearOperator<Tensor> => {
  let products = 0;
  return {
    n,
    apply(x) {
      if (++products === at) throw new Error("device lost");
      return diagonal.apply(x, x);
    },
  };
};

const counted = (count: { products: number }): LinearOperator<Tensor> => ({
  n,
  apply(x) {
    count.products++;
    return diagonal.apply(x, x);
  },
});

describe.each(everySolver)("$name", ({ solve, vectors }) => {
  it.each([
    ["six functions", tensors, 1],
    ["every function", full, 3],
    ["dot products that arrive later", later, 2],
  ])(
    "releases all but its result, and all of it wherever a product throws: %s",
    async (_, space, stride) => {
      const before = Tensor.live;
      const count = { products: 0 };
      await solve(counted(count), space);
      expect(Tensor.live - before).toBe(vectors);
      const held = Tensor.live;
      for (let at = 1; at <= count.products; at += stride) {
        let message = "";
        try {
          await solve(failing(at), space);
        } catch (error) {
          message = (error as Error).message;
        }
        expect(message).toBe("device lost");
        expect(Tensor.live - held).toBe(0);
      }
    },
  );

  it("refuses an operator that hands back a vector that is in use", async () => {
    const same = new Tensor(Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1)));
    await expect((async () => solve({ n, apply: () => same }, tensors))()).rejects.toThrow(
      /used after release|released twice|still in use/,
    );
  });

  const broken: [what: string, apply: (x: Float64Array, out: Float64Array) => unknown][] = [
    ["scales x in place and returns it", (x) => scaleInPlace(x)],
    [
      "fills out and clears x",
      (x, out) => {
        for (let i = 0; i < n; i++) out[i] = d[i]! * x[i]!;
        x.fill(0);
      },
    ],
    ["returns nothing and fills nothing", () => undefined],
    [
      "leaves half of out unwritten",
      (x, out) => {
        for (let i = 0; i < n; i += 2) out[i] = d[i]! * x[i]!;
      },
    ],
    [
      "leaves the last entry of out unwritten",
      (x, out) => {
        for (let i = 0; i < n - 1; i++) out[i] = d[i]! * x[i]!;
      },
    ],
    [
      "adds to out without clearing it",
      (x, out) => {
        for (let i = 0; i < n; i++) out[i]! += d[i]! * x[i]!;
      },
    ],
  ];
  it.each(broken)("refuses an operator that %s", async (_, apply) => {
    const operator = { n, apply } as LinearOperator;
    const code = await (async () => solve(operator, float64()))().catch((e: EigenError) => e.code);
    expect(code).toBe("broken-contract");
  });

  it.each([1e-300, 1e-200, 1e-160, 1e160, 1e200, 1e300])(
    "refuses an operator of size %s, whose squares no float64 holds",
    async (scale) => {
      const operator = { n, apply: (x: Float64Array) => x.map((v, i) => scale * d[i]! * v) };
      const act = async () => solve(operator, float64());
      const code = await act().catch((e: EigenError) => e.code);
      expect(["out-of-range", "not-finite"]).toContain(code);
    },
  );

  it.each([
    ["a name that nobody reads", { tol: 1e-3 }],
    ["a seed that is no number", { seed: Number.NaN }],
    ["a seed that is no whole number", { seed: 0.5 }],
  ])("refuses %s", async (_, extra) => {
    const operator: LinearOperator = { n, apply: (x) => x.map((value, i) => value * d[i]!) };
    const code = await (async () => solve(operator, float64(), extra))().catch(
      (e: EigenError) => e.code,
    );
    expect(code).toBe("bad-setting");
  });
});

function scaleInPlace(x: Float64Array): Float64Array {
  for (let i = 0; i < n; i++) x[i]! *= d[i]!;
  return x;
}

import {
  type AsyncVectorSpace,
  blockLanczos,
  chebyshevSubspace,
  EigenError,
  type EigenResult,
  eigenvaluesAbove,
  float32,
  float64,
  hutchinson,
  hutchPlusPlus,
  type LinearOperator,
  lanczos,
  lobpcg,
  nystrom,
  powerIteration,
  type SyncOperator,
  spectralDensity,
  type VectorSpace,
  xtrace,
} from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { diagonalOperator, norm, dot as plainDot } from "../matrices.fixture.js";
import { inOneRead, later, Tensor, tensors } from "./tensorSpace.fixture.js";

const n = 80;
const d = Float64Array.from({ length: n }, (_, i) => (i < 4 ? 9 - i : 1.5 + Math.cos(i)));
const operator: SyncOperator<Tensor> = {
  n,
  apply: (x) => new Tensor(x.data.map((value, i) => value * d[i]!)),
};

type Space = AsyncVectorSpace<Tensor>;
type Answer = { vectors?: Tensor[]; matvecs: number; subspace?: Tensor[] };
const algorithms: [
  name: string,
  run: (space: Space) => Answer | Promise<Answer>,
  vectors: number,
][] = [
  ["lanczos", (space) => lanczos({ k: 2, space })(operator), 2],
  ["lanczos, restarted", (space) => lanczos({ k: 2, basisSize: 6, space })(operator), 2],
  ["blockLanczos", (space) => blockLanczos({ k: 2, basisSize: 10, space })(operator), 2],
  ["lobpcg", (space) => lobpcg({ k: 2, blockSize: 3, space })(operator), 2],
  ["powerIteration", (space) => powerIteration({ space })(operator), 1],
  ["eigenvaluesAbove", (space) => eigenvaluesAbove({ threshold: 7.5, space })(operator), 2],
  ["hutchinson", (space) => hutchinson({ space })(operator), 0],
  ["hutchPlusPlus", (space) => hutchPlusPlus({ space })(operator), 0],
  ["xtrace", (space) => xtrace({ space })(operator), 0],
  ["spectralDensity", (space) => spectralDensity({ space, samples: 2, steps: 12 })(operator), 0],
  ["nystrom", (space) => nystrom({ space, rank: 5 })(operator), 5],
];

describe.each(algorithms)("%s over a space of tensors", (_, run, count) => {
  it("releases every vector but its result, and gives the same at once or later", async () => {
    const before = Tensor.live;
    const plain = await run(tensors);
    expect(Tensor.live - before).toBe(plain.vectors?.length ?? 0);
    expect(plain.vectors?.length ?? 0).toBe(count);
    const promised = run(later);
    expect(promised).toBeInstanceOf(Promise);
    expect((await promised).matvecs).toBe(plain.matvecs);
    expect(Tensor.live - before).toBe(2 * count);
  });
});

describe("chebyshevSubspace over a space of tensors", () => {
  it("keeps its subspace for the next solve and nothing else", () => {
    const before = Tensor.live;
    const r = chebyshevSubspace({ k: 2, blockSize: 4, space: tensors })(operator);
    expect(r.status).toBe("converged");
    expect(Tensor.live - before).toBe(4);
    expect(r.subspace.length).toBe(4);
    for (const v of r.vectors) expect(r.subspace).toContain(v);
  });
});

describe("lanczos over a space of tensors", () => {
  it("leaves the start alone, and releases everything when the operator fails", () => {
    const start = new Tensor(Float64Array.from({ length: n }, (_, i) => Math.sin(i)));
    const before = Tensor.live;
    const r = lanczos({ space: tensors })(operator, { start });
    expect(start.data[1]).toBe(Math.sin(1));
    for (const v of r.vectors) v.release();
    expect(Tensor.live).toBe(before);
    let products = 0;
    const failing: SyncOperator<Tensor> = {
      n,
      apply(x) {
        if (++products === 5) throw new Error("device lost");
        return operator.apply(x, x) as Tensor;
      },
    };
    expect(() => lanczos({ space: tensors })(failing)).toThrow("device lost");
    expect(Tensor.live).toBe(before);
  });

  it("takes all numbers of a step at once where the space gives them", async () => {
    const before = Tensor.live;
    let dots = 0;
    const counting: AsyncVectorSpace<Tensor> = {
      ...inOneRead,
      dot: (x, y) => {
        dots += 1;
        return inOneRead.dot(x, y);
      },
    };
    const settings = { k: 2, rtol: 1e-10 };
    const dotsOf = async (maxMatvecs: number) => {
      dots = 0;
      const r = await lanczos({ ...settings, space: counting, maxMatvecs })(operator);
      for (const v of r.vectors) v.release();
      return dots;
    };
    const few = await dotsOf(6);
    expect(await dotsOf(12)).toBe(few);
    const found = await lanczos({ ...settings, basisSize: 12, space: inOneRead })(operator);
    expect(found.status).toBe("converged");
    for (const [i, value] of found.values.entries())
      expect(Math.abs(value - d[i]!)).toBeLessThanOrEqual(found.residuals[i]! + 1e-13);
    for (const v of found.vectors) v.release();
    expect(Tensor.live).toBe(before);
  });

  it("releases everything when these numbers do not come", async () => {
    const before = Tensor.live;
    const lost = async () => {
      throw new Error("device lost");
    };
    const solve = lanczos({ space: { ...inOneRead, recur: lost } });
    await expect(async () => solve(operator)).rejects.toThrow("device lost");
    expect(Tensor.live).toBe(before);
  });

  it("refuses an operator that returns nothing", () => {
    const silent = { n, apply: () => undefined } as unknown as LinearOperator<Tensor>;
    expect(() => lanczos({ space: tensors })(silent)).toThrow(EigenError);
  });
});

describe("scales", () => {
  const spectrum = [5, 3, 2, 1, ...Array.from({ length: 30 }, (_, i) => Math.cos(i))];
  it.each([1e-130, 1e-100, 1e100, 1e150])("lanczos works on an operator of size %s", (scale) => {
    const r = lanczos({ k: 2, rtol: 1e-8 })(diagonalOperator(spectrum.map((v) => v * scale)));
    expect(r.status).toBe("converged");
    expect(r.values[0]! / scale).toBeCloseTo(5, 10);
    expect(r.values[1]! / scale).toBeCloseTo(3, 10);
  });

  it("says so where squares over- or underflow", () => {
    for (const scale of [1e200, 1e-200]) {
      const operator = diagonalOperator(spectrum.map((v) => v * scale));
      expect(() => lanczos({ k: 2 })(operator)).toThrow(/scale/);
      expect(() => lobpcg({ k: 2 })(operator)).toThrow(/scale/);
      expect(() => blockLanczos({ k: 2 })(operator)).toThrow(/scale/);
      expect(() => powerIteration()(operator)).toThrow(/scale/);
    }
  });
});

describe("typed-array kernels", () => {
  it.each([
    ["float64", float64() as VectorSpace<Float64Array | Float32Array>, Float64Array, 1e-15],
    ["float32", float32() as VectorSpace<Float64Array | Float32Array>, Float32Array, 2e-7],
  ])("%s: fused loops equal the plain ones at every remainder", (_, space, Type, tolerance) => {
    for (const count of [1, 2, 3, 4, 5, 7, 8]) {
      for (const size of [1, 3, 1023, 1025, 8193]) {
        const xs = Array.from({ length: count }, (__, j) =>
          new Type(size).map((___, i) => Math.sin(i * (j + 1) + j)),
        );
        const y = new Type(size).map((__, i) => Math.cos(i));
        const a = xs.map((__, j) => 1 / (j + 1));
        const products = space.dots!(xs, y);
        const combined = space.axpys!(a, xs, y.slice());
        for (const [j, x] of xs.entries()) {
          const plain = plainDot(x, y);
          expect(Math.abs(products[j]! - plain)).toBeLessThanOrEqual(1e-14 * size);
        }
        for (const i of [0, size >> 1, size - 1]) {
          const plain = xs.reduce((sum, x, j) => sum + a[j]! * x[i]!, y[i]!);
          expect(Math.abs(combined[i]! - plain)).toBeLessThanOrEqual(8 * tolerance);
        }
        const k = Math.min(2, count);
        const rows = xs.map((__, i) =>
          Float64Array.from({ length: k }, (___, c) => (i + 1) * (c - 0.5)),
        );
        const expected = Array.from({ length: k }, (__, c) =>
          xs.reduce((sum, x, i) => sum + rows[i]![c]! * x[size - 1]!, 0),
        );
        const turned = space.rotate!(xs, rows, k);
        for (let c = 0; c < k; c++) {
          expect(Math.abs(turned[c]![size - 1]! - expected[c]!)).toBeLessThanOrEqual(
            64 * tolerance,
          );
        }
      }
    }
  });

  it("float32 sums in float64: a million entries of 0.1 keep seven digits", () => {
    const x = new Float32Array(1_000_000).fill(0.1);
    expect(float32().dot(x, x) / 1e6).toBeCloseTo(Math.fround(0.1) ** 2, 12);
    const unit: EigenResult<Float32Array> = lanczos({ space: float32(), maxMatvecs: 3 })({
      n: 100_000,
      apply: (v) => v,
    });
    expect(Math.abs(norm(unit.vectors[0]!) - 1)).toBeLessThan(1e-6);
  });
});

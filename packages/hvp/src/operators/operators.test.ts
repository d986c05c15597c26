import {
  type CurvatureOperator,
  denseGradientMoments,
  fisher,
  gaussNewton,
  gradientMoments,
  hessian,
  type IndexedRandom,
  ntk,
  perSampleGradients,
} from "@eoss/hvp";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "../backend.fixture.js";
import { expectNoLeak, expectProducts, FLOAT32, relativeError } from "../expectations.fixture.js";
import { type CurvatureCase, curvatureCases } from "./curvatureCases.fixture.js";

type Tensors = ReturnType<CurvatureCase["tensors"]>;

/** Makes an operator of a case, uses it, and disposes everything. */
function withOperator<O extends { dispose(): void }>(
  tensors: Tensors,
  make: () => O,
  use: (operator: O) => void,
): void {
  const operator = make();
  use(operator);
  operator.dispose();
  tensors.dispose();
}

const lossChunks = ({ chunks }: Tensors, loss: CurvatureCase["loss"]) =>
  chunks.map(({ outputs, targets, weight }) => ({
    loss: (p: Tensors["params"]) => loss(outputs(p), targets),
    weight,
  }));

describe.each(curvatureCases)("operators: $name", ({ loss, dense, tensors }) => {
  const expected = dense();
  const meanGradient = expected.gradients[0]!.map(
    (_, k) => expected.gradients.reduce((sum, g) => sum + g[k]!, 0) / expected.gradients.length,
  );

  const expectLossAndGradient = (operator: CurvatureOperator) => {
    expect(relativeError([operator.loss], [expected.loss])).toBeLessThan(FLOAT32);
    expect(relativeError(operator.gradient, meanGradient)).toBeLessThan(FLOAT32);
  };

  it("hessian", () => {
    expectNoLeak(() => {
      const t = tensors();
      const make = () => hessian({ params: t.params, chunks: lossChunks(t, loss) });
      withOperator(t, make, (operator) => {
        expectProducts(operator, expected.hessian);
        expectLossAndGradient(operator);
        expect(operator.products).toBe(5);
      });
    });
  });

  it("gaussNewton, and the true Fisher matrix of a likelihood", () => {
    expectNoLeak(() => {
      const t = tensors();
      const make = () => gaussNewton({ params: t.params, chunks: t.chunks, head: loss });
      withOperator(t, make, (operator) => {
        expectProducts(operator, expected.gaussNewton);
        expectLossAndGradient(operator);
      });
    });
    expectNoLeak(() => {
      const t = tensors();
      const make = () => fisher({ params: t.params, chunks: t.chunks, head: loss, kind: "true" });
      withOperator(t, make, (operator) => expectProducts(operator, expected.gaussNewton));
    });
  });

  it("gaussNewton of a head that has no formula for its output Hessian", () => {
    expectNoLeak(() => {
      const t = tensors();
      const plain: CurvatureCase["loss"] = ((f, y) => loss(f, y)) as CurvatureCase["loss"];
      const make = () => gaussNewton({ params: t.params, chunks: t.chunks, head: plain });
      withOperator(t, make, (operator) => expectProducts(operator, expected.gaussNewton));
    });
  });

  it("tell of each chunk as it begins, retained or not", () => {
    for (const retainBytes of [0, undefined]) {
      const t = tensors();
      const told: [number, number][] = [];
      const onChunk = (...of: [number, number]) => void told.push(of);
      const options = { params: t.params, ...(retainBytes === 0 && { retainBytes }), onChunk };
      const all = t.chunks.map((_, k) => [k, t.chunks.length]);
      withOperator(
        t,
        () => hessian({ ...options, chunks: lossChunks(t, loss) }),
        (operator) => {
          expect(told).toEqual(all);
          operator.apply(new Float32Array(operator.n), new Float32Array(operator.n));
          expect(told).toEqual([...all, ...all]);
        },
      );
    }
  });

  it("products are the same when nothing is retained", () => {
    expectNoLeak(() => {
      const t = tensors();
      const make = () =>
        gaussNewton({ params: t.params, chunks: t.chunks, head: loss, retainBytes: 0 });
      withOperator(t, make, (operator) => expectProducts(operator, expected.gaussNewton));
    });
  });

  it("empirical Fisher", () => {
    expectNoLeak(() => {
      const t = tensors();
      const make = () =>
        fisher({ params: t.params, chunks: t.chunks, head: loss, kind: "empirical" });
      withOperator(t, make, (operator) => {
        expectProducts(operator, expected.empiricalFisher);
        expectLossAndGradient(operator);
      });
    });
  });

  it("blocks: the diagonal block of the named parameters", () => {
    const rows = [...Array(12).keys(), 24, 25]; // w1 and b2
    const part = (matrix: number[][]) => rows.map((a) => rows.map((b) => matrix[a]![b]!));
    expectNoLeak(() => {
      const t = tensors();
      const options = { params: t.params, block: ["b2", "w1"] };
      const chunks = lossChunks(t, loss);
      const operators = [
        hessian({ ...options, chunks }),
        gaussNewton({ ...options, chunks: t.chunks, head: loss }),
      ];
      expectProducts(operators[0]!, part(expected.hessian));
      expectProducts(operators[1]!, part(expected.gaussNewton));
      const gradient = rows.map((k) => meanGradient[k]!);
      expect(relativeError(operators[0]!.gradient, gradient)).toBeLessThan(FLOAT32);
      for (const operator of operators) operator.dispose();
      expect(() => hessian({ ...options, block: ["w3"], chunks })).toThrow(
        'there is no parameter "w3"; there are: w1, b1, w2, b2',
      );
      t.dispose();
    });
  });

  it("ntk: products and the Gram matrix", () => {
    const j = expected.jacobian;
    const gram = j.map((a) => j.map((b) => a.reduce((sum, x, k) => sum + x * b[k]!, 0)));
    expectNoLeak(() => {
      const t = tensors();
      withOperator(
        t,
        () => ntk({ params: t.params, chunks: t.chunks }),
        (operator) => {
          expectProducts(operator, gram);
          expect(relativeError(operator.gram(), gram.flat())).toBeLessThan(FLOAT32);
          expect(operator.products).toBe(5 + 14);
        },
      );
    });
  });

  it("per-sample gradients and their moments", () => {
    expectNoLeak(() => {
      const t = tensors();
      const chunks = lossChunks({ ...t, chunks: t.samples }, loss);
      const rows = [...perSampleGradients({ params: t.params, chunks })].length;
      expect(rows).toBe(7);
      let i = 0;
      for (const g of perSampleGradients({ params: t.params, chunks })) {
        expect(relativeError(g, expected.gradients[i++]!)).toBeLessThan(FLOAT32);
      }
      const moments = gradientMoments({ params: t.params, chunks });
      const variance = meanGradient.map(
        (m, k) => expected.gradients.reduce((sum, g) => sum + (g[k]! - m) ** 2, 0) / 7,
      );
      const second = variance.map((s, k) => s + meanGradient[k]! ** 2);
      expect(relativeError(moments.mean, meanGradient)).toBeLessThan(FLOAT32);
      expect(relativeError(moments.variance, variance)).toBeLessThan(FLOAT32);
      expect(relativeError(moments.secondMoment, second)).toBeLessThan(FLOAT32);
      const total = variance.reduce((sum, s) => sum + s, 0);
      expect(relativeError([moments.totalVariance], [total])).toBeLessThan(FLOAT32);
      t.dispose();
    });
  });
});

describe("denseGradientMoments", () => {
  const [n, d, h] = [7, 5, 3];
  const numbers = stream(12, "dense").normals((n + d) * d);
  const x = Array.from({ length: n }, (_, i) => [...numbers.subarray(i * d, (i + 1) * d)]);
  const w = Array.from({ length: d }, (_, i) => [
    ...numbers.subarray((n + i) * d, (n + i) * d + h),
  ]);
  const parameters = () => ({ w: tf.tensor2d(w), b: tf.tensor1d([0.5, -1, 0.25]) });
  const inputs = (rows: readonly number[]) => tf.tensor2d(rows.map((row) => x[row]!));
  /** Mean of ½‖(1 + x)·W + b‖² over samples, the gradients of which are (1 + x)ᵀ·z and z. */
  const loss = (rows: readonly number[]) => (p: ReturnType<typeof parameters>) => {
    const z = tf.add(tf.matMul(tf.add(inputs(rows), 1), p.w), p.b);
    return tf.div(tf.sum(tf.square(z)), 2 * rows.length);
  };
  const gradients = x.map((row) => {
    const a = row.map((entry) => 1 + entry);
    const z = [0.5, -1, 0.25].map((b, k) =>
      a.reduce((sum, entry, j) => sum + entry * w[j]![k]!, b),
    );
    return [...a.flatMap((entry) => z.map((value) => entry * value)), ...z];
  });
  const momentsFrom = (power: (g: number, mean: number) => number) =>
    gradients[0]!.map((_, k) => {
      const mean = gradients.reduce((sum, g) => sum + g[k]! / n, 0);
      return gradients.reduce((sum, g) => sum + power(g[k]!, mean) / n, 0);
    });
  const chunk = (rows: readonly number[]) => ({
    loss: loss(rows),
    weight: rows.length / n,
    samples: rows.length,
  });

  it.each([
    [[[0, 1, 2, 3, 4, 5, 6]]],
    [
      [
        [0, 1, 2],
        [3, 4, 5, 6],
      ],
    ],
  ])("has the closed form, in chunks %j", (parts) => {
    const params = parameters();
    expectNoLeak(() => {
      const { mean, variance, secondMoment } = denseGradientMoments({
        params,
        chunks: parts.map(chunk),
      })!;
      expect(
        relativeError(
          mean,
          momentsFrom((g) => g),
        ),
      ).toBeLessThan(FLOAT32);
      expect(
        relativeError(
          secondMoment,
          momentsFrom((g) => g * g),
        ),
      ).toBeLessThan(FLOAT32);
      const spread = momentsFrom((g, m) => (g - m) ** 2);
      expect(relativeError(variance, spread)).toBeLessThan(FLOAT32);
    });
    tf.dispose(params);
  });

  it("goes through hidden layers, of which it has the moments of single samples", () => {
    const params = { w: tf.tensor2d(w), v: tf.tensor2d([[1], [-2], [0.5]]), c: tf.tensor1d([0.1]) };
    const f = (rows: readonly number[]) => (p: typeof params) => {
      const hidden = tf.tanh(tf.matMul(inputs(rows), p.w));
      return tf.mean(tf.square(tf.sub(tf.add(tf.matMul(hidden, p.v), p.c), 1)));
    };
    const all = [...x.keys()];
    const moments = denseGradientMoments({
      params,
      chunks: [{ loss: f(all), weight: 1, samples: n }],
    })!;
    const single = gradientMoments({
      params,
      chunks: all.map((row) => ({ loss: f([row]), weight: 1 / n })),
    });
    expect(relativeError(moments.variance, single.variance)).toBeLessThan(FLOAT32);
    tf.dispose(params);
  });

  it("leaves alone what is no chain of dense layers, or has other rows than samples", () => {
    const params = parameters();
    const rows = [0, 1, 2];
    const normalised = (p: ReturnType<typeof parameters>) => {
      const z = tf.add(tf.matMul(inputs(rows), p.w), p.b);
      return tf.mean(tf.square(tf.matMul(tf.sub(z, tf.mean(z, 0)), tf.transpose(p.w))));
    };
    const chunks = [{ loss: normalised, weight: 1, samples: 3 }];
    expect(denseGradientMoments({ params, chunks })).toBeUndefined();
    const other = [{ ...chunk(rows), weight: 1, samples: 1 }];
    expect(denseGradientMoments({ params, chunks: other })).toBeUndefined();
    tf.dispose(params);
  });
});

// vᵀFv with sampled targets is the mean of D independent draws; over 400 operators of one draw its
// mean and spread give a z-score against the closed form. |z| < 4 fails a right sampler once in 16,000.
describe.each(curvatureCases.filter(({ chunkSize }) => chunkSize === 3))(
  "sampled Fisher: $name",
  ({ loss, dense, tensors }) => {
    const { gaussNewton: truth } = dense();
    const n = truth.length;
    const v = Float64Array.from(stream(5, "direction").normals(n));
    const quadratic = (matrix: number[][]) =>
      matrix.reduce((sum, row, a) => sum + v[a]! * row.reduce((s, m, b) => s + m * v[b]!, 0), 0);

    const zScore = (random: (round: number) => IndexedRandom) => {
      const t = tensors();
      const values = Array.from({ length: 400 }, (_, round) => {
        const options = { params: t.params, chunks: t.chunks, head: loss } as const;
        const operator = fisher({ ...options, kind: "sampled", stream: random(round) });
        const out = new Float64Array(n);
        operator.apply(v, out);
        operator.dispose();
        return out.reduce((sum, x, k) => sum + x * v[k]!, 0);
      });
      t.dispose();
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
      const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
      return (mean - quadratic(truth)) / Math.sqrt(variance / values.length);
    };

    it("has the closed form as its mean", () => {
      const source = stream(6, "labels");
      expect(Math.abs(zScore((round) => source.fork(round)))).toBeLessThan(4);
    });

    it("does not, if the random numbers are wrong (this test can fail)", () => {
      const source = stream(6, "labels");
      const wrong = (round: number): IndexedRandom => ({
        uniformAt: (i) => 1 - source.fork(round).uniformAt(i) / 50,
        normalAt: (i) => 1.3 * source.fork(round).normalAt(i),
      });
      expect(Math.abs(zScore(wrong))).toBeGreaterThan(4);
    });

    it("averages draws, repeats itself, and leaks nothing", () => {
      expectNoLeak(() => {
        const t = tensors();
        const out = [0, 512 * 2 ** 20].map((retainBytes) => {
          const operator = fisher({
            params: t.params,
            chunks: t.chunks,
            head: loss,
            retainBytes,
            kind: "sampled",
            draws: 3,
            stream: stream(7, "labels"),
          });
          const product = new Float64Array(n);
          operator.apply(v, product);
          operator.dispose();
          return product;
        });
        expect(relativeError(out[0]!, out[1]!)).toBeLessThan(1e-12);
        t.dispose();
      });
    });

    it("refuses a head that cannot draw targets", () => {
      const t = tensors();
      const head = (f: Parameters<typeof loss>[0], y: typeof f) => loss(f, y);
      const options = { params: t.params, chunks: t.chunks, head };
      expect(() => fisher({ ...options, kind: "true" })).toThrow(/no likelihood/);
      t.dispose();
    });
  },
);

import { lanczos, symmetricEigen } from "@eoss/eigen";
import {
  type CurvatureOperator,
  chunkRanges,
  fisher,
  gaussNewton,
  gradientMoments,
  hessian,
  type Likelihood,
  losses,
  type OutputChunk,
  unflatten,
} from "@eoss/hvp";
import type { Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { backends, useBackend } from "./backends.js";
import { norm, relativeError } from "./closeness.js";
import { full } from "./forms.js";
import { golden, hasShared } from "./shared.js";
import { type Network, tinyFiles, tinyMlpFiles, tinyNetworks } from "./tinyNetworks.js";

/** The references' own statement for float32, relative to the norm of the whole vector. */
const TOLERANCE = 1e-5;
const SAMPLES = 16;

interface Batch
  extends Record<"loss" | "gradNormSq" | "gHg" | "lambdaMax" | "lambdaMin" | "trace", number> {
  readonly indices: number[];
}

describe.runIf(hasShared).each(backends)(
  "operators against the tiny references on %s",
  (backend) => {
    beforeAll(() => useBackend(backend));

    describe.each(tinyFiles)("%s", (name) => {
      // Hundreds of products of the larger networks would take minutes on each backend.
      const isSmall =
        (full && backend === "wasm") || (tinyMlpFiles as readonly string[]).includes(name);
      let file: ReturnType<typeof golden>;
      let network: Network;
      let loss: Likelihood;
      let d: number;
      let owned: tf.Tensor[];
      let params: Params;
      let before: number;

      beforeAll(() => {
        file = golden(name);
        network = tinyNetworks[file.model as string]!;
        loss = losses[file.loss as "mse" | "ce"];
        d = file.paramCount;
      });

      beforeEach(() => {
        before = tf.memory().numTensors;
        owned = [];
        const like: Params = {};
        for (const { name, shape } of file.tensors) like[name] = tf.zeros(shape);
        params = unflatten<Params>(file.params, like);
        owned.push(...Object.values(like), ...Object.values(params));
      });

      afterEach(() => {
        tf.dispose(owned);
        expect(tf.memory().numTensors).toBe(before);
      });

      /** The samples in chunks; the last of five is of one sample. */
      function chunksOf(size: number, first = 0, n = SAMPLES): OutputChunk<Params>[] {
        const pixels = file.inputs.length / SAMPLES;
        return chunkRanges(n, size).map(({ start, count, weight }) => {
          const from = first + start;
          const values = file.inputs.slice(from * pixels, (from + count) * pixels);
          const x = tf.tensor(values, [count, ...file.inputShape], "float32");
          const labels = tf.tensor1d(file.labels.slice(from, from + count), "int32");
          const hot = tf.oneHot(labels, file.classes);
          const targets = tf.cast(hot, "float32");
          owned.push(x, labels, hot, targets);
          return { outputs: (p) => network(p, x), targets, weight };
        });
      }

      const lossChunks = (chunks: OutputChunk<Params>[]) =>
        chunks.map(({ outputs, targets, weight }) => ({
          loss: (p: Params) => loss(outputs(p), targets),
          weight,
        }));

      function product(operator: CurvatureOperator, v: ArrayLike<number>): Float64Array {
        const out = new Float64Array(d);
        operator.apply(Float64Array.from(v), out);
        return out;
      }

      /** The largest five and the smallest eigenvalue; the trace where all are cheap to have. */
      function spectrum(operator: CurvatureOperator) {
        if (d > 400) {
          const solve = (k: number, which: "largest" | "smallest") =>
            lanczos({ k, which, rtol: 1e-5, maxMatvecs: 400 })(operator).values;
          const [top, bottom] = [solve(5, "largest"), solve(1, "smallest")];
          return { top, smallest: bottom[0]!, size: top[0]!, trace: undefined };
        }
        const unit = new Float64Array(d);
        const rows = Array.from({ length: d }, (_, i) => {
          unit.fill(0)[i] = 1;
          return product(operator, unit);
        });
        const { values } = symmetricEigen(rows);
        return {
          top: values.subarray(0, 5),
          smallest: values.at(-1)!,
          size: norm(values),
          trace: rows.reduce((sum, row, i) => sum + row[i]!, 0),
        };
      }

      it.each([16, 5])("products and loss, in chunks of %i", (size) => {
        const chunks = chunksOf(size);
        const references = [
          { operator: hessian({ params, chunks: lossChunks(chunks) }), expected: file.Hv },
          { operator: gaussNewton({ params, chunks, head: loss }), expected: file.GNv },
          { operator: fisher({ params, chunks, head: loss, kind: "true" }), expected: file.GNv },
          {
            operator: fisher({ params, chunks, head: loss, kind: "empirical" }),
            expected: file.empiricalFisherV,
          },
        ];
        for (const { operator, expected } of references) {
          expect(relativeError([operator.loss], [file.fullLoss])).toBeLessThan(TOLERANCE);
          expect(relativeError(operator.gradient, file.gradient)).toBeLessThan(TOLERANCE);
          expect(relativeError(product(operator, file.v), expected)).toBeLessThan(TOLERANCE);
          operator.dispose();
        }
      });

      it.runIf(isSmall)("spectra", () => {
        const chunks = chunksOf(16);
        const references = [
          {
            operator: hessian({ params, chunks: lossChunks(chunks) }),
            top: file.eigenvaluesTop5,
            trace: file.trace,
          },
          {
            operator: gaussNewton({ params, chunks, head: loss }),
            top: file.gnEigenvaluesTop5,
            trace: file.gnTrace,
          },
          {
            operator: fisher({ params, chunks, head: loss, kind: "empirical" }),
            top: file.empiricalFisherTop5,
            trace: undefined,
          },
        ];
        for (const { operator, top, trace } of references) {
          const actual = spectrum(operator);
          expect(relativeError(actual.top, top)).toBeLessThan(TOLERANCE);
          // The trace cancels: its error is judged against the spectrum.
          if (trace !== undefined && actual.trace !== undefined) {
            expect(Math.abs(actual.trace - trace) / actual.size).toBeLessThan(TOLERANCE);
          }
          operator.dispose();
        }
      });

      it("per-sample gradients", () => {
        const moments = gradientMoments({ params, chunks: lossChunks(chunksOf(1)) });
        expect(relativeError(moments.mean, file.gradient)).toBeLessThan(TOLERANCE);
        expect(relativeError(moments.variance, file.gradCovDiag)).toBeLessThan(TOLERANCE);
        expect(relativeError([moments.totalVariance], [file.gradCovTrace])).toBeLessThan(TOLERANCE);
      });

      it.runIf(isSmall)("batches A to D", () => {
        for (const reference of Object.values<Batch>(file.batches)) {
          const indices = reference.indices;
          const operator = hessian({
            params,
            chunks: lossChunks(chunksOf(indices.length, indices[0], indices.length)),
          });
          const g = operator.gradient;
          const gHg = product(operator, g).reduce((sum, x, i) => sum + x * g[i]!, 0);
          const { top, smallest, size, trace } = spectrum(operator);
          expect(relativeError([operator.loss], [reference.loss])).toBeLessThan(TOLERANCE);
          expect(relativeError([norm(g) ** 2], [reference.gradNormSq])).toBeLessThan(TOLERANCE);
          expect(relativeError([gHg], [reference.gHg])).toBeLessThan(TOLERANCE);
          expect(relativeError([top[0]!], [reference.lambdaMax])).toBeLessThan(TOLERANCE);
          expect(Math.abs(smallest - reference.lambdaMin) / size).toBeLessThan(TOLERANCE);
          if (trace !== undefined) {
            expect(Math.abs(trace - reference.trace) / size).toBeLessThan(TOLERANCE);
          }
          operator.dispose();
        }
      });
    });
  },
);

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installKernels } from "../index.js";
import { blas, numbers, useKernels, worstError } from "../kernels.fixture.js";
import type { Blas } from "./blas.js";
import { fault } from "./fault.js";
import { loadBlas } from "./loadBlas.js";

describe("loadBlas", () => {
  it("says how to add koffi where it is missing", () => {
    // The build alone, in a folder without packages.
    const folder = mkdtempSync(join(tmpdir(), "eoss-native-"));
    const program = join(folder, "native.mjs");
    const built = fileURLToPath(new URL("../../dist/native.js", import.meta.url));
    writeFileSync(program, `${readFileSync(built, "utf8")}\nawait loadBlas();\n`);
    const { NODE_PATH: _, ...env } = process.env;
    const { status, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8", env });
    rmSync(folder, { recursive: true });
    expect(status).toBe(1);
    expect(stderr).toMatch(/need the package koffi.*npm install koffi/);
  });

  it("says where it looked, and how to add a library", async () => {
    const koffi = {
      load(library: string) {
        throw new Error(`cannot open ${library}\nmore`);
      },
    };
    await expect(loadBlas({ koffi })).rejects.toThrow(/no BLAS was found here \(.*cannot open/);
    await expect(loadBlas({ koffi, library: "mine.so" })).rejects.toThrow(
      /\(mine\.so: cannot open mine\.so\)\. Add OpenBLAS: .*install/,
    );
  });

  it("refuses a library without products", async () => {
    const func = () => {
      throw new Error("no such symbol");
    };
    const koffi = { load: () => ({ func }) };
    await expect(loadBlas({ koffi, library: "libm.so" })).rejects.toThrow(
      /libm\.so has no function cblas_sgemm/,
    );
  });
});

/** Products in JavaScript, by addresses that begin at some number; `skipped` leaves out terms with a zero. */
function slowBlas(change: {
  skipped?: boolean;
  readsResult?: boolean;
  ignoresFlags?: boolean;
}): Blas {
  let memory: Float32Array = new Float32Array();
  return {
    name: "slow",
    library: "none",
    addressOf(buffer) {
      memory = new Float32Array(buffer);
      return 4096;
    },
    sgemm(turnedA, turnedB, m, n, k, a, pitchA, b, pitchB, accumulate, c, pitchC) {
      const at = (address: number, index: number) => (address - 4096) / 4 + index;
      const turned = turnedA && !change.ignoresFlags;
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          const to = at(c, i * pitchC + j);
          let sum = accumulate ? memory[to]! : change.readsResult ? 0 * memory[to]! : 0;
          for (let p = 0; p < k; p++) {
            const x = memory[at(a, turned ? p * pitchA + i : i * pitchA + p)]!;
            const y = memory[at(b, turnedB ? j * pitchB + p : p * pitchB + j)]!;
            if (!(change.skipped && (x === 0 || y === 0))) sum += x * y;
          }
          memory[to] = sum;
        }
      }
    },
  };
}

describe("a look at a library", () => {
  it("finds nothing where its products are right", () => {
    expect(fault(slowBlas({}))).toBeUndefined();
  });

  it("finds wrong entries, results that are read, and NaN that gets lost", () => {
    expect(fault(slowBlas({ ignoresFlags: true }))).toMatch(/an entry of a product is/);
    expect(fault(slowBlas({ readsResult: true }))).toMatch(/an entry of a product is NaN/);
    expect(fault(slowBlas({ skipped: true }))).toMatch(/NaN would get lost/);
  });
});

describe.skipIf(blas === undefined)("kernels on a library", () => {
  let restore: () => void;
  beforeAll(async () => {
    restore = await useKernels("native");
  });
  afterAll(() => restore());

  const product = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.tidy(() => tf.matMul(a, b).dataSync());

  it("are named with the version, and with the variant that makes the rest", async () => {
    const installed = await installKernels({ variant: "simd", blas: blas! });
    expect(installed?.blas).toMatch(/^(openblas|mkl|accelerate) .*\d/);
    expect(installed?.variant).toBe("simd");
    installed!.restore();
  });

  it("make the products, and leave them to the kernels of WebAssembly when they are taken back", async () => {
    let calls = 0;
    const counting: Blas = {
      ...blas!,
      sgemm(...args) {
        calls++;
        blas!.sgemm(...args);
      },
    };
    const a = tf.ones([5, 70]) as tf.Tensor2D;
    const b = tf.ones([70, 6]) as tf.Tensor2D;
    const installed = await installKernels({ blas: counting });
    product(a, b);
    const withLibrary = calls;
    installed!.restore();
    product(a, b);
    tf.dispose([a, b]);
    expect(withLibrary).toBe(2);
    expect(calls).toBe(2);
  });

  it("give the same bits wherever operands lie, and however often", () => {
    const [m, n, k] = [37, 19, 203];
    const results = [0, 1, 3, 6].map((before) =>
      tf.tidy(() => {
        // Lies in front, and moves what comes after it.
        tf.ones([1 + 5 * before]);
        const a = tf.tensor2d(numbers(m * k, 1), [m, k]);
        tf.ones([1 + before]);
        return product(a, tf.tensor2d(numbers(k * n, 2), [k, n]));
      }),
    );
    for (const other of results.slice(1)) expect(other).toEqual(results[0]);
  });

  it("find the heap when it has grown", () => {
    const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
    const [m, n, k] = [3, 4, 5];
    const [x, y] = [numbers(m * k, 1), numbers(k * n, 2)];
    const a = tf.tensor2d(x, [m, k]);
    const b = tf.tensor2d(y, [k, n]);
    product(a, b);
    const before = wasm.HEAPU8.buffer;
    const large = tf.ones([before.byteLength / 4]);
    expect(wasm.HEAPU8.buffer).not.toBe(before);
    const c = product(a, b);
    tf.dispose([a, b, large]);
    const exact = (index: number) => {
      const terms = Array.from(
        { length: k },
        (_, p) => x[Math.floor(index / n) * k + p]! * y[p * n + (index % n)]!,
      );
      return {
        value: terms.reduce((sum, term) => sum + term, 0),
        size: terms.reduce((sum, term) => sum + Math.abs(term), 0),
      };
    };
    expect(worstError(c, exact)).toBeLessThan(3e-7);
  });
});

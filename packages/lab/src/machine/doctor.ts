/** Checks the backends of this machine: installed, fast, correct. */

import { availableParallelism, totalmem } from "node:os";
import { linearize } from "@eoss/hvp";
import { installKernels } from "@eoss/kernels";
import { stream } from "@eoss/rng";
import { type BackendName, backendNames } from "@eoss/run";
import * as tf from "@tensorflow/tfjs-core";
import { version } from "../version.js";
import { loadBackend, missingPackages } from "./backend.js";
import { findBlas } from "./native.js";
import { runningCard } from "./webgpu.js";

export interface BackendDiagnosis {
  readonly name: string;
  /** Why runs cannot use it; undefined if they can. */
  readonly problem?: string;
  /** How to add it, if it is not installed. */
  readonly advice?: string;
  /** The graphics card that it computes on, where it says so. */
  readonly card?: string;
  /** Speed of a 512×512×512 matrix product, 10⁹ floating-point operations per second. */
  readonly gigaflops?: number;
  /** Relative error of a Hessian product with a closed form. */
  readonly productError?: number;
}

/** A library that makes the matrix products of the wasm backend, for runs that ask for it. */
export interface NativeDiagnosis {
  /** Its name, with version and choice of code; undefined where none can be used. */
  readonly name?: string;
  /** Why none can be used, with what to do. */
  readonly advice?: string;
  /** As of a backend. */
  readonly gigaflops?: number;
}

export interface Diagnosis {
  readonly eoss: string;
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  /** GiB */
  readonly memory: number;
  readonly backends: readonly BackendDiagnosis[];
  readonly native: NativeDiagnosis;
  /** Whether everything that a run needs works. */
  readonly healthy: boolean;
}

/** A product is right on float32 to about 1e-6; stock second derivatives of tanh are off by 0.1. */
const PRODUCT_TOLERANCE = 1e-5;

/** Looks at the machine, starts each backend, and checks and times it. */
export async function diagnose(): Promise<Diagnosis> {
  const backends: BackendDiagnosis[] = [];
  for (const name of backendNames) {
    if (name !== "auto") backends.push(await diagnoseBackend(name));
  }
  return {
    eoss: version,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    memory: totalmem() / 2 ** 30,
    backends,
    native: await diagnoseNative(),
    healthy: backends.every(({ problem }) => problem === undefined),
  };
}

async function diagnoseBackend(name: Exclude<BackendName, "auto">): Promise<BackendDiagnosis> {
  const missing = missingPackages(name);
  if (missing.length > 0) return { name, advice: `npm install ${missing.join(" ")}` };
  try {
    await loadBackend(name);
    const productError = await closedFormError();
    const problem =
      productError < PRODUCT_TOLERANCE
        ? undefined
        : `a Hessian product has a relative error of ${productError.toExponential(1)}: do not use it`;
    return {
      ...namedBackend(name),
      ...(problem !== undefined && { problem }),
      gigaflops: await matMulSpeed(),
      productError,
    };
  } catch (error) {
    return { ...namedBackend(name), problem: (error as Error).message };
  }
}

async function diagnoseNative(): Promise<NativeDiagnosis> {
  try {
    const blas = await findBlas();
    await loadBackend("wasm");
    const kernels = await installKernels({ blas });
    if (kernels === undefined) return { advice: "needs SIMD in WebAssembly: a newer Node has it" };
    const gigaflops = await matMulSpeed();
    kernels.restore();
    return { name: blas.name, gigaflops };
  } catch (error) {
    return { advice: (error as Error).message };
  }
}

function namedBackend(name: BackendName): Pick<BackendDiagnosis, "name" | "card"> {
  const card = name === "webgpu" ? runningCard()?.name : undefined;
  return { name, ...(card !== undefined && { card }) };
}

/** L = Σ tanh²θ has the diagonal Hessian 2·(1 − t²)·(1 − 3t²), t = tanh θ. */
async function closedFormError(): Promise<number> {
  const n = 1000;
  const theta = stream(0, "doctor").normals(n);
  const params = { theta: tf.tensor1d(theta) as tf.Tensor };
  const v = { theta: tf.ones([n]) as tf.Tensor };
  const linearization = linearize((p) => tf.sum(tf.square(tf.tanh(p.theta))), params);
  const product = linearization.hvp(v);
  const actual = await product.theta.data();
  let error = 0;
  let norm = 0;
  theta.forEach((x, i) => {
    const t = Math.tanh(x) ** 2;
    const expected = 2 * (1 - t) * (1 - 3 * t);
    error += (actual[i]! - expected) ** 2;
    norm += expected ** 2;
  });
  linearization.dispose();
  tf.dispose([params, v, product]);
  return Math.sqrt(error / norm);
}

async function matMulSpeed(): Promise<number> {
  const size = 512;
  const a: tf.Tensor2D = tf.ones([size, size]);
  const multiply = async () => {
    const product = tf.matMul(a, a);
    await product.data();
    product.dispose();
  };
  await multiply();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const began = performance.now();
    await multiply();
    best = Math.min(best, performance.now() - began);
  }
  a.dispose();
  return (2 * size ** 3) / (best * 1e6);
}

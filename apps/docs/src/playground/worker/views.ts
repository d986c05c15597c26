/** Pictures of the moment for the page. Numbers are read later, as a graphics card gives them, many in one read. */

import type { Dataset } from "@eoss/data";
import { lossChunks } from "@eoss/hvp";
import { joined, readLater } from "@eoss/hvp/internal";
import { diagonalLinearSharpness } from "@eoss/models";
import type { Trainer } from "@eoss/run";
import { add, mul, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { type Decision, REACH } from "./plane.js";

/** The whole loss along the top eigenvector v of its Hessian: L(θ + t·v) beside its parabola. */
export interface LossSlice {
  readonly step: number;
  /** Distances t, in parameters. */
  readonly t: Float64Array;
  readonly loss: Float64Array;
  /** L(θ) + t·gᵀv + ½·λ·t², with gᵀv and λ from the middle of the slice. */
  readonly parabola: Float64Array;
}

/** The four weights of the toy model, and what follows from them by hand. */
export interface ToyWeights {
  readonly step: number;
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly lambda: readonly number[];
  readonly fullBS: number;
  readonly miniBS: number;
}

const POINTS = 41;
const SIDE = 72;

/** @param vector a unit vector of all parameters, flat */
export async function lossSlice(
  trainer: Trainer,
  vector: Float32Array,
  sharpness: number,
): Promise<LossSlice> {
  const { step } = trainer;
  const lossesAt = lossAlong(trainer, vector);
  const here = (await lossesAt([0]))[0]!;
  // As far as the parabola doubles the loss, and not too little where the loss is nearly zero.
  const reach = 1.5 * Math.sqrt((2 * Math.max(here, 1e-3)) / Math.max(sharpness, 1e-6));
  const t = Float64Array.from({ length: POINTS }, (_, k) => reach * ((2 * k) / (POINTS - 1) - 1));
  // The slope by a central difference, which float32 resolves at this distance.
  const near = reach / 100;
  const losses = await lossesAt([...t, -near, near]);
  const [before, after] = losses.slice(POINTS) as unknown as [number, number];
  const slope = (after - before) / (2 * near);
  return {
    step,
    t,
    loss: losses.slice(0, POINTS),
    parabola: t.map((distance) => here + slope * distance + (sharpness / 2) * distance ** 2),
  };
}

/** t ↦ L(θ + t·v) over all samples, for many t in one read. */
function lossAlong(
  trainer: Trainer,
  vector: Float32Array,
): (distances: readonly number[]) => Promise<Float64Array> {
  const problem = trainer.problem();
  const params = problem.params as Record<string, Tensor>;
  const all = Int32Array.from({ length: problem.samples }, (_, index) => index);
  const chunks = lossChunks(problem, all);
  const partsAt = (t: number) =>
    tidy(() => {
      let start = 0;
      const moved: Record<string, Tensor> = {};
      for (const [name, theta] of Object.entries(params)) {
        const part = vector.subarray(start, (start += theta.size));
        moved[name] = add(theta, mul(tensor(part, theta.shape), t));
      }
      return joined(chunks.map(({ loss }) => loss(moved)));
    });
  return async (distances) => {
    const parts = await readLater(() => joined(distances.map(partsAt)));
    return Float64Array.from(distances, (_, k) =>
      chunks.reduce((sum, { weight }, c) => sum + weight * parts[k * chunks.length + c]!, 0),
    );
  };
}

/** Of a network with two outputs on points of the plane. */
export async function decision(trainer: Trainer): Promise<Decision> {
  const { step, inputs } = trainer;
  const params = trainer.problem().params as Record<string, Tensor>;
  const outputs = await readLater(() =>
    inputs.model.apply(params, tensor(grid(), [SIDE * SIDE, 1, 2, 1])),
  );
  const difference = Float32Array.from(
    { length: SIDE * SIDE },
    (_, k) => outputs[2 * k + 1]! - outputs[2 * k]!,
  );
  return { step, side: SIDE, difference };
}

/** Centres of the cells, row by row from the top. */
function grid(): Float32Array {
  const at = (k: number) => REACH * ((2 * k + 1) / SIDE - 1);
  return Float32Array.from({ length: 2 * SIDE * SIDE }, (_, i) => {
    const cell = Math.floor(i / 2);
    return i % 2 === 0 ? at(cell % SIDE) : -at(Math.floor(cell / SIDE));
  });
}

/** Of the diagonal linear network on the two points. */
export async function toyWeights(trainer: Trainer): Promise<ToyWeights> {
  const { step } = trainer;
  const { a, b } = trainer.problem().params as Record<"a" | "b", Tensor>;
  const numbers = await readLater(() => joined([a, b]));
  const [av, bv] = [[...numbers.subarray(0, a.size)], [...numbers.subarray(a.size)]];
  const { perSample, fullBS, miniBS } = diagonalLinearSharpness(av, bv, [1, 1]);
  return { step, a: av, b: bv, lambda: [...perSample], fullBS, miniBS };
}

export function isToy({ name }: Pick<Dataset, "name">, model: string): boolean {
  return name === "two-point" && model === "diagonal-linear";
}

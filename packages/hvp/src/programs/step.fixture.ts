import type * as tf from "@tensorflow/tfjs-core";
import type { Jet } from "./jets.fixture.js";

/** What a step of a program does, in tfjs and in jets. */
export interface Step {
  readonly name: string;
  readonly tf: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly plain: (...inputs: Jet[]) => Jet;
}

export type Shape = readonly number[];
/** A whole number from 0 to n − 1. */
export type Draw = (n: number) => number;

/** A step on one value, where its shape allows; `more` gives shapes of parameters that it takes as well. */
export type Op = (shape: Shape, draw: Draw) => (Step & { readonly more?: Shape[] }) | undefined;

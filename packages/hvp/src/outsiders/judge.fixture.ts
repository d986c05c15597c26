import { disposeTree, linearize } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import expected from "../testdata/outsiders.json" with { type: "json" };
import { type Outsider, treeOf } from "./values.fixture.js";

/** Relative errors against float64, of whole vectors. */
export interface Judgement {
  readonly loss: number;
  readonly gradient: number;
  readonly product: number;
  readonly leaked: number;
}

/**
 * What errors may be. float32 carries 6e-8; most of these losses stay below 5e-7, and the gradient behind
 * an instance normalisation, which cancels, below 2e-6.
 */
export const ALLOWED = 4e-6;

/** What PyTorch has in float64, by the name of the loss. */
const references = expected as Record<string, { loss: number; gradient: string; product: string }>;

export const referenceNames = Object.keys(references);

/** Gradient and Hessian product of a loss against those of PyTorch, on the backend that is set. */
export function judge({ name, shapes, loss }: Outsider): Judgement {
  const reference = references[name];
  if (reference === undefined) throw new Error(`expected.json has no ${name}`);
  const before = tf.memory().numTensors;
  const [point, direction] = [treeOf(shapes, "point"), treeOf(shapes, "direction")];
  const linearization = linearize(loss, point);
  const product = linearization.hvp(direction);
  const value = linearization.loss.dataSync()[0]!;
  const errors = {
    loss: Math.abs(value - reference.loss) / Math.max(Math.abs(reference.loss), 0.1),
    gradient: relativeError(linearization.gradient, reference.gradient),
    product: relativeError(product, reference.product),
  };
  linearization.dispose();
  for (const tree of [point, direction, product]) disposeTree(tree);
  return { ...errors, leaked: tf.memory().numTensors - before };
}

function relativeError(tree: tf.NamedTensorMap, reference: string): number {
  const values = Object.values(tree).flatMap((t) => [...t.dataSync()]);
  const bytes = Uint8Array.from(atob(reference), (c) => c.charCodeAt(0));
  const right = new Float32Array(bytes.buffer);
  if (right.length !== values.length) throw new RangeError("the reference has another length");
  const distance = Math.hypot(...values.map((v, i) => v - right[i]!));
  return distance / Math.hypot(...right);
}

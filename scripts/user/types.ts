// A user's project in TypeScript: every kind of parameters and models that the package takes.
import {
  gaussNewton,
  gradient,
  hessian,
  jacobian,
  layersModel,
  linearize,
  losses,
  mse,
  type ParameterTree,
  registerRule,
  UnverifiedOpError,
  type VerifyReport,
  verify,
} from "@eoss/hvp";
import { checkRule, sample } from "@eoss/hvp/testing";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

const x: tf.Tensor2D = tf.ones([2, 3]);
const y = tf.zeros([2, 1]);

// Tensors of a rank, by name.
const named = { w: tf.zeros<tf.Rank.R2>([3, 1]), b: tf.scalar(0.5) };
const byName = linearize(({ w, b }) => tf.mean(tf.square(tf.add(tf.matMul(x, w), b))), named);
const product = byName.hvp({ w: tf.zeros([3, 1]), b: tf.scalar(1) });
export const [kernel, bias]: [tf.Tensor2D, tf.Scalar] = [product.w, product.b];
export const slope: tf.Scalar = byName.jvp(named);

// In an array, of a fixed length or of any.
const listed: tf.Tensor[] = [tf.ones([3, 1]), tf.ones([1])];
const { gradient: parts } = gradient(([w, b]) => mse(tf.add(tf.matMul(x, w!), b!), y), listed);
export const first: tf.Tensor | undefined = parts[0];

// tf.Variable parameters: the loss sees tensors, the direction may be tensors.
const variables = { w: tf.variable(tf.ones([3, 1])), b: tf.variable(tf.scalar(1)) };
const loss = (p: { w: tf.Tensor; b: tf.Tensor }) =>
  tf.mean(tf.square(tf.add(tf.matMul(x, p.w), p.b)));
const byVariable = linearize(loss, variables);
export const direction: tf.Tensor = byVariable.hvp({ w: tf.ones([3, 1]), b: tf.scalar(0) }).w;

// A record whose names are known at run time only.
const dynamic: Record<string, tf.Tensor> = { w: tf.ones([3, 1]) };
export const report: VerifyReport = verify(({ w }) => tf.sum(tf.matMul(x, w!)), dynamic);
export const tree: ParameterTree = dynamic;

// A sequential model.
const sequential = tfl.sequential({ layers: [tfl.layers.dense({ units: 1, inputShape: [3] })] });
const one = layersModel(sequential);
linearize((p) => mse(one.apply(p, x), y), one.params).dispose();

// A model of several inputs and outputs.
const [left, right] = [tfl.input({ shape: [3] }), tfl.input({ shape: [2] })];
const joined = tfl.layers.concatenate().apply([left, right]) as tfl.SymbolicTensor;
const heads = [1, 2].map(
  (units) => tfl.layers.dense({ units }).apply(joined) as tfl.SymbolicTensor,
);
const several = layersModel<tf.Tensor[]>(tfl.model({ inputs: [left, right], outputs: heads }));
linearize((p) => {
  const [a, b] = several.apply(p, [x, tf.ones([2, 2])]);
  return tf.add(tf.sum(tf.square(a!)), tf.mean(tf.square(b!)));
}, several.params).dispose();

const outputs = (p: typeof named) => tf.matMul(x, p.w);
export const columns: tf.Tensor = jacobian(outputs, named).jvp(named);
export const operators = [
  hessian({ params: named, chunks: [{ loss: (p) => losses.mse(outputs(p), y), weight: 1 }] }),
  gaussNewton({ params: named, chunks: [{ outputs, targets: y, weight: 1 }], head: mse }),
];

registerRule({
  kernelName: "Mine",
  saveInputs: ["x"],
  gradient: ({ dy, input }) => ({ x: () => tf.mul(dy, input("x")) }),
});
checkRule({ name: "tanh", f: ({ x }) => tf.tanh(x), inputs: { x: sample([2, 3]) } });

try {
  // @ts-expect-error: there is no parameter of this name
  byName.hvp({ w: tf.zeros([3, 1]), c: tf.scalar(1) });
} catch (error) {
  if (error instanceof UnverifiedOpError) console.log(error.op, error.calledAt);
}

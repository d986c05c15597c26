import { layersModel, type ParameterTree } from "@eoss/hvp";
import { type RandomStream, stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

const L = tfl.layers;
type Layer = tfl.layers.Layer;
type Choices = readonly unknown[];

/** A small random network of tf.layers under a random loss, and what it is made of. */
export interface RandomNet {
  readonly name: string;
  readonly params: Readonly<Record<string, tf.Tensor>>;
  readonly loss: (p: ParameterTree) => tf.Tensor;
  dispose(): void;
}

const ACTIVATIONS = [
  ...["relu", "tanh", "sigmoid", "elu", "selu", "relu6", "softplus", "softsign", "hardSigmoid"],
  ...["softmax", "logSoftmax", "linear", "swish", "mish"],
] as const;

/** Draws in order, so that a seed says all. */
class Draws {
  #next = 0;
  constructor(readonly random: RandomStream) {}
  uniform(): number {
    return this.random.uniformAt(this.#next++);
  }
  one<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.uniform() * choices.length)]!;
  }
  whole(from: number, to: number): number {
    return from + Math.floor(this.uniform() * (to - from + 1));
  }
  normals(shape: number[], scale = 1): tf.Tensor {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = this.random.fork(this.#next++).normals(size);
    return tf.tensor(
      values.map((x) => scale * x),
      shape,
    );
  }
}

const recurrent = { recurrentInitializer: "glorotUniform" } as const;

/**
 * Layers by the rank of what they take, without the samples' axis: vectors, sequences, images,
 * volumes (or films).
 */
const layersOf: Record<1 | 2 | 3 | 4, ((d: Draws, shape: number[]) => Layer)[]> = {
  1: [
    (d) => L.dense({ units: d.whole(1, 5), activation: d.one(ACTIVATIONS) as never }),
    (d) => L.dense({ units: d.whole(1, 5), activation: "relu", useBias: d.uniform() < 0.7 }),
    (d) => L.activation({ activation: d.one(ACTIVATIONS) as never }),
    (d) => L.reLU(d.uniform() < 0.5 ? {} : { maxValue: 1 }),
    () => L.leakyReLU({ alpha: 0.1 }),
    () => L.elu({ alpha: 1 }),
    () => L.prelu({}),
    () => L.thresholdedReLU({ theta: 0.2 }),
    () => L.softmax({}),
    () => L.batchNormalization({}),
    () => L.layerNormalization({}),
    () => L.dropout({ rate: 0.4 }),
    () => L.gaussianNoise({ stddev: 0.1 }),
    () => L.gaussianDropout({ rate: 0.3 }),
    () => L.alphaDropout({ rate: 0.3 }),
    (d) => L.repeatVector({ n: d.whole(1, 3) }),
    (_, [n]) => L.reshape({ targetShape: [n!, 1] }),
  ],
  2: [
    (d) => L.simpleRNN({ units: d.whole(1, 3), returnSequences: d.uniform() < 0.4, ...recurrent }),
    (d) => L.lstm({ units: d.whole(1, 3), returnSequences: d.uniform() < 0.4, ...recurrent }),
    (d) => L.gru({ units: d.whole(1, 3), returnSequences: d.uniform() < 0.4, ...recurrent }),
    (d) =>
      L.bidirectional({
        layer: L.gru({ units: 2, returnSequences: true, ...recurrent }) as never,
        mergeMode: d.one(["concat", "sum", "mul", "ave"] as const),
      }),
    (d) =>
      L.timeDistributed({ layer: L.dense({ units: 2, activation: d.one(ACTIVATIONS) as never }) }),
    (d) => L.dense({ units: d.whole(1, 4), activation: d.one(ACTIVATIONS) as never }),
    (d) =>
      L.conv1d({
        filters: d.whole(1, 3),
        kernelSize: 2,
        padding: "same",
        activation: d.one(ACTIVATIONS) as never,
      }),
    () => L.maxPooling1d({ poolSize: 2, padding: "same" }),
    () => L.averagePooling1d({ poolSize: 2, padding: "same" }),
    () => L.globalMaxPooling1d({}),
    () => L.globalAveragePooling1d({}),
    () => L.flatten({}),
    () => L.permute({ dims: [2, 1] }),
    () => L.masking({ maskValue: 0 }),
    () => L.layerNormalization({}),
    () => L.prelu({}),
  ],
  3: [
    (d) =>
      L.conv2d({
        filters: d.whole(1, 3),
        kernelSize: d.whole(1, 3),
        strides: d.whole(1, 2),
        padding: "same",
        activation: d.one(ACTIVATIONS) as never,
      }),
    (d) => L.conv2d({ filters: d.whole(1, 3), kernelSize: 2, padding: "same", activation: "relu" }),
    (d) =>
      L.depthwiseConv2d({
        kernelSize: 2,
        padding: "same",
        activation: d.one(["relu", "linear", "relu6", "tanh"] as const) as never,
      }),
    () => L.separableConv2d({ filters: 2, kernelSize: 2, padding: "same", activation: "relu" }),
    () => L.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 2, padding: "same" }),
    (d) => L.maxPooling2d({ poolSize: d.whole(2, 3), strides: d.whole(1, 2), padding: "same" }),
    () => L.averagePooling2d({ poolSize: 2, padding: "same" }),
    () => L.globalMaxPooling2d({}),
    () => L.globalAveragePooling2d({}),
    () => L.upSampling2d({ size: [2, 2] }),
    () => L.zeroPadding2d({ padding: 1 }),
    () =>
      L.cropping2D({
        cropping: [
          [0, 1],
          [1, 0],
        ],
      }),
    () => L.batchNormalization({}),
    () => L.flatten({}),
    () => L.leakyReLU({}),
    () => L.rescaling({ scale: 0.5, offset: 0.1 }),
    () => L.permute({ dims: [3, 1, 2] }),
    () => L.dense({ units: 2, activation: "relu" }),
  ],
  4: [
    (d) =>
      L.conv3d({
        filters: d.whole(1, 2),
        kernelSize: 2,
        padding: "same",
        activation: d.one(ACTIVATIONS) as never,
      }),
    () => L.conv3dTranspose({ filters: 2, kernelSize: 2, strides: 2, padding: "same" }),
    () => L.maxPooling3d({ poolSize: [2, 2, 2], padding: "same" }),
    () => L.averagePooling3d({ poolSize: [2, 2, 2], padding: "same" }),
    () => L.convLstm2d({ filters: 1, kernelSize: 2, padding: "same", ...recurrent }),
    () =>
      L.timeDistributed({
        layer: L.conv2d({ filters: 1, kernelSize: 2, padding: "same", activation: "relu" }),
      }),
    () => L.flatten({}),
  ],
};

/** Words of a sentence. */
const EMBEDDED = 7;

type Head = (d: Draws, shape: number[]) => (f: tf.Tensor) => tf.Tensor;

const oneHot = (d: Draws, [n, classes]: number[]) =>
  tf.oneHot(
    tf.tensor1d(
      Array.from({ length: n! }, () => d.whole(0, classes! - 1)),
      "int32",
    ),
    classes!,
  );

const heads: Record<string, Head> = {
  mse: (d, shape) => {
    const y = d.normals(shape);
    return (f) => tf.losses.meanSquaredError(y, f);
  },
  crossEntropy: (d, shape) => {
    const y = oneHot(d, shape);
    return (f) => tf.losses.softmaxCrossEntropy(y, f);
  },
  sigmoidCrossEntropy: (d, shape) => {
    const y = oneHot(d, shape);
    return (f) => tf.losses.sigmoidCrossEntropy(y, f);
  },
  absolute: (d, shape) => {
    const y = d.normals(shape);
    return (f) => tf.losses.absoluteDifference(y, f);
  },
  huber: (d, shape) => {
    const y = d.normals(shape, 2);
    return (f) => tf.losses.huberLoss(y, f);
  },
  hinge: (d, shape) => {
    const y = oneHot(d, shape);
    return (f) => tf.losses.hingeLoss(y, f);
  },
  logLoss: (d, shape) => {
    const y = oneHot(d, shape);
    return (f) => tf.losses.logLoss(y, tf.sigmoid(f));
  },
  squareSum: () => (f) => tf.sum(tf.square(f)),
  linear: (d, shape) => {
    const c = d.normals(shape);
    return (f) => tf.sum(tf.mul(c, f));
  },
  logSumExp: () => (f) => tf.logSumExp(f),
  largest: () => (f) => tf.sum(tf.max(f, 1)),
};

/** Two branches that meet in a layer that merges. */
function merged(d: Draws, x: tfl.SymbolicTensor): { layer: string; y: tfl.SymbolicTensor } {
  const units = d.whole(1, 4);
  const branch = () =>
    L.dense({ units, activation: d.one(ACTIVATIONS) as never }).apply(x) as tfl.SymbolicTensor;
  const layer = d.one([
    L.add({}),
    L.multiply({}),
    L.average({}),
    L.maximum({}),
    L.minimum({}),
    L.concatenate({}),
    L.dot({ axes: 1 }),
  ] as Layer[]);
  return {
    layer: layer.getClassName(),
    y: layer.apply([branch(), branch()]) as tfl.SymbolicTensor,
  };
}

export function randomNet(seed: number): RandomNet {
  const d = new Draws(stream(seed, "random nets"));
  const inputShape = d.one([
    [d.whole(1, 5)],
    ...[
      [3, 2],
      [4, 3],
      [4, 4, 1],
      [3, 3, 2],
      [2, 3, 3, 1],
    ],
    [EMBEDDED],
  ]);
  const input = tfl.input({ shape: inputShape });
  const parts: string[] = [];
  let y = input;
  const append = (layer: Layer) => {
    y = layer.apply(y) as tfl.SymbolicTensor;
    const { activation } = layer as never as { activation?: { getClassName?(): string } };
    const name = activation?.getClassName?.();
    parts.push(`${layer.getClassName()}${name ? `(${name})` : ""}`);
  };
  const shape = () => y.shape.slice(1) as number[];
  const embedded = inputShape[0] === EMBEDDED;
  if (embedded) append(L.embedding({ inputDim: 5, outputDim: 2, maskZero: d.uniform() < 0.3 }));
  for (let depth = d.whole(1, 4); depth > 0; depth--) {
    if (shape().length === 1 && d.uniform() < 0.15) {
      const { layer, y: joined } = merged(d, y);
      parts.push(layer);
      y = joined;
      continue;
    }
    const choices: Choices = layersOf[shape().length as 1 | 2 | 3 | 4];
    append((d.one(choices) as (d: Draws, shape: number[]) => Layer)(d, shape()));
  }
  if (shape().length > 1) append(L.flatten({}));
  append(L.dense({ units: d.whole(2, 3) }));
  const model = tfl.model({ inputs: input, outputs: y });
  const scale = d.one([0.3, 1, 1, 1, 3]);
  const biased = d.uniform() < 0.5;
  const settings = model.weights.map(({ name, shape: weight }) => {
    if (/variance/.test(name)) return tf.add(tf.abs(d.normals(weight as number[])), 0.5);
    if (/gamma/.test(name)) return tf.add(1, d.normals(weight as number[], 0.3));
    if (weight.length < 2 && !biased) return tf.zeros(weight as number[]);
    return d.normals(weight as number[], scale / Math.sqrt(weight.length > 1 ? weight.at(-2)! : 1));
  });
  model.setWeights(settings as tf.Tensor[]);
  tf.dispose(settings);
  const samples = d.whole(1, 4);
  const kind = d.one(["normal", "normal", "normal", "whole", "equal", "blank"]);
  const x = tf.tidy(() => {
    if (embedded) return tf.floor(tf.mod(tf.mul(d.normals([samples, EMBEDDED]), 7), 5));
    const drawn = d.normals([samples, ...inputShape], kind === "whole" ? 1.5 : 1);
    if (kind === "whole") return tf.round(drawn);
    if (kind === "equal") return tf.add(tf.zerosLike(drawn), tf.slice(drawn, 0, 1));
    return kind === "blank" ? tf.mul(drawn, tf.cast(tf.greater(drawn, 0.3), "float32")) : drawn;
  });
  const headName = d.one(Object.keys(heads));
  const head = heads[headName]!(d, [samples, y.shape[1]!]);
  const training = d.uniform() < 0.5;
  const { params, apply } = layersModel(model, { training, seed: 1 });
  return {
    name: `seed ${seed}: ${parts.join(" ")}, ${headName}, ${samples} ${kind}, scale ${scale}${training ? ", training" : ""}`,
    params,
    loss: (p) => head(apply(p as typeof params, x)),
    dispose: () => {
      x.dispose();
      model.dispose();
    },
  };
}

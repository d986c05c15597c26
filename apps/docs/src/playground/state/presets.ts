import type { PlaygroundState } from "./state.js";

export interface Preset {
  readonly name: string;
  readonly title: string;
  /** What is done, and what to look at. */
  readonly text: string;
  readonly state: PlaygroundState;
  /** It waits for the reader's single steps; default: it runs at once. */
  readonly byHand?: boolean;
}

/** A network of 3,562 parameters on 512 digits: small enough to be measured every second or so. */
const DIGITS = {
  data: "digits",
  samples: 512,
  model: "mlp",
  width: [32, 32],
  activation: "relu",
  init: "uniform-fan-in",
  "init-scale": 0.7,
  loss: "mse",
  lr: 0.2,
  batch: 16,
  steps: 4000,
  optimizer: "sgd",
  seed: 0,
  every: 50,
  tolerance: 0.05,
  top: 1,
  "max-batches": 64,
};

const from = (settings: PlaygroundState["settings"]): PlaygroundState => ({
  settings,
  points: [],
  backend: "wasm",
});

/** The first one is what the page opens with. */
export const presets: readonly Preset[] = [
  {
    name: "edge",
    title: "Edge of stability",
    text:
      "Gradient descent with all samples. The sharpness of the loss rises until it reaches 2/η, and " +
      "hovers there: above 2/η, a step along the sharpest direction overshoots and increases the loss.",
    state: from({ ...DIGITS, batch: "full", steps: 1500, every: 20, top: 4 }),
  },
  {
    name: "batches",
    title: "Smaller batches, flatter minima",
    text:
      "Two runs from the same start: batches of 16, and the twin (dashed) with all samples. The sharpness " +
      "of the twin reaches 2/η, and the sharpness of the batches, MiniBS, comes close to it. The whole loss " +
      "(FullBS) ends up flatter with small batches.",
    state: { ...from(DIGITS), twin: { at: 0, intervene: ["at=0 batch=full"] } },
  },
  {
    name: "raise",
    title: "Raise the learning rate",
    text:
      "At step 1,500 η doubles and the threshold 2/η falls to half. The sharpness is now far too large: " +
      "the loss jumps, and the network moves to where it is flatter.",
    state: from({ ...DIGITS, lr: 0.1, intervene: ["at=1500 lr=0.2"], steps: 3000 }),
  },
  {
    name: "noise",
    title: "Noise is not enough",
    text:
      "Batches of 16, and the twin (dashed) with exact gradients and Gaussian noise of the same size " +
      "but without directions. It is not the amount of noise that flattens: the twin ends up sharper.",
    state: {
      ...from(DIGITS),
      twin: { at: 0, intervene: ["at=0 noise=isotropic,covariance=drawn"] },
    },
  },
  {
    name: "toy",
    title: "Appendix F by hand",
    text:
      "Two inputs, four weights, f(x) = Σ aₖbₖxₖ: here every number can be computed by hand. Make " +
      "single steps and compare the measurements with the formulas.",
    byHand: true,
    state: from({
      data: "two-point",
      model: "diagonal-linear",
      "init-scale": 1,
      loss: "mse",
      lr: 0.2,
      batch: 1,
      steps: 200,
      optimizer: "sgd",
      seed: 0,
      measure: ["fullbs", "minibs", "batch-sharpness", "alignment", "loss"],
      every: 1,
      tolerance: 0.02,
      top: 2,
      "max-batches": 32,
    }),
  },
  {
    name: "spirals",
    title: "Two spirals",
    text: "A problem in the plane: the map shows what the network decides while its sharpness climbs to 2/η.",
    state: from({
      ...DIGITS,
      data: "spirals",
      samples: 200,
      width: [32, 32],
      activation: "tanh",
      init: "lecun-normal",
      "init-scale": 1,
      lr: 0.1,
      batch: 32,
      steps: 6000,
      every: 100,
    }),
  },
];

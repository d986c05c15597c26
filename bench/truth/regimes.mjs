/** The trainings that every quantity is checked on: small enough for dense matrices in float64. */
const common = {
  data: "digits",
  samples: 10,
  width: [5],
  batch: 2,
  "init-scale": 0.3,
  every: 16,
  steps: 64,
  tolerance: 0.05,
  "max-batches": 48,
  top: 3,
  backend: "wasm",
  workers: 1,
};

export const REGIMES = {
  "full batch, ReLU, squared error": { lr: 0.03, batch: 10, steps: 200, every: 50 },
  "small batches, ReLU, squared error": { lr: 0.02, steps: 200, every: 50, seed: 1 },
  "small batches, tanh, cross-entropy": { lr: 0.3, loss: "ce", activation: "tanh", seed: 2 },
  "full batch, ReLU, cross-entropy, late": {
    lr: 0.5,
    loss: "ce",
    batch: 10,
    steps: 800,
    every: 200,
    seed: 3,
  },
  "heavy ball, tanh": {
    lr: 0.005,
    activation: "tanh",
    optimizer: "heavy-ball momentum=0.9",
    seed: 4,
  },
  "Adam, tanh": { lr: 0.01, activation: "tanh", optimizer: "adam", seed: 5 },
  "large η, ReLU": { lr: 0.1, seed: 6 },
  "deep, ReLU": { lr: 0.03, width: [6, 6, 6], "init-scale": 0.6, seed: 7 },
  "convolutions, ReLU": {
    lr: 0.02,
    model: "cnn",
    width: undefined,
    "model-options": { channels: [2, 2, 4], width: 6, padding: "same" },
    "init-scale": 0.4,
    steps: 200,
    every: 50,
    seed: 8,
  },
  "dead ReLUs, squared error": { lr: 0.3, seed: 9, "init-scale": 0.6 },
};

/** The settings of a regime, with every quantity measured. */
export function settingsOf(regime, measure) {
  const all = { ...common, ...REGIMES[regime], measure };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

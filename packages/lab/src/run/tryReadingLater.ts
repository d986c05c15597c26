import { disposeTree, type ParameterTree } from "@eoss/hvp";
import { readsLater } from "@eoss/hvp/internal";
import { stream } from "@eoss/rng";
import { ConfigError, GraphicsCardError, type Plugins, type RunInputs, Trainer } from "@eoss/run";
import { disposeState, optimizerByName, type Params, type TrainingPlan } from "@eoss/sgd";
import { add, tensor2d, tidy } from "@tensorflow/tfjs-core";

/**
 * On a backend whose numbers come only later: looks whether the run asks for none at once, by trying. Each
 * optimizer of the plan makes a step of a matrix, and the training its first one, which also shows whether its
 * tensors fit into the memory of the device.
 *
 * @throws ConfigError naming the setting that does not go; what the step throws
 */
export async function tryReadingLater(inputs: RunInputs): Promise<void> {
  if (!readsLater()) return;
  const { plan, plugins, backend } = inputs;
  for (const { optimizer, noise } of [plan, ...(plan.interventions ?? [])]) {
    if (noise !== undefined && noise !== "none") await tryNoise(noise, inputs);
    if (optimizer !== undefined) tryOptimizer(optimizer, backend, plugins?.optimizers);
  }
  const trainer = new Trainer(inputs);
  try {
    await trainer.update();
  } finally {
    trainer.dispose();
  }
}

/** By a step of plain SGD from the initialisation, of all samples. */
async function tryNoise(noise: string, inputs: RunInputs): Promise<void> {
  const { plan, backend } = inputs;
  const plain = { ...plan, optimizer: "sgd", noise, interventions: [] };
  const trainer = new Trainer({ ...inputs, plan: plain });
  try {
    await trainer.update();
  } catch (cause) {
    if (cause instanceof GraphicsCardError) throw cause;
    throw new ConfigError(
      `noise is ${noise}, which the ${backend} backend cannot do: ${(cause as Error).message}`,
      { cause },
    );
  } finally {
    trainer.dispose();
  }
}

/** Larger than what a device may leave to the processor, where numbers are at hand. */
const ROWS = 40;

function tryOptimizer(
  setting: NonNullable<TrainingPlan["optimizer"]>,
  backend: string,
  own: Plugins["optimizers"],
): void {
  const { name, ...options } = typeof setting === "string" ? { name: setting } : setting;
  const matrix = () =>
    tidy(() => add(tensor2d(stream(0, "trial").normals(ROWS * ROWS), [ROWS, ROWS]), 1));
  const gradient: Params = { matrix: matrix() };
  const rule = optimizerByName(name, own);
  const given = { ...options, learningRate: 0.1 };
  let state = rule.init({ matrix: matrix() });
  try {
    // The second step may look at what the first left.
    for (let step = 0; step < 2; step++) {
      const ahead = rule.lookAhead(gradient, state, given);
      if (ahead) disposeTree(ahead as ParameterTree);
      state = rule.step(gradient, state, given);
    }
  } catch (cause) {
    const words = Object.entries(options).map(([option, value]) => `${option}=${value}`);
    throw new ConfigError(
      `optimizer is ${[name, ...words].join(" ")}, which the ${backend} backend cannot do: ${(cause as Error).message}`,
      { cause },
    );
  } finally {
    disposeState(state);
    disposeTree(gradient as ParameterTree);
  }
}

import type { Dataset } from "@eoss/data";
import { type Model, models } from "@eoss/models";
import { checkBuild, checkModel } from "@eoss/models/testing";
import { batchTensors, networkTask } from "@eoss/run/internal";
import { dispose } from "@tensorflow/tfjs-core";
import { type BuildSettings, modelBuilder } from "./buildModel.js";

/** Samples of the first look: more than a model may be written to look at one by one, ... */
const SAMPLES = 64;
/** ... and no more than a pass through a large network takes in a moment. */
const MOST = 512;

/**
 * `buildModel`, and a look at somebody else's network on the first samples of the data: whether it keeps
 * the contract that makes its curvature what is reported. The backend must have been loaded.
 *
 * @param settings with the batch size, if there is one: a coupling may begin in large batches
 * @throws ModelContractError naming the rule that is broken; ModelContractError, ConfigError as `buildModel`
 */
export async function checkedModel(
  settings: BuildSettings & { readonly batch?: number | "full" },
  dataset: Dataset,
): Promise<Model> {
  const build = await modelBuilder(settings, networkTask(dataset));
  if (Object.hasOwn(models, settings.model)) return build();
  const model = checkBuild(settings.model, build);
  const { batch = 0 } = settings;
  const wanted = Math.min(MOST, Math.max(SAMPLES, batch === "full" ? MOST : batch));
  const { x, y } = batchTensors(
    dataset,
    Int32Array.from({ length: Math.min(wanted, dataset.samples) }, (_, index) => index),
  );
  try {
    checkModel(model, x, y.shape);
  } finally {
    dispose([x, y]);
  }
  return model;
}

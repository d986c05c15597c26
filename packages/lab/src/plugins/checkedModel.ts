import type { Dataset } from "@eoss/data";
import { type Model, models } from "@eoss/models";
import { checkModel } from "@eoss/models/testing";
import type { ModelSettings } from "@eoss/run";
import { batchTensors, networkTask } from "@eoss/run/internal";
import { dispose } from "@tensorflow/tfjs-core";
import { buildModel } from "./buildModel.js";

/** More samples than a model of somebody else may be written to look at one by one. */
const SAMPLES = 64;

/**
 * `buildModel`, and a look at somebody else's network on the first samples of the data: whether it keeps
 * the contract that makes its curvature what is reported. The backend must have been loaded.
 *
 * @throws ModelContractError naming the rule that is broken; ModelContractError, ConfigError as `buildModel`
 */
export async function checkedModel(settings: ModelSettings, dataset: Dataset): Promise<Model> {
  const model = await buildModel(settings, networkTask(dataset));
  if (Object.hasOwn(models, settings.model)) return model;
  const samples = Math.min(SAMPLES, dataset.samples);
  const { x, y } = batchTensors(
    dataset,
    Int32Array.from({ length: samples }, (_, index) => index),
  );
  try {
    checkModel(model, x);
  } finally {
    dispose([x, y]);
  }
  return model;
}

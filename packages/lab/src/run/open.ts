import { checkAugmentation, type Dataset, withLabelNoise } from "@eoss/data";
import {
  type BackendName,
  type NamedTensors,
  planOf,
  type RunInputs,
  type TrainConfig,
} from "@eoss/run";
import {
  augmentationText,
  augmentSetting,
  checkLikelihood,
  checkTargets,
  lossSetting,
  measuredNames,
  networkTask,
  seedOf,
} from "@eoss/run/internal";
import type { TrainingPlan } from "@eoss/sgd";
import { type Quantity, resolveQuantity } from "@eoss/sharpness";
import { checkAsked } from "@eoss/sharpness/internal";
import { checkInitial } from "../folder/initial.js";
import { loadBackend, withNumbersAtOnce } from "../machine/backend.js";
import { checkRunningCardHolds } from "../machine/webgpu.js";
import { buildModel, findModel } from "../plugins/buildModel.js";
import { checkedModel } from "../plugins/checkedModel.js";
import { checkQuantities } from "../plugins/checkQuantities.js";
import { importFrom } from "../plugins/importFrom.js";
import { USUAL_LIMIT } from "../plugins/limited.js";
import { limitedQuantity } from "../plugins/limitedPlugins.js";
import { findDataset, openData } from "../plugins/openData.js";
import { checkTrainingPlugins, trainingPlugins } from "../plugins/trainingPlugins.js";
import { sharedDataset } from "../threads/shared.js";
import { workersOf } from "../threads/workersOf.js";
import { withAllFaults } from "./allFaults.js";
import { checkDataSeed } from "./checkDataSeed.js";
import { tryReadingLater } from "./tryReadingLater.js";

/** More samples than any data set has. */
const MANY = 2 ** 40;

/** What the inputs of a run are opened from, as far as threads can send it to each other. */
export type SharedInputs = Pick<
  RunInputs,
  "config" | "dataset" | "heldOut" | "initial" | "backend" | "workers"
>;

/**
 * Loads what a run trains on and measures: backend, data, network, plan and quantities.
 *
 * @param backend the name of a backend
 * @param initial parameters to begin with, where they are not drawn
 * @throws ConfigError, DatasetError, ModelContractError, QuantityContractError, OptimizerContractError,
 *   NoiseContractError if the settings do
 *   not fit together
 */
export async function openInputs(
  config: TrainConfig,
  backend: BackendName = config.backend,
  initial?: NamedTensors,
): Promise<RunInputs> {
  const { samples } = config;
  const loading = trainingPlugins(config);
  const [plugins, quantities] = await withAllFaults([
    loading,
    // What is measured does not depend on the number of samples, which only the data says.
    loading.then((found) => quantitiesOf(config, planOf(config, samples ?? MANY, found))),
    findDataset(config.data),
    findModel(config.model),
  ]);
  const needsTest = quantities.some(({ over }) => over === "held-out");
  const data = await openData(config, needsTest ? ["train", "test"] : ["train"]);
  const dataset = disturbed(data.split({ samples }), config);
  const plan = planOf(config, dataset.samples, plugins);
  checkDataSeed(config, data, dataset.samples);
  const loss = lossSetting(config.loss, plugins.losses);
  checkTargets(dataset, loss.kind, measuredNames(config, plan));
  checkLikelihood(loss, measuredNames(config, plan));
  const heldOut = needsTest ? data.split({ samples, split: "test" }) : undefined;
  const running = await loadBackend(backend);
  const workers = workersOf(config, running);
  const model = await withNumbersAtOnce(running, () => {
    checkTrainingPlugins(config, plan, plugins, dataset.samples);
    return checkedModel(config, dataset);
  });
  checkRunningCardHolds(model.parameterCount);
  if (initial) checkInitial(initial, model);
  const inputs: RunInputs = {
    config,
    dataset: workers > 1 ? sharedDataset(dataset) : dataset,
    model,
    plan,
    plugins,
    heldOut: heldOut && workers > 1 ? sharedDataset(heldOut) : heldOut,
    quantities,
    initial,
    backend: running,
    workers,
  };
  await withNumbersAtOnce(running, () => checkQuantities(inputs));
  await tryReadingLater(inputs);
  return inputs;
}

/** The inputs of another thread, in this one. */
export async function openShared({
  config,
  dataset,
  heldOut,
  initial,
  backend,
  workers,
}: SharedInputs): Promise<RunInputs> {
  const plugins = await trainingPlugins(config);
  const plan = planOf(config, dataset.samples, plugins);
  const quantities = await quantitiesOf(config, plan);
  await loadBackend(backend as BackendName);
  const model = await buildModel(config, networkTask(dataset));
  return { config, dataset, model, plan, plugins, heldOut, quantities, initial, backend, workers };
}

/** With the noise of its labels, and with a note of what the steps make of the samples. */
function disturbed(dataset: Dataset, config: TrainConfig): Dataset {
  const noise = config["label-noise"];
  const noisy =
    noise === undefined ? dataset : withLabelNoise(dataset, noise, seedOf(config, "data"));
  const augmentation = augmentSetting(config.augment);
  if (augmentation === undefined) return noisy;
  checkAugmentation(noisy, augmentation);
  return { ...noisy, notes: [...(noisy.notes ?? []), augmentationText(augmentation)] };
}

async function quantitiesOf(config: TrainConfig, plan: TrainingPlan): Promise<Quantity[]> {
  const importModule = importFrom(process.cwd());
  const limit = config["plugin-limit"] ?? USUAL_LIMIT;
  const quantities = await Promise.all(
    measuredNames(config, plan).map(async (name) =>
      limitedQuantity(name, await resolveQuantity(name, { importModule }), limit),
    ),
  );
  checkAsked(quantities);
  return quantities;
}

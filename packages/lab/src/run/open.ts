import { loadDataset } from "@eoss/data/node";
import { loadBackend } from "../backend.js";
import { buildModel } from "../buildModel.js";
import type { TrainConfig } from "../config.js";
import { planOf } from "../plan.js";
import type { Task } from "./trainer.js";

/**
 * Loads what a run trains on: backend, data, network and plan.
 *
 * @param backend the name of a backend
 * @throws ConfigError, DatasetError, ModelContractError if the settings do not fit together
 */
export async function openTask(
  config: TrainConfig,
  backend: string = config.backend,
): Promise<Task & { readonly backend: string }> {
  const dataset = await loadDataset(config.data, {
    samples: config.samples,
    dataDir: config["data-dir"],
  });
  const plan = planOf(config, dataset.size);
  const running = await loadBackend(backend as TrainConfig["backend"]);
  const model = await buildModel(config, dataset);
  return { config, dataset, model, plan, backend: running };
}

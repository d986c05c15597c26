import { modelByName } from "@eoss/models";
import { modelFromSettings, planOf, type RunInputs } from "@eoss/run";
import { measuredNames } from "@eoss/run/internal";
import { quantityByName } from "@eoss/sharpness";
import { datasetOf } from "./dataset.js";
import { configOf, type PlaygroundState } from "./state.js";

/**
 * What a run trains, from the state of the page.
 *
 * @throws ConfigError, DatasetError, RangeError saying which setting does not fit, and what would
 */
export function inputsOf(state: PlaygroundState): RunInputs {
  const config = configOf(state);
  const dataset = datasetOf(state);
  const plan = planOf(config, dataset.samples);
  return {
    config,
    dataset,
    model: modelFromSettings(modelByName(config.model), config, dataset),
    plan,
    quantities: measuredNames(config, plan).map(quantityByName),
    backend: state.backend,
    workers: 1,
  };
}

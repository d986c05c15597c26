import { join } from "node:path";
import type { ParameterSpec } from "@eoss/models";
import { callback, checkTypedOptions, needed, type OptionDomains, text } from "@eoss/rng/internal";
import { manifestOf, type NamedTensors, type RunManifest, type TrainConfig } from "@eoss/run";
import { makeFolder, writeWhole } from "../folder/durable.js";
import { withFingerprints } from "../folder/fingerprints.js";
import { checkInitial, writeInitial } from "../folder/initial.js";
import { refuseRun } from "../folder/store.js";
import { absolutePaths } from "../plugins/paths.js";
import { versions } from "../version.js";
import { openInputs } from "./open.js";

/** What given parameters have to fit. */
export interface Network {
  readonly name: string;
  readonly parameters: readonly ParameterSpec[];
  /** Of one input; of images height, width, channels. */
  readonly inputShape: readonly number[];
}

/** Parameters for a network under its own names and in its own shapes. */
export interface GivenParameters {
  readonly tensors: NamedTensors;
  /** What became of each tensor that they were made from. */
  readonly mapping: readonly string[];
}

export interface BeginOptions {
  /** Folder of the run; must not hold one yet. */
  readonly out: string;
  /** Where the parameters come from, for `run.json`. */
  readonly source: string;
  readonly parametersFor: (network: Network) => GivenParameters;
}

const BEGIN_OPTIONS: OptionDomains<BeginOptions> = {
  ...{ out: needed(text), source: needed(text), parametersFor: needed(callback) },
};

/**
 * Begins a run from given parameters and leaves it at step 0: `resume` trains, `measureAt` measures.
 * It has all guarantees of other runs, with the parameters in the place of the seed's draw.
 *
 * @throws ConfigError, DatasetError as `train`, and what `parametersFor` throws
 */
export async function begin(config: TrainConfig, options: BeginOptions): Promise<RunManifest> {
  checkTypedOptions("begin", options, BEGIN_OPTIONS);
  const { out, source, parametersFor } = options;
  refuseRun(out);
  const inputs = await openInputs(absolutePaths(config, process.cwd()));
  const { name, parameters } = inputs.model;
  const { tensors, mapping } = parametersFor({
    name,
    parameters,
    inputShape: inputs.dataset.inputShape,
  });
  checkInitial(tensors, inputs.model);
  makeFolder(out);
  const initial = { source, mapping, sha256: writeInitial(out, tensors) };
  const own = manifestOf(inputs, versions, undefined, initial);
  const manifest = await withFingerprints(out, own, { ...inputs, initial: tensors });
  writeWhole(join(out, "run.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

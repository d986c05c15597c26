import { datasetNames } from "@eoss/data";
import { lossKinds } from "@eoss/hvp";
import { activationNames, initializations, models } from "@eoss/models";
import { noises } from "@eoss/noise";
import { isForeign } from "@eoss/rng/internal";
import { optimizers } from "@eoss/sgd";
import { defaultQuantities, quantities } from "@eoss/sharpness";
import { CERTIFY, MIN_BATCHES } from "@eoss/sharpness/internal";
import { z } from "zod";
import { plateauRule } from "../training/plateauWatch.js";
import { augmentSetting } from "./augmentSetting.js";
import { backendNames } from "./backendNames.js";
import {
  checkInterventions,
  checkLoss,
  checkNoise,
  checkOptimizer,
  checkSampler,
  checkSchedules,
} from "./checkTexts.js";
import {
  checked,
  choice,
  count,
  type Field,
  field,
  isRecord,
  optional,
  positive,
  type Settings,
  suggesting,
  texts,
  withDefault,
} from "./field.js";
import { parseSettings } from "./parseSettings.js";
import { RHYTHM_ALLOWED, rhythmsOf, USUAL_STEPS } from "./rhythm.js";

const keys = <K extends string>(record: Readonly<Record<K, unknown>>) =>
  Object.keys(record) as [K, ...K[]];

/** How settings can have batches drawn; the others need more than a text, or are what --batch full means. */
const SAMPLERS = ["shuffled-epochs", "independent", "with-replacement"];

/** The settings of a training run. This table is the flags, the config file and their help. */
export const trainFields = {
  data: suggesting(
    field(
      z.string().min(1),
      "NAME|FILE",
      `data set: ${datasetNames.join(", ")}, a file or folder of samples (data.npz, ./images/), ` +
        "./file.js, package or package#export",
      "a built-in name, a file or folder of samples, a file of code that begins with ./, or an installed " +
        "package",
    ),
    datasetNames,
  ),
  "data-dir": optional(field(z.string().min(1), "DIR", "folder of the data files", "a path")),
  "data-options": optional(
    field(
      z.custom<Readonly<Record<string, unknown>>>(isRecord),
      "K: V",
      "options of the data set, as YAML: see --help-data NAME",
      'options by name, such as "label: target, test: 0.2"',
    ),
  ),
  samples: optional(count("use the first N of a fixed, class-balanced order (default: all)")),
  "label-noise": optional(
    field(
      z.number().gt(0).max(1),
      "SHARE",
      "share of the training labels that are replaced for good by another class, drawn with --data-seed",
      "a number above 0, at most 1",
    ),
  ),
  augment: optional(
    checked(
      field(
        z.string().min(1),
        "WORDS",
        'what each step makes of its samples, drawn with --order-seed, e.g. "flip crop=4", "labels=0.1": flips, ' +
          "shifts by pixels, replaced labels; measurements see the samples as they are",
        "some of flip, crop=PIXELS, labels=SHARE",
      ),
      augmentSetting,
    ),
  ),
  model: withDefault(
    suggesting(
      field(
        z.string().min(1),
        "NAME",
        `network: ${keys(models).join(", ")}, ./file.js, package or package#export`,
        "a built-in name, a file that begins with ./, or an installed package",
      ),
      keys(models),
    ),
    "mlp",
  ),
  "model-options": optional(
    field(
      // A record of zod's drops the key __proto__ in silence.
      z.custom<Readonly<Record<string, unknown>>>(isRecord),
      "K: V",
      "more options of the network, as YAML: see --help-model NAME",
      'options by name, such as "norm: batch, width: 16"',
    ),
  ),
  width: optional(
    field(
      z.array(z.int().min(1)).min(1),
      "N,N",
      "widths of the hidden layers (default: 512,512)",
      "integers from 1 up, separated by commas",
      true,
    ),
  ),
  activation: optional(choice(activationNames, "activation function (default: relu)")),
  init: optional(
    choice(
      keys(initializations),
      "initialisation (default: the network's own, kaiming-normal for most)",
    ),
  ),
  "init-scale": withDefault(
    positive("factor on every initial weight; the paper uses 0.2 to 0.3", "S"),
    0.2,
  ),
  loss: withDefault(
    checked(
      suggesting(
        field(
          z.string().min(1),
          "LOSS",
          `loss with its options, e.g. "huber delta=0.5": ${keys(lossKinds).join(", ")}, ./file.js, package#export`,
          `a name (${keys(lossKinds).join(", ")}, ./file.js, package#export) and options as name=value`,
        ),
        keys(lossKinds),
      ),
      checkLoss,
    ),
    "mse",
  ),
  lr: positive("learning rate η", "X"),
  batch: field(
    z.union([z.int().min(1), z.literal("full")]),
    "N|full",
    "batch size b; full is gradient descent",
    'an integer from 1 up, or "full"',
  ),
  steps: count("parameter updates to make"),
  optimizer: withDefault(
    checked(
      suggesting(
        field(
          z.string().min(1),
          "RULE",
          `update rule with its options, e.g. "heavy-ball momentum=0.9": ${keys(optimizers).join(", ")}, ./file.js, package#export`,
          `a name (${keys(optimizers).join(", ")}, ./file.js, package#export) and options as name=value`,
        ),
        keys(optimizers),
      ),
      checkOptimizer,
    ),
    "sgd",
  ),
  noise: optional(
    checked(
      suggesting(
        field(
          z.string().min(1),
          "NOISE",
          "full-batch gradients with noise like that of batches of size b, e.g. directional, " +
            `"isotropic covariance=drawn": ${keys(noises).join(", ")}, ./file.js, package#export`,
          `a name (${keys(noises).join(", ")}, ./file.js, package#export) and options as name=value`,
        ),
        keys(noises),
      ),
      checkNoise,
    ),
  ),
  sampler: withDefault(
    checked(
      suggesting(
        field(
          z.string().min(1),
          "SAMPLER",
          `how batches are drawn, e.g. "shuffled-epochs last-batch=keep": ${SAMPLERS.join(", ")}, ./file.js, package#export`,
          `a name (${SAMPLERS.join(", ")}, ./file.js, package#export) and options as name=value`,
        ),
        SAMPLERS,
      ),
      checkSampler,
    ),
    "shuffled-epochs",
  ),
  schedule: texts(
    "WORDS",
    'schedule of η or b, e.g. "lr=cosine to=0.001 steps=4000", "lr=warm-up from=0 steps=100", ' +
      '"batch=steps at=2000:64,4000:256", "lr=./schedule.js"; can be repeated',
    'a list of texts such as "lr=cosine to=0.001 steps=4000"',
    checkSchedules,
  ),
  intervene: texts(
    "WORDS",
    'a change during the run, e.g. "at=4000 lr=0.005", "at=plateau batch=64", ' +
      '"at=2000 optimizer=heavy-ball momentum=0.9"; can be repeated',
    'a list of texts such as "at=4000 lr=0.005"',
    checkInterventions,
  ),
  plateau: withDefault(
    checked(
      field(
        z.string(),
        "WORDS",
        'the test for "at=plateau", e.g. "quantity=batch-sharpness window=12 after=any"',
        "options such as quantity=minibs window=10",
      ),
      plateauRule,
    ),
    "quantity=minibs",
  ),
  seed: withDefault(count("seed of all random streams but that of the data", "S", 0), 0),
  "init-seed": optional(count("seed of the initial parameters (default: --seed)", "S", 0)),
  "order-seed": optional(
    count(
      "seed of the batches, the noise and the augmentation of the steps (default: --seed)",
      "S",
      0,
    ),
  ),
  "data-seed": optional(
    count(
      "seed of what is drawn of the data: the samples of --samples and of a share for the test, label " +
        "noise, data that are made (default: 0, whatever --seed is)",
      "S",
      0,
    ),
  ),
  "measure-seed": optional(
    count("seed of the batches and vectors of measurements (default: --seed)", "S", 0),
  ),
  "stop-loss": optional(positive("stop when the measured training loss falls to this", "L")),
  "stop-accuracy": optional(
    field(
      z.number().gt(0).max(1),
      "A",
      "stop when the measured training accuracy reaches this",
      "a number above 0, at most 1",
    ),
  ),
  "stop-plateau": optional(
    checked(
      field(
        z.string(),
        "WORDS",
        "stop when a measured quantity has risen and is level, with the same test and options as plateau, " +
          'e.g. "quantity=batch-sharpness window=12"; not before the last change of --intervene',
        "options such as quantity=batch-sharpness window=10",
      ),
      (text) => plateauRule(text, "stop-plateau"),
    ),
  ),
  "time-limit": optional(
    field(
      z.union([z.number().positive(), z.string().regex(/^\d+(\.\d+)?[smh]$/)]),
      "TIME",
      "end this session after this time, e.g. 90s, 30m, 2h; the run can be resumed",
      "seconds, or a number with s, m or h",
    ),
  ),
  "plugin-limit": optional(
    field(
      z.union([z.number().positive(), z.string().regex(/^\d+(\.\d+)?[smh]$/)]),
      "TIME",
      "give up a network, quantity or data set of your own whose call takes longer (default: 30m)",
      "seconds, or a number with s, m or h",
    ),
  ),
  "checkpoint-every": withDefault(
    count("write a checkpoint every K steps, and at the end; 0: only at the end", "K", 0),
    1000,
  ),
  keep: withDefault(
    field(
      z.union([z.int().min(1), z.literal("all")]),
      "N|all",
      "newest checkpoints to keep",
      'an integer from 1 up, or "all"',
    ),
    2,
  ),
  measure: withDefault(
    suggesting(
      field(
        z.array(z.string().refine((name) => isQuantity(name))),
        "NAMES",
        "quantities, separated by commas, each a name, ./file.js, package or package#export; eoss quantities " +
          "describes them",
        "names of eoss quantities, ./file.js, package#export, separated by commas",
        true,
      ),
      keys(quantities),
    ),
    [...defaultQuantities],
  ),
  every: withDefault(
    checked(
      field(
        z.union([z.int().min(1), z.string().min(1)]),
        "K",
        "measure every K steps, at interventions, and at the end; 200,3000:50: every 200, from step 3000 on " +
          "every 50; log: at steps with equal ratios, 10 to a decade (log:20 for 20); " +
          '"500 loss=10 fullbs=log:20": quantities with steps of their own',
        RHYTHM_ALLOWED,
      ),
      rhythmsOf,
    ),
    USUAL_STEPS,
  ),
  budget: optional(
    field(
      z.union([z.number().gt(0).lt(1), z.string().regex(/^[1-9]\d?%$/)]),
      "SHARE",
      "share of the time that measuring may take, e.g. 20%; --every is then the smallest spacing " +
        "far from the threshold",
      "a percentage such as 20%, or a number between 0 and 1",
    ),
  ),
  tolerance: withDefault(
    field(
      z.number().gt(0).lt(1),
      "T",
      "relative error at which a measurement is good enough",
      "a number between 0 and 1",
    ),
    0.02,
  ),
  certify: withDefault(
    choice(
      CERTIFY,
      "which top eigenvalues are certified, with a known probability of error: auto: all except those " +
        "of batches of dense layers, which need a quarter of the products; off: none (cheaper); the " +
        "last measurement is always certified",
    ),
    "auto",
  ),
  top: withDefault(count("eigenvalues of the full-batch matrices to measure"), 1),
  "per-layer": withDefault(
    {
      ...field(
        z.boolean(),
        "",
        "also measure the eigenvalues of each parameter tensor's block",
        "true, false",
      ),
      toggle: true,
    },
    false,
  ),
  "max-batches": withDefault(count("batches that one mean may use", "M", MIN_BATCHES), 256),
  backend: withDefault(
    choice(
      backendNames,
      "where tensors are computed; auto takes wasm; eoss doctor lists the backends",
    ),
    "auto",
  ),
  workers: withDefault(
    field(
      z.union([z.int().min(1), z.literal("auto")]),
      "N|auto",
      "threads that measure (same numbers for any count); auto: one for each core with wasm and " +
        "cpu, else 1",
      'an integer from 1 up, or "auto"',
    ),
    "auto",
  ),
} satisfies Record<string, Field>;

/** The settings that a check of derivatives shares with training. */
export const verifyFields = (({
  data,
  "data-dir": dataDir,
  "data-options": dataOptions,
  model,
  "model-options": modelOptions,
  width,
  activation,
  init,
  "init-scale": scale,
  loss,
  seed,
  "init-seed": initSeed,
  "data-seed": dataSeed,
  backend,
}) => ({
  data: withDefault(data, "digits"),
  "data-dir": dataDir,
  "data-options": dataOptions,
  samples: withDefault(count("samples of the batch; few, to avoid kinks"), 16),
  model,
  "model-options": modelOptions,
  width,
  activation,
  init,
  "init-scale": withDefault({ ...scale, schema: scale.schema.unwrap() }, 1),
  loss,
  seed,
  "init-seed": initSeed,
  "data-seed": dataSeed,
  backend,
}))(trainFields);

export type TrainConfig = Settings<typeof trainFields>;
export type VerifyConfig = Settings<typeof verifyFields>;

/** The settings of a training run. @throws ConfigError as `parseSettings` */
export function parseTrainConfig(
  raw: Readonly<Record<string, unknown>>,
  nameOf?: (key: string) => string,
): TrainConfig {
  return parseSettings(trainFields, raw, nameOf);
}

/** A built-in name, or something to import; what it is, is seen when it is loaded. */
function isQuantity(name: string): boolean {
  return Object.hasOwn(quantities, name) || isForeign(name);
}

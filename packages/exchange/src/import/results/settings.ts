import { ConfigError } from "@eoss/run";
import type { PythonValue } from "./pythonArguments.js";

/** Settings of a run that its file may lack. */
export interface ResultsSettings {
  readonly data?: string | undefined;
  readonly model?: string | undefined;
  readonly lr?: number | undefined;
  readonly batch?: number | undefined;
  /** Of the training set. */
  readonly samples?: number | undefined;
  /** Of SGD; none without. */
  readonly momentum?: number | undefined;
}

/** What the run needs, the name in the file, and what is allowed. */
const NEEDED = {
  data: { argument: "dataset", allowed: "a name", isValid: isName },
  model: { argument: "model", allowed: "a name", isValid: isName },
  lr: { argument: "lr", allowed: "a number above 0", isValid: isPositive },
  batch: { argument: "batch", allowed: "a whole number above 0", isValid: isCount },
  samples: { argument: "num_data", allowed: "a whole number above 0", isValid: isCount },
} as const;

type Needed = keyof typeof NEEDED;

/** All settings of an imported run under the names that they have here. */
export interface ImportedSettings {
  readonly data: string;
  readonly model: string;
  readonly lr: number;
  readonly batch: number;
  readonly samples: number;
  readonly optimizer: { readonly name: string; readonly momentum?: number };
  /** Those that the file has besides. */
  readonly others: Readonly<Record<string, PythonValue>>;
}

/** Arguments that have a counterpart here. */
const OTHERS: Readonly<Record<string, string>> = {
  loss: "loss",
  steps: "steps",
  init_scale: "init-scale",
  init_seed: "seed",
  stop_loss: "stop-loss",
  gd_noise: "gd-noise",
};

/**
 * The settings of a run: what its file says, and where it is silent what is given.
 *
 * @throws ConfigError if one is missing, is not allowed, or is given against the file
 */
export function importedSettings(
  file: string,
  stated: Readonly<Record<string, PythonValue>>,
  given: ResultsSettings,
): ImportedSettings {
  const names = Object.keys(NEEDED) as Needed[];
  const missing = names.filter((name) => {
    const { argument } = NEEDED[name];
    return given[name] === undefined && (stated[argument] ?? null) === null;
  });
  if (missing.length > 0) {
    const flags = missing.map((name) => `--${name}`).join(", ");
    throw new ConfigError(`${file} does not give ${missing.join(", ")}: set ${flags}`);
  }
  const setting = (name: Needed) => {
    const { argument, allowed, isValid } = NEEDED[name];
    const value = agreed(file, name, stated[argument], given[name]);
    if (isValid(value)) return value;
    throw new ConfigError(`${file}: ${name} is ${JSON.stringify(value)}; allowed: ${allowed}`);
  };
  const settings = Object.fromEntries(names.map((name) => [name, setting(name)])) as {
    data: string;
    model: string;
    lr: number;
    batch: number;
    samples: number;
  };
  if (settings.batch > settings.samples) {
    throw new ConfigError(
      `${file}: batch is ${settings.batch}, but there are ${settings.samples} samples`,
    );
  }
  const others = Object.entries(OTHERS).flatMap(([argument, name]) =>
    (stated[argument] ?? null) === null ? [] : [[name, stated[argument]!] as const],
  );
  return {
    ...settings,
    optimizer: optimizerOf(file, stated, given),
    others: Object.fromEntries(others),
  };
}

function optimizerOf(
  file: string,
  stated: Readonly<Record<string, PythonValue>>,
  given: ResultsSettings,
): ImportedSettings["optimizer"] {
  if (stated.adam === true) return { name: "adam" };
  const momentum = agreed(file, "momentum", stated.momentum, given.momentum) ?? 0;
  if (typeof momentum !== "number" || !(momentum >= 0 && momentum < 1)) {
    throw new ConfigError(
      `${file}: momentum is ${JSON.stringify(momentum)}; allowed: from 0 to below 1`,
    );
  }
  return momentum === 0 ? { name: "sgd" } : { name: "heavy-ball", momentum };
}

function agreed(
  file: string,
  name: keyof ResultsSettings,
  stated: PythonValue | undefined,
  given: string | number | undefined,
): unknown {
  if (given === undefined) return stated;
  if ((stated ?? null) === null || stated === given) return given;
  throw new ConfigError(
    `${file} says ${name} ${JSON.stringify(stated)}, and --${name} says ${JSON.stringify(given)}: ` +
      "leave it out where the file has it",
  );
}

function isName(value: unknown): boolean {
  // In terminals and figures a name is one line, and nothing but text.
  return typeof value === "string" && value !== "" && !/\p{Cc}/u.test(value);
}

function isPositive(value: unknown): boolean {
  return typeof value === "number" && value > 0 && Number.isFinite(value);
}

function isCount(value: unknown): boolean {
  return isPositive(value) && Number.isSafeInteger(value);
}

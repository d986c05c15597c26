/** Opens a data set by its name, file, folder or package. */

import { stream } from "@eoss/rng";
import {
  callback,
  checkOptions,
  checkTypedOptions,
  flag,
  type LoadPluginOptions,
  list,
  lookedAtLater,
  nonNegativeInteger,
  type OptionDomains,
  oneOf,
  optionNames,
  type PluginKind,
  record,
  resolvePlugin,
  text,
} from "@eoss/rng/internal";
import { z } from "zod";
import { assemble } from "./assemble.js";
import { checkLoaded } from "./check.js";
import { brokenRule, DatasetContractError } from "./contract.js";
import { type Dataset, DatasetError, type Split, type SplitOptions } from "./dataset.js";
import type { DatasetKind, LoadContext, LoadedData } from "./define.js";
import { fileDataset } from "./files/fileDataset.js";
import { dataSourceOf } from "./names.js";
import { datasets } from "./registry.js";
import { lostToRounding } from "./rounding.js";
import { difference, shareOfTest } from "./sameData.js";
import { constantsOf, standardised } from "./standardise.js";

const DATASET: PluginKind<DatasetKind> = {
  noun: "data set",
  nouns: "data sets",
  loader: "resolveDataset",
  howMade: "defineDataset({ name, description, options, load })",
  builtIn: datasets,
  brokenRule,
  Failure: DatasetContractError,
};

/**
 * The data set that `--data` names:
 *
 * - the name of a built-in one: `digits`;
 * - a file or folder of samples: `moons.npz`, `./images/`;
 * - a file of code: `./my-data.js`;
 * - a package: `their-package`, `@them/package/subpath`, either with `#export`.
 *
 * @throws DatasetContractError saying what could not be found, or which rule the module broke
 */
export async function resolveDataset(
  specifier: string,
  options: LoadPluginOptions = {},
): Promise<DatasetKind> {
  if (typeof specifier === "string" && dataSourceOf(specifier) === "files") {
    checkOptions("resolveDataset", options, ["importModule"], DatasetError);
    return fileDataset(specifier) as DatasetKind;
  }
  return resolvePlugin(DATASET, specifier, options, DatasetError);
}

export interface OpenOptions {
  /** The folder of the files, for a data set that is not embedded. */
  readonly dataDir?: string | undefined;
  /** Options of the data set, as `--data-options` has them. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** The splits that are needed; default: both. */
  readonly splits?: readonly Split[] | undefined;
  /** Of all that is drawn of the data: made numbers, samples taken and held out; default 0. */
  readonly seed?: number | undefined;
  /** Load it twice and compare: for code that was written elsewhere. */
  readonly twice?: boolean | undefined;
  /** The arrays that it loads are nobody else's, and may be changed: that saves memory. */
  readonly inPlace?: boolean | undefined;
}

const OPEN_OPTIONS: OptionDomains<OpenOptions> = {
  ...{ dataDir: text, options: record("of options of the data set"), seed: nonNegativeInteger },
  ...{ splits: list("of train, test", oneOf("train", "test")), twice: flag, inPlace: flag },
};

/** A data set in memory, raw, from which splits are made. */
export interface OpenDataset {
  readonly name: string;
  readonly loaded: LoadedData;
  /** Whether loading asked for its seed. */
  readonly drawn: boolean;
  /** @throws DatasetError as `assemble` */
  split(options?: Omit<SplitOptions, "seed">): Dataset;
}

/**
 * Loads a data set and checks what it gave.
 *
 * @throws DatasetError for an option that it does not have or that does not fit
 * @throws DatasetContractError if what it loads breaks the contract
 */
export async function openDataset(
  kind: DatasetKind,
  given: OpenOptions = {},
): Promise<OpenDataset> {
  checkTypedOptions("openDataset", given, OPEN_OPTIONS, DatasetError);
  const {
    dataDir,
    options = {},
    splits = ["train", "test"],
    seed = 0,
    twice = false,
    inPlace = false,
  } = given;
  const { name } = kind;
  const known = optionNames(kind.options) ?? Object.keys(options);
  checkOptions(`the data set ${name}`, options, known, DatasetError);
  const parsed = kind.options.safeParse(options);
  if (!parsed.success) {
    throw new DatasetError(`options of the data set ${name}: ${z.prettifyError(parsed.error)}`);
  }
  let drawn = false;
  const load = async () => {
    const context: LoadContext = {
      ...{ dataDir, splits },
      get seed() {
        drawn = true;
        return seed;
      },
      get random() {
        return stream(this.seed, `data/${name}`);
      },
    };
    const loaded: unknown = await kind.load(parsed.data, context);
    checkLoaded(name, loaded);
    return loaded;
  };
  const loaded = await load();
  if (twice) {
    const differs = difference(loaded, await load());
    if (differs !== undefined) {
      throw new DatasetContractError(
        `the data set ${name} breaks the contract of data sets: loaded twice, ${differs} differs; use the ` +
          "random stream that load is given, and return new arrays that nobody changes",
      );
    }
  }
  const isOurs = Object.values(datasets).includes(kind);
  const shared = isOurs ? 0 : shareOfTest(loaded);
  if (twice && shared > 0.5) {
    throw new DatasetContractError(
      `the data set ${name} breaks the contract of data sets: ${Math.round(100 * shared)} % of its test ` +
        "samples are training samples too",
    );
  }
  const notes = [
    ...(loaded.notes ?? []),
    ...lostToRounding(loaded),
    ...(shared === 0
      ? []
      : [`${(100 * shared).toPrecision(2)} % of the test samples are training samples too`]),
  ];
  const noted = notes.length === 0 ? loaded : { ...loaded, notes };
  const done = inPlace ? standardiseInPlace(noted) : undefined;
  const split: OpenDataset["split"] = (wanted = {}) => {
    checkOptions(`split of the data set ${name}`, wanted, ["samples", "split"], DatasetError);
    return assemble(name, noted, { ...wanted, seed }, done);
  };
  return { name, loaded: noted, drawn, split };
}

/** @returns the constants; undefined where the inputs need another array anyway */
function standardiseInPlace({ inputShape, standardise = "none", train, test }: LoadedData) {
  const both = test ? [train, test] : [train];
  if (!both.every(({ inputs }) => inputs instanceof Float32Array)) return undefined;
  const constants = constantsOf(train.inputs, inputShape, standardise);
  const size = inputShape.reduce((product, n) => product * n, 1);
  for (const { inputs } of both) {
    standardised(inputs, size, constants.preprocessing, undefined, inputs as Float32Array);
  }
  return constants;
}

export interface LoadOptions
  extends SplitOptions,
    Omit<OpenOptions, "splits" | "seed" | "twice" | "inPlace">,
    LoadPluginOptions {}

const LOAD_OPTIONS: OptionDomains<LoadOptions> = {
  ...{ samples: lookedAtLater, split: oneOf("train", "test"), seed: OPEN_OPTIONS.seed },
  ...{ dataDir: text, options: OPEN_OPTIONS.options, importModule: callback },
};

/**
 * A split of a data set by its name, file or package: `resolveDataset`, `openDataset` and `split`.
 *
 * @example
 * const train = await loadDataset("digits", { samples: 1536 });
 * const moons = await loadDataset("moons.npz", { options: { test: 0.2 }, split: "test" });
 *
 * @throws DatasetError, DatasetContractError as these do
 */
export async function loadDataset(specifier: string, given: LoadOptions = {}): Promise<Dataset> {
  checkTypedOptions("loadDataset", given, LOAD_OPTIONS, DatasetError);
  const { samples, split = "train", importModule, ...rest } = given;
  const kind = await resolveDataset(specifier, { importModule });
  const opened = await openDataset(kind, {
    ...rest,
    splits: ["train", split],
    inPlace: dataSourceOf(specifier) !== "code",
  });
  return opened.split({ samples, split });
}

/** What users can write themselves and what is built in of it: the table of kinds. */

import { datasets } from "@eoss/data/node";
import { loadLoss, lossKinds } from "@eoss/hvp";
import { describeOptions, models } from "@eoss/models";
import { loadNoise, noises } from "@eoss/noise";
import { nearest } from "@eoss/rng/internal";
import { ConfigError } from "@eoss/run";
import { withoutSetting } from "@eoss/run/internal";
import {
  loadOptimizer,
  loadSampler,
  loadSchedule,
  optimizers,
  samplers,
  schedules,
} from "@eoss/sgd";
import { quantities, resolveQuantity } from "@eoss/sharpness";
import { findModel } from "./buildModel.js";
import { importFrom } from "./importFrom.js";
import { findDataset } from "./openData.js";

/** An option of something: its default as JSON, or that it must be given. */
export interface DescribedOption {
  readonly name: string;
  /** Of its values: number, text, …; empty where that is not known. */
  readonly type: string;
  readonly default?: unknown;
  readonly required: boolean;
  readonly description: string;
}

export interface PluginDescription {
  readonly kind: string;
  readonly name: string;
  readonly description: string;
  readonly options: readonly DescribedOption[];
}

type Described = Omit<PluginDescription, "kind" | "name">;

interface Kind {
  /** The setting that names one. */
  readonly setting: string;
  /** What stands before the name in that setting. */
  readonly before?: string;
  /** Where options have a setting to themselves, as YAML; they stand behind the name where not. */
  readonly optionsSetting?: string;
  readonly builtIn: readonly string[];
  /** One that is built in, in a file or in a package. */
  describe(specifier: string): Promise<Described>;
}

interface WithDefaults {
  readonly description: string;
  readonly defaults: object;
}

const importModule = (source: string) => importFrom(process.cwd())(source);

/** The kinds of what users can write, by name. */
const KINDS: Readonly<Record<string, Kind>> = {
  data: {
    setting: "data",
    optionsSetting: "data-options",
    builtIn: Object.keys(datasets),
    describe: async (name) => byScheme(await findDataset(name)),
  },
  model: {
    setting: "model",
    optionsSetting: "model-options",
    builtIn: Object.keys(models),
    describe: async (name) => byScheme(await findModel(name)),
  },
  loss: byDefaults("loss", lossKinds, loadLoss),
  optimizer: byDefaults("optimizer", optimizers, loadOptimizer),
  noise: byDefaults("noise", noises, loadNoise),
  sampler: byDefaults("sampler", samplers, loadSampler),
  schedule: { ...byDefaults("schedule", schedules, loadSchedule), before: "lr=" },
  quantity: {
    setting: "measure",
    builtIn: Object.keys(quantities),
    async describe(name) {
      const { description } = await resolveQuantity(name, { importModule });
      return { description, options: [] };
    },
  },
};

/** The names of the kinds. */
export const pluginKinds: readonly string[] = Object.keys(KINDS);

/** The setting that names one of a kind. */
export function settingOf(kind: string): string {
  return kindOf(kind).setting;
}

/**
 * How one of a kind is asked for on the command line: `--schedule lr=cosine`, and with some options
 * `--optimizer "sam rho=0.1"` or `--model-options "width: 16"`.
 */
export function usageOf(
  kind: string,
  name: string,
  options: Readonly<Record<string, unknown>> = {},
): string {
  const { setting, before = "", optionsSetting } = kindOf(kind);
  const named = before + name;
  const all = Object.entries(options).map(
    ([option, value]) => [option, valueText(kind, value)] as const,
  );
  if (all.length === 0) return `--${setting} ${named}`;
  if (optionsSetting === undefined) {
    return `--${setting} "${[named, ...all.map((pair) => pair.join("="))].join(" ")}"`;
  }
  return `--${optionsSetting} "${all.map((pair) => pair.join(": ")).join(", ")}"`;
}

/** A value of an option of a kind as one would type it; what is not known is left open. */
export function valueText(kind: string, value: unknown): string {
  if (value === undefined) return "…";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && kindOf(kind).optionsSetting === undefined) return value.join(":");
  return JSON.stringify(value);
}

/**
 * Describes what settings can name.
 *
 * @param kind one of `pluginKinds`; left out: all of them
 * @param names built in, files or packages; left out: all that are built in
 * @throws ConfigError for a kind that is none; the error of its kind if a name is none
 */
export async function describePlugins(
  kind?: string,
  names: readonly string[] = [],
): Promise<PluginDescription[]> {
  const kinds = kind === undefined ? pluginKinds : [kind];
  const all = kinds.flatMap((one) => {
    const { builtIn, describe } = kindOf(one);
    const wanted = names.length > 0 ? names : builtIn;
    return wanted.map(async (given) => {
      const name = one === "schedule" ? withoutSetting(given) : given;
      return { kind: one, name, ...(await describe(name)) };
    });
  });
  return Promise.all(all);
}

function kindOf(kind: string): Kind {
  if (Object.hasOwn(KINDS, kind)) return KINDS[kind]!;
  const near = nearest(kind, pluginKinds);
  throw new ConfigError(
    `there is no kind "${kind}"; allowed: ${pluginKinds.join(", ")}${near ? `; did you mean ${near}?` : ""}`,
  );
}

function byScheme(kind: Parameters<typeof describeOptions>[0] & { readonly description: string }) {
  const options = describeOptions(kind).map(
    ({ name, type, default: standard, required, description }) => ({
      ...{ name, type, required, description },
      ...(standard !== undefined && { default: standard }),
    }),
  );
  return { description: kind.description, options };
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "numbers, with :";
  if (typeof value === "boolean") return "true or false";
  return { number: "number", string: "text" }[typeof value as string] ?? "";
}

function byDefaults(
  setting: string,
  builtIn: Readonly<Record<string, WithDefaults>>,
  load: (name: string, options: { importModule: typeof importModule }) => Promise<WithDefaults>,
): Kind {
  return {
    setting,
    builtIn: Object.keys(builtIn),
    async describe(name) {
      const own = Object.hasOwn(builtIn, name)
        ? builtIn[name]!
        : await load(name, { importModule });
      const options = Object.entries(own.defaults).map(([option, standard]: [string, unknown]) => ({
        name: option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
        type: typeOf(standard),
        required: standard === undefined,
        description: "",
        ...(standard !== undefined && { default: standard }),
      }));
      return { description: own.description, options };
    },
  };
}

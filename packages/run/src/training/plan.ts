import { byName, checkTypedOptions, isForeign } from "@eoss/rng/internal";
import {
  batchSizes,
  checkIntervention,
  checkPlan,
  checkSchedule,
  type Intervention,
  learningRates,
  optimizerByName,
  type Schedule,
  type ScheduleKind,
  type ScheduleOptions,
  schedules,
  settingsAt,
  type TrainingPlan,
  tabulate,
} from "@eoss/sgd";
import { ConfigError } from "../settings/configError.js";
import { explained } from "../settings/explained.js";
import { withoutSetting } from "../settings/foreignNames.js";
import {
  nameAndOptions,
  nameValuePairs,
  numberOrText,
  optionsOf,
} from "../settings/nameValuePairs.js";
import { checkNoises } from "../settings/noiseSetting.js";
import { PLUGINS, type Plugins } from "./plugins.js";

/** The settings that say how a network is trained; the texts are words of the form name=value. */
export interface PlanSettings {
  readonly lr: number;
  readonly batch: number | "full";
  readonly optimizer: string;
  readonly noise?: string | undefined;
  readonly schedule?: readonly string[] | undefined;
  /** Of the run: what schedules of users are planned over, unless they say otherwise. */
  readonly steps?: number | undefined;
  readonly intervene?: readonly string[] | undefined;
}

/**
 * The training plan of some settings, as data.
 *
 * @param samples n, which is what the batch size "full" means
 * @param plugins code of users that the settings name; of what is not given the options are not looked at
 * @throws ConfigError naming the setting, the word in it, and what is allowed
 */
export function planOf(
  settings: PlanSettings,
  samples: number,
  plugins: Plugins = {},
): TrainingPlan {
  checkTypedOptions("plugins of planOf", plugins, PLUGINS);
  const plan = explained("", () =>
    checkPlan(
      {
        learningRate: scheduleOf(settings, "lr", samples, plugins) ?? settings.lr,
        batchSize:
          scheduleOf(settings, "batch", samples, plugins) ?? batchSize(settings.batch, samples),
        optimizer: nameAndOptions(settings.optimizer),
        ...(settings.noise !== undefined && { noise: settings.noise }),
        interventions: (settings.intervene ?? []).map((text) =>
          interventionOf(text, samples, plugins),
        ),
      },
      plugins.optimizers,
    ),
  );
  checkNoises(plan, plugins.noises);
  const first = settingsAt(plan, 0);
  if (first.batchSize > samples) {
    throw new ConfigError(
      `batch is ${first.batchSize}, but there are ${samples} samples; allowed: up to ${samples}, or "full"`,
    );
  }
  return plan;
}

/** The threshold that the optimizer of a step declares: 2/η for plain SGD; NaN where it has none. */
export function thresholdOf(plan: TrainingPlan, step: number, plugins: Plugins = {}): number {
  checkTypedOptions("plugins of thresholdOf", plugins, PLUGINS);
  const { learningRate, optimizer } = settingsAt(plan, step);
  const { name, ...options } = optimizer;
  return optimizerByName(name, plugins.optimizers).threshold({ learningRate, ...options }).value;
}

/** `at=4000 lr=0.005 batch=64 optimizer=heavy-ball momentum=0.5`, or `at=plateau ...`. */
function interventionOf(text: string, samples: number, { optimizers }: Plugins): Intervention {
  return explained(`intervene "${text}"`, () => {
    const given = Object.fromEntries(nameValuePairs(text));
    const { at, lr, batch, optimizer, noise, "order-seed": orderSeed, ...rest } = given;
    if (Object.keys(rest).length > 0 && optimizer === undefined) {
      throw new RangeError(
        `${Object.keys(rest)[0]} is not allowed in an intervention; allowed: at, lr, batch, noise, order-seed, ` +
          "optimizer with its options",
      );
    }
    const size = batch === undefined ? undefined : batchSize(numberOrText(batch), samples);
    if (typeof size === "number" && size > samples) {
      throw new RangeError(`batch is ${size}; allowed: up to ${samples} samples, or full`);
    }
    return checkIntervention(
      {
        at: at === "plateau" ? at : at === undefined ? undefined : numberOrText(at),
        ...(lr !== undefined && { learningRate: numberOrText(lr) }),
        ...(size !== undefined && { batchSize: size }),
        ...(optimizer !== undefined && {
          optimizer: { name: optimizer, ...optionsOf(Object.entries(rest)) },
        }),
        // Its options stand behind commas: the words around it are the intervention's.
        ...(noise !== undefined && { noise: noise.replaceAll(",", " ") }),
        ...(orderSeed !== undefined && { orderSeed: numberOrText(orderSeed) }),
      },
      undefined,
      optimizers,
    );
  });
}

/**
 * The schedule of η or b that begins with the setting itself:
 * `lr=cosine to=0.001 steps=4000`, `lr=linear to=0 steps=4000`, `lr=warm-up from=0 steps=100`,
 * `batch=steps at=2000:64,4000:256`; or one of a user, `lr=./schedule.js floor=0.1`, as a table of its values.
 */
function scheduleOf(
  { lr, batch, schedule = [], steps }: PlanSettings,
  key: "lr" | "batch",
  samples: number,
  plugins: Plugins,
): Schedule | undefined {
  const texts = schedule.filter((text) => text.trim().startsWith(`${key}=`));
  const stray = schedule.find((text) => !/^\s*(lr|batch)=/.test(text));
  if (stray !== undefined) {
    throw new ConfigError(
      `schedule "${stray}" must begin with lr=KIND or batch=KIND; kinds: ${Object.keys(schedules).join(", ")}, ./file.js, package#export`,
    );
  }
  if (texts.length > 1) throw new ConfigError(`schedule: ${key} has ${texts.length} schedules`);
  const [text] = texts;
  if (text === undefined) return undefined;
  const initial = key === "lr" ? lr : batchSize(batch, samples);
  const [name, domain] =
    key === "lr"
      ? (["learningRate", learningRates] as const)
      : (["batchSize", batchSizes] as const);
  return explained(`schedule "${text}"`, () => {
    const { name: own, ...options } = nameAndOptions(withoutSetting(text));
    if (isForeign(own)) {
      const { steps: horizon = steps, ...theirs } = options as ScheduleOptions;
      const context = { initial, steps: horizon as number };
      return tabulate(scheduleByName(own, plugins), context, theirs, name, domain, key === "batch");
    }
    byName("schedule", schedules, own);
    const { [key]: kind, at, ...rest } = Object.fromEntries(nameValuePairs(text));
    const values = Object.fromEntries(
      Object.entries(rest).map(([name, value]) => [name, numberOrText(value)]),
    );
    const begun =
      kind === "warm-up"
        ? { after: initial }
        : kind === "steps"
          ? { initial, changes: changesOf(at) }
          : { from: initial };
    return checkSchedule({ kind, ...begun, ...values }, name, domain);
  });
}

function scheduleByName(name: string, { schedules: own = {} }: Plugins): ScheduleKind {
  if (Object.hasOwn(own, name)) return own[name]!;
  throw new ConfigError(`${name} is code of your own, which cannot be loaded here`);
}

/** `2000:64,4000:256` */
function changesOf(text: string | undefined) {
  if (text === undefined) throw new RangeError("at is missing; allowed: at=STEP:VALUE,STEP:VALUE");
  return text.split(",").map((change) => {
    const [at, value] = change.split(":").map(numberOrText);
    return { at, value };
  });
}

function batchSize(batch: unknown, samples: number) {
  return (batch === "full" ? samples : batch) as number;
}

/** What runs and curves take, tried out: single products first, whole measurements while there is time. */

import { setMaxListeners } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun, runsAtATime, type StaticAt } from "@eoss/lab";
import { interrupted, pluginsOf } from "@eoss/lab/internal";
import type { Run, TrainConfig } from "@eoss/run";
import { costOf, type RunCost, settingsOf } from "./costs.js";
import type { CostTable } from "./costTable.js";
import type { RunJob, StaticJob } from "./jobs.js";
import type { MakeOptions } from "./makeRuns.js";
import { type ProcessPool, processPool } from "./processPool.js";
import {
  type Between,
  curveByProducts,
  networkCosts,
  networkOf,
  productRun,
  runByProducts,
} from "./productCosts.js";

/** A run or a curve whose cost is wanted, by the key of its trial in the table. */
export interface Wanted {
  readonly key: string;
  readonly run: RunJob;
  readonly curve?: StaticJob;
}

/** An answer is to come within 10 seconds: after so many no trial begins any more, and those under way end. */
const SECONDS = 6;
/** Of these, so many are for what has no number of samples. */
const UNSIZED_SECONDS = 2;
/** They may end by themselves for so long. */
const GRACE = 0.5;

/** Of a trial: steps, with a measurement before and after them, and batches behind each mean of a curve. */
const STEPS = 20;
const BATCHES = 16;

/**
 * Tries out what is wanted, in a temporary folder, and enters what it took into the table: first a few
 * products of each network, however long they take; then, of what may end in time, some steps and two
 * measurements of the run as it is, or the curve with few batches at the initialisation.
 *
 * @throws ConfigError, DatasetError as the runs; AbortError if the signal fires
 */
export async function tryOut(
  wanted: readonly Wanted[],
  table: CostTable,
  options: MakeOptions,
): Promise<void> {
  const { signal, onNote } = options;
  const ends = performance.now() + SECONDS * 1000;
  const within = (seconds: number) => {
    const late = AbortSignal.timeout(seconds * 1000);
    const stop = signal ? AbortSignal.any([signal, late]) : late;
    setMaxListeners(0, stop);
    return stop;
  };
  const [soon, stop] = [within(UNSIZED_SECONDS), within(SECONDS)];
  const folder = mkdtempSync(join(tmpdir(), "eoss-trial-"));
  // A trial's warnings are about its own settings.
  const pool = processPool(runsAtATime(options));
  const trials = new Trials(folder, pool);

  const networks = new Map(wanted.map(({ run }) => [networkOf(run.config), run]));
  const timed = async (settings: TrainConfig | undefined) => {
    const made = settings && (await trials.run(settings, signal));
    return made && networkCosts(made);
  };
  const product =
    ([network, { config, out }]: readonly [string, RunJob]) =>
    async () => {
      if (table.networks.has(network) || config.samples === undefined) return;
      const few = await timed(productRun(config));
      const costs = few && ((await timed(productRun(config, few))) ?? few);
      if (costs === undefined) return;
      table.networks.set(network, costs);
      onNote?.(`timed products of ${out}`);
    };
  const whole = (task: Wanted, until: AbortSignal) => async () => {
    const left = (ends - performance.now()) / 1000;
    if (table.trials.has(task.key) || trialSeconds(task, table) > left) return;
    const cost = await trials.of(task, until);
    if (cost === undefined) return;
    table.trials.set(task.key, cost);
    onNote?.(`tried ${task.run.out}`);
  };
  let working: Promise<void>[] = [];
  const workOff = async (queue: Array<() => Promise<void>>, until?: AbortSignal) => {
    const work = async () => {
      for (let next = queue.shift(); next && !until?.aborted; next = queue.shift()) await next();
    };
    working = Array.from({ length: runsAtATime(options) }, work);
    await Promise.all(working);
    if (signal?.aborted) throw interrupted();
  };
  try {
    // Without a number of samples, products say nothing of the whole.
    const unsized = wanted.filter(({ run }) => run.config.samples === undefined);
    await workOff(
      unsized.map((task) => whole(task, soon)),
      soon,
    );
    await workOff([...networks].map(product), signal);
    stop.addEventListener("abort", () => setTimeout(() => pool.kill(), GRACE * 1000).unref());
    const shortestFirst = [...wanted].sort(
      (a, b) => trialSeconds(a, table) - trialSeconds(b, table),
    );
    await workOff(
      shortestFirst.map((task) => whole(task, stop)),
      stop,
    );
  } finally {
    // They write to the folder until they have ended.
    await Promise.allSettled(working);
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The cost by products of the network; undefined where they are not known. */
export function costByProducts(
  { run, curve }: Wanted,
  table: CostTable,
  between?: Between,
): RunCost | undefined {
  const settings = settingsOf(run);
  const network = table.networks.get(networkOf(settings));
  if (network === undefined || settings.samples === undefined) return undefined;
  return curve
    ? curveByProducts(network, curve, settings, between)
    : runByProducts(network, settings, between);
}

/** Seconds of a trial at least, by the products; 0 where nothing is known. */
function trialSeconds(task: Wanted, table: CostTable): number {
  const { step, measurement } = costByProducts(task, table, (least) => least) ?? {
    step: 0,
    measurement: 0,
  };
  if (task.curve) return measurement * Math.min(1, BATCHES / mostBatches(task.curve));
  return STEPS * step + 2 * measurement;
}

function mostBatches({ spec, run }: StaticJob): number {
  return spec.settings["max-batches"] ?? run.config["max-batches"];
}

/** Makes trials; undefined is what was cut short, which says nothing of the whole. */
class Trials {
  #count = 0;

  constructor(
    readonly folder: string,
    readonly pool: ProcessPool,
  ) {}

  async of({ run, curve }: Wanted, signal: AbortSignal): Promise<RunCost | undefined> {
    const short = { steps: STEPS, every: STEPS, "checkpoint-every": 0 };
    const settings = { ...settingsOf(run), ...short };
    if (curve) {
      const start = { ...settings, measure: [], steps: 1, every: 1 };
      return this.#curve(curve, await this.run(start, signal), signal);
    }
    const made = await this.run(settings, signal);
    // A run that did not make a step, because it diverges there, takes no time.
    return made && (costOf(made) ?? { step: 0, measurement: 0 });
  }

  run(config: TrainConfig, signal?: AbortSignal): Promise<Run | undefined> {
    const out = join(this.folder, String(this.#count++));
    return unlessCut(signal, async () => {
      await this.pool.do({ run: { config, out } }, { signal });
      return readRun(out);
    });
  }

  /** As if every mean took as many batches as it may. */
  async #curve(
    job: StaticJob,
    made: Run | undefined,
    signal: AbortSignal,
  ): Promise<RunCost | undefined> {
    if (made === undefined) return undefined;
    const { spec, run } = job;
    const curve = {
      ...{ directory: made.directory, at: "init" as const, trusted: pluginsOf(run.config) },
      settings: { ...spec.settings, "max-batches": BATCHES },
      ...(spec.batches && { batchSizes: spec.batches }),
    };
    const measured = await unlessCut(signal, () => this.pool.do({ curve }, { signal }));
    return measured && { step: 0, measurement: secondsOf(measured, mostBatches(job)) };
  }
}

async function unlessCut<T>(
  signal: AbortSignal | undefined,
  make: () => Promise<T>,
): Promise<T | undefined> {
  try {
    const made = await make();
    return signal?.aborted ? undefined : made;
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

/** Seconds of a curve if every mean took `most` batches. */
function secondsOf({ fullbs, points }: StaticAt, most: number): number {
  const batches = points.map(({ batchSize, minibs, gap }) => {
    const drawn = Math.max(minibs.samples, gap.samples) / batchSize;
    return ((minibs.seconds + gap.seconds) * most) / drawn;
  });
  return batches.reduce((total, seconds) => total + seconds, fullbs.seconds);
}

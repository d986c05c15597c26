import { join } from "node:path";
import { holdsRun, type Job, type PoolOptions, readRun, trainAll, writeWhole } from "@eoss/lab";
import { POOL_OPTIONS } from "@eoss/lab/internal";
import { comparisonFigureSvg, type RunSummary, renderReport } from "@eoss/report";
import { checkTypedOptions } from "@eoss/rng/internal";
import { ConfigError, parseTrainConfig, type TrainConfig } from "@eoss/run";

const COMMON = {
  data: "digits",
  samples: 1536,
  model: "mlp",
  width: [128, 128],
  init: "uniform-fan-in",
  "init-scale": 0.7,
  loss: "mse",
  lr: 0.2,
  tolerance: 0.03,
};

/** The three runs of the demo: the same start, the same step size, three batch sizes. */
export const demoRuns: Readonly<Record<string, TrainConfig>> = {
  b16: parseTrainConfig({ ...COMMON, batch: 16, steps: 8000, every: 160 }),
  b64: parseTrainConfig({ ...COMMON, batch: 64, steps: 8000, every: 160 }),
  full: parseTrainConfig({ ...COMMON, batch: "full", steps: 2000, every: 40 }),
};

export interface DemoResult {
  readonly directory: string;
  readonly report: string;
  readonly figure: string;
  readonly runs: Readonly<Record<string, RunSummary>>;
}

/**
 * The main job: digits, an MLP, and the same threshold 2/η felt by every batch size.
 *
 * @param out folder for the runs, the common report and the figure
 * @throws ConfigError if the folder already holds a demo
 */
export async function demo(out: string, options: PoolOptions = {}): Promise<DemoResult> {
  checkTypedOptions("demo", options, POOL_OPTIONS);
  const jobs = Object.entries(demoRuns).map(
    ([name, config]): Job => ({ config, out: join(out, name), within: out }),
  );
  const taken = jobs.find((job) => holdsRun(job.out));
  if (taken) throw new ConfigError(`${taken.out} already holds a run; choose another --out`);

  const summaries = await trainAll(jobs, options);
  const runs = jobs.map((job) => readRun(job.out));
  const report = join(out, "report.html");
  const figure = join(out, "comparison.svg");
  writeWhole(report, renderReport(runs));
  writeWhole(figure, comparisonFigureSvg(runs));
  const names = Object.keys(demoRuns);
  return {
    directory: out,
    report,
    figure,
    runs: Object.fromEntries(summaries.map((summary, index) => [names[index]!, summary])),
  };
}

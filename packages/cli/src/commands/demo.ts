import { basename } from "node:path";
import { type DemoResult, demo, demoRuns } from "@eoss/experiments";
import { coresHere } from "@eoss/lab";
import { marginOfSum, type Plateau } from "@eoss/lab/internal";
import { levelText, type RunSummary } from "@eoss/report";
import { duration, type RunProgress, short, withError } from "@eoss/run";
import { Command } from "commander";
import pc from "picocolors";
import { exitCodeOf } from "../exit.js";
import { freeDirectory } from "../ui/freeDirectory.js";
import { interruptSignal } from "../ui/interrupt.js";
import { LiveLine } from "../ui/liveLine.js";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";
import { sharpnessText } from "../ui/progress.js";
import { table } from "../ui/table.js";

const PAGE: Manual = {
  examples: ["eoss demo", "eoss demo --out runs/my-demo --json"],
  exits: ["diverged", "interrupted"],
  files: {
    "DIR/b16, b64, full": "the runs (default DIR: runs/demo, or a new name if it exists)",
    "DIR/report.html": "all three runs",
    "DIR/comparison.svg": "their sharpness in one figure",
  },
  seeAlso: ["train", "resume", "report"],
};

/** `eoss demo`: three batch sizes on the embedded digits, and what they show. */
export function demoCommand(): Command {
  const command = new Command("demo").description(
    "Trains the same network on the embedded digits with batches of 16, of 64 and with the full batch, " +
      "and says where the sharpness of each settles. It takes a minute or two and downloads nothing.",
  );
  return manual(command, PAGE)
    .option("--out <DIR>", "folder for runs and report (default: a new one under runs/)")
    .option("--json", "print only one JSON summary on stdout")
    .action(async (flags: { out?: string; json?: boolean }) => {
      const began = performance.now();
      const line = new LiveLine();
      const latest = new Map<string, RunProgress>();
      const result = await demo(flags.out ?? freeDirectory("runs/demo"), {
        signal: interruptSignal(),
        onProgress: (job, progress) => {
          latest.set(basename(job.out), progress);
          line.show((columns) => progressOf(latest, columns), progress.fresh);
        },
      }).finally(() => line.clear());
      const seconds = (performance.now() - began) / 1000;
      print(flags.json ? JSON.stringify({ ...result, seconds }) : describe(result, seconds));
      const codes = Object.values(result.runs).map(({ end }) => exitCodeOf(end?.reason));
      process.exitCode = Math.max(...codes);
    });
}

function progressOf(latest: ReadonlyMap<string, RunProgress>, columns: number): string {
  const left = `${duration(Math.round(remainingSeconds([...latest.values()])))} left`;
  const line = (describe: (progress: RunProgress) => string) => {
    const parts = Object.keys(demoRuns).map((name) => {
      const progress = latest.get(name);
      return `${name} ${progress === undefined ? "waits" : describe(progress)}`;
    });
    return [...parts, left].join(" · ");
  };
  const whole = line((progress) => {
    const { step, steps } = progress;
    const sharpness = sharpnessText(progress);
    return `${step}/${steps}${sharpness ? ` (${sharpness})` : ""}`;
  });
  if (whole.length <= columns) return whole;
  return line(({ step, steps }) => `${Math.floor((100 * step) / steps)} %`);
}

/** Time to go over all cores; a run that waits is taken to last as long as the others do. */
function remainingSeconds(begun: readonly RunProgress[]): number {
  const known = begun.filter(({ rate }) => rate !== undefined);
  const waiting = Object.keys(demoRuns).length - begun.length;
  const left = known.map(({ remaining }) => remaining!);
  const whole = known.map(({ step, rate, remaining }) => step / rate! + remaining!);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const shared = (sum(left) + (waiting * sum(whole)) / known.length) / coresHere();
  return Math.max(shared, ...left);
}

/** What the demo shows; where it was interrupted, how to go on. */
export function describe({ runs, report }: DemoResult, seconds: number): string {
  const summaries = Object.values(runs);
  if (summaries.some(isInterrupted)) return interruptedText(summaries);
  const cell = (run: RunSummary, name: string) => {
    const relative = run.quantities[name]?.relative;
    return relative ? levelText(relative) : "–";
  };
  const rows = summaries.map((run) => [
    labelOf(run),
    cell(run, "minibs"),
    cell(run, "fullbs"),
    cell(run, "batch-sharpness"),
  ]);
  const { learningRate, stabilityThreshold, thresholdFormula } = summaries[0]!;
  return [
    `In units of ${thresholdFormula} = ${short(stabilityThreshold)} (η = ${learningRate}): means over the last quarter of the steps; level values have a 95 % interval`,
    "",
    table(["", "MiniBS", "FullBS", "batch sharpness"], rows),
    "",
    ...observations(summaries),
    "",
    `report: ${pc.bold(report)}   (${duration(seconds)})`,
  ].join("\n");
}

const isInterrupted = ({ end }: RunSummary) => end?.reason === "interrupted";

function interruptedText(runs: readonly RunSummary[]): string {
  const steps = runs.map((run) => `${labelOf(run)} at step ${run.end?.step ?? 0}`);
  const open = runs.filter(isInterrupted);
  return [
    `interrupted: ${steps.join(", ")}; their folders are complete. Continue with`,
    ...open.map(({ directory }) => `  eoss resume ${directory}`),
    `  eoss report ${runs.map(({ directory }) => directory).join(" ")}`,
  ].join("\n");
}

/** What one sees: sentences that say only what the numbers say, and of what is level alone. */
function observations(runs: readonly RunSummary[]): string[] {
  const found = (name: string) =>
    runs.flatMap((run) => {
      const level = run.quantities[name]?.relative;
      return level?.status === "level" ? [{ label: labelOf(run), level }] : [];
    });
  const [batch, felt, full] = ["batch-sharpness", "minibs", "fullbs"].map(found) as [
    Labelled[],
    Labelled[],
    Labelled[],
  ];
  return [
    sentence("Batch sharpness", batch, runs.length, [
      [batch.every(({ level }) => near(level, 1, 0.1)), "is at 2/η for every batch size"],
    ]),
    sentence("The mean sharpness of the batch losses (MiniBS)", felt, runs.length, [
      [felt.every(({ level }) => near(level, 1, 0.05)), "is at 2/η for every batch size"],
      [falling(felt), "is higher for smaller batches"],
    ]),
    sentence("The sharpness of the whole loss (FullBS)", full, runs.length, [
      [falling(full.toReversed()), "is lower for smaller batches"],
    ]),
  ];
}

interface Labelled {
  readonly label: string;
  readonly level: Plateau;
}

/** The first of some statements that is true of all runs, and their numbers; these alone if none is. */
function sentence(
  name: string,
  found: readonly Labelled[],
  runs: number,
  statements: readonly (readonly [holds: boolean, words: string])[],
): string {
  if (found.length === 0) return `${name} is not level in any of the runs.`;
  const list = found
    .map(({ label, level }) => `${withError(level.mean, level.margin)} (${label})`)
    .join(", ");
  const [, words] = (found.length === runs && statements.find(([holds]) => holds)) || [];
  const rest = found.length < runs ? " The other runs are not level." : "";
  return `${name} ${words === undefined ? "is level at" : `${words}:`} ${list}, in units of 2/η.${rest}`;
}

/** Whether an interval lies within so much of a value. */
const near = ({ mean, margin }: Plateau, value: number, distance: number) =>
  Math.abs(mean - value) + margin <= distance;

/** Whether each is certainly lower than the one before. */
const falling = (found: readonly Labelled[]) =>
  found.every(({ level }, i) => {
    const before = found[i - 1]?.level;
    return (
      before === undefined || before.mean - level.mean > marginOfSum(before.margin, level.margin)
    );
  });

function labelOf({ batchSize, samples }: RunSummary): string {
  return batchSize === samples ? "full batch" : `b = ${batchSize}`;
}

import { availableParallelism } from "node:os";
import { basename } from "node:path";
import {
  type BackendName,
  type CheckedClaim,
  duration,
  figureNames,
  type Outlook,
  outlook,
  type Progress,
  type ReproduceOptions,
  type Reproduction,
  reproduce,
  type ScaleName,
  scaleNames,
  trainFields,
  valueText,
} from "@eoss/lab";
import { Command, Option } from "commander";
import pc from "picocolors";
import { EXIT } from "../exit.js";
import { integerOption } from "../ui/integerOption.js";
import { interruptSignal } from "../ui/interrupt.js";
import { LiveLine } from "../ui/liveLine.js";
import { table } from "../ui/table.js";

const EXAMPLES = `
Figures: ${figureNames().join(", ")}
Scales: digits takes seconds to minutes a figure and no download; small is cut-down CIFAR-10; paper is
the paper's own setting. The same call goes on with what was interrupted, and uses again what is there.

Examples:
  eoss reproduce 2
  eoss reproduce all --dry-run
  eoss reproduce 5 --scale small --data-dir ~/cifar10 --out reproduction
  eoss reproduce ./my-figure.yaml --json`;

interface Flags {
  readonly scale: ScaleName;
  readonly backend?: BackendName;
  readonly workers?: number;
  readonly out: string;
  readonly dataDir?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

/** `eoss reproduce`: figures of the paper, with what became of its claims. */
export function reproduceCommand(): Command {
  const { placeholder, description } = trainFields.backend;
  return new Command("reproduce")
    .description("make figures of the paper, or of a recipe of your own, and check their claims")
    .argument("<FIGURE>", "a figure, all, or ./my-figure.yaml")
    .addOption(
      new Option("--scale <SCALE>", "size of the experiment").choices(scaleNames).default("digits"),
    )
    .addOption(
      new Option(`--backend <${placeholder}>`, description).choices(placeholder.split("|")),
    )
    .option("--workers <N>", "runs at a time (default: the number of cores)", integerOption)
    .option("--data-dir <DIR>", trainFields["data-dir"].description)
    .option("--out <DIR>", "folder for runs, figures and report", "reproduction")
    .option("--dry-run", "say what would be made, and how long it takes, and stop")
    .option("--json", "print one JSON object on stdout and nothing else there")
    .addHelpText("after", EXAMPLES)
    .action(async (figure: string, flags: Flags) => {
      const options = optionsOf(figure, flags);
      if (flags.dryRun) {
        const result = outlook(figure, options);
        console.log(flags.json ? JSON.stringify(result) : outlookText(result));
        return;
      }
      const began = performance.now();
      const result = await withProgress(figure, options);
      const seconds = (performance.now() - began) / 1000;
      console.log(
        flags.json ? JSON.stringify(summaryOf(result, seconds)) : resultText(result, seconds),
      );
      process.exitCode = result.interrupted ? EXIT.interrupted : EXIT.done;
    });
}

function optionsOf(figure: string, flags: Flags): ReproduceOptions {
  const { scale, backend, workers = availableParallelism(), out, dataDir } = flags;
  const given = [
    ["scale", scale],
    ["backend", backend],
    ["data-dir", dataDir],
    ["out", out],
  ].filter(([, value]) => value !== undefined);
  const command = `eoss reproduce ${figure} ${given.map((pair) => `--${pair.join(" ")}`).join(" ")}`;
  return { scale, backend, workers: Math.max(1, workers), out, dataDir, command };
}

async function withProgress(figure: string, options: ReproduceOptions): Promise<Reproduction> {
  const line = new LiveLine();
  const latest = new Map<string, Progress>();
  const runs = outlook(figure, options).runs.filter(({ state }) => state !== "done").length;
  try {
    return await reproduce(figure, {
      ...options,
      signal: interruptSignal(),
      onProgress: (job, progress) => {
        latest.set(basename(job.out), progress);
        line.show(() => progressText(latest, runs));
      },
      onNote: (text) => line.show(() => text, true),
      onWarning: (message) => {
        line.clear();
        console.error(`${pc.yellow("warning:")} ${message}`);
      },
    });
  } finally {
    line.clear();
  }
}

/** Runs that go on, and how many are still to come. */
function progressText(latest: ReadonlyMap<string, Progress>, runs: number): string {
  const going = [...latest].filter(([, { step, steps }]) => step < steps);
  const each = going.map(([name, { step, steps }]) => `${name} ${step}/${steps}`);
  return [`${latest.size - going.length} of ${runs} runs done`, ...each].join(" · ");
}

function outlookText({ figures, runs, statics, seconds }: Outlook): string {
  const rows = runs.map(({ directory, figures, steps, state }) => [
    directory,
    figures.join(", "),
    String(steps),
    state,
  ]);
  const todo = runs.filter(({ state }) => state !== "done").length;
  const time =
    seconds === null
      ? "no estimate: a recipe does not say what it takes (key seconds of its scale)"
      : `about ${duration(Math.round(seconds))} on two cores`;
  return [
    ...figures.map(({ figure, title }) => `Figure ${figure}: ${title}`),
    "",
    table(["run", "figures", "steps", "state"], rows),
    "",
    `${todo} of ${runs.length} runs to make, ${statics} static curves; ${time}`,
  ].join("\n");
}

function summaryOf(result: Reproduction, seconds: number) {
  const { directory, report, interrupted, claims, figures } = result;
  return {
    directory,
    report,
    interrupted,
    seconds,
    claims,
    figures: figures.map(({ recipe: { figure, title, scale }, files, runs, missing }) => ({
      figure,
      title,
      scale,
      files,
      runs: Object.fromEntries([...runs].map(([name, run]) => [name, run.directory])),
      missing,
    })),
  };
}

function resultText({ directory, report, interrupted, claims }: Reproduction, seconds: number) {
  if (interrupted) return "interrupted; the same call goes on where this one stopped";
  return [
    ...claims.map(claimText),
    `${claims.length} claims: ${countText(claims)}`,
    `figures: ${directory}/figures`,
    `report: ${pc.bold(report ?? "")}   (${duration(seconds)})`,
  ].join("\n");
}

const COLOURS = { holds: pc.green, "does not hold": pc.red, undecided: pc.yellow };

function claimText({ figure, claim, verdict, measured }: CheckedClaim): string {
  const parts = measured.map(
    (part) =>
      `    ${part.of}: ${valueText(part)}, ${part.expected}: ${part.verdict}${part.note ? ` (${part.note})` : ""}`,
  );
  return [`${figure}  ${claim}: ${COLOURS[verdict](verdict)}`, ...parts, ""].join("\n");
}

function countText(claims: readonly CheckedClaim[]): string {
  const verdicts = ["holds", "does not hold", "undecided"] as const;
  return verdicts
    .map((wanted) => `${claims.filter(({ verdict }) => verdict === wanted).length} ${wanted}`)
    .join(", ");
}

import { join } from "node:path";
import {
  beyondNames,
  type CheckedClaim,
  type ClaimVerdict,
  type CostEstimate,
  claimVerdicts,
  estimateCost,
  figureNames,
  type PlannedWork,
  plannedWork,
  type ReproduceOptions,
  type Reproduction,
  reproduce,
  type ScaleName,
  scaleNames,
  valueText,
} from "@eoss/experiments";
import { runsAtATime } from "@eoss/lab";
import { type BackendName, duration, type Field, trainFields } from "@eoss/run";
import { Argument, Command, Option } from "commander";
import pc from "picocolors";
import { suggest } from "../completion/suggestions.js";
import { EXIT } from "../exit.js";
import {
  addFigures,
  FIGURE_FILES,
  type FigureFlags,
  writeAskedFigures,
} from "../ui/figuresOption.js";
import { addJobs, type JobFlags } from "../ui/jobsOption.js";
import { type Manual, manual } from "../ui/manual.js";
import { withRunsProgress } from "../ui/manyRuns.js";
import { print } from "../ui/print.js";
import { seedsOption } from "../ui/seedsOption.js";
import { table } from "../ui/table.js";
import { acceptOption } from "../ui/trustOption.js";

const PAGE: Manual = {
  examples: [
    "eoss reproduce 2",
    "eoss reproduce all --dry-run",
    "eoss reproduce 2 10 --seeds 5",
    "eoss reproduce 2 5 9 --scale small --data-dir ~/cifar10 --out reproduction",
    "eoss reproduce ./my-figure.yaml --json",
  ],
  exits: ["interrupted"],
  files: {
    "DIR/runs/": "the runs; the next call uses them again",
    "DIR/report.html": "all figures in the folder",
    "DIR/claims.json, claims.md": "the claims and their verdicts",
    ...FIGURE_FILES,
  },
  seeAlso: ["train", "sweep", "data"],
};

interface Flags extends JobFlags, FigureFlags {
  readonly scale: ScaleName;
  readonly backend?: BackendName;
  readonly out: string;
  readonly dataDir?: string;
  readonly seeds?: number;
  readonly json?: boolean;
  readonly acceptChanges?: boolean;
  readonly dryRun?: boolean;
}

/** `eoss reproduce`: figures of the paper, with what became of its claims. */
export function reproduceCommand(): Command {
  const { placeholder, description, choices }: Field = trainFields.backend;
  const command = manual(new Command("reproduce"), PAGE)
    .description(
      "Reproduces figures of the paper, or of your own recipe, and checks their claims.\n" +
        `Figures of the paper, together "all": ${figureNames().join(", ")}\n` +
        `Questions it leaves open, together "beyond": ${beyondNames().join(", ")}\n` +
        "If it is interrupted, the same command continues it. Existing runs are used again.",
    )
    .addArgument(
      suggest(new Argument("<FIGURE...>", "figures, all, beyond, or ./my-figure.yaml"), [
        ...figureNames(),
        ...beyondNames(),
        "all",
        "beyond",
      ]),
    )
    .addOption(
      new Option("--scale <SCALE>", "size of the experiment").choices(scaleNames).default("digits"),
    )
    .addOption(new Option(`--backend <${placeholder}>`, description).choices([...choices!]));
  addJobs(command, "runs and curves at a time (default: the number of cores)")
    .addOption(seedsOption())
    .option("--data-dir <DIR>", trainFields["data-dir"].description)
    .option("--out <DIR>", "folder for runs, figures and report", "reproduction")
    .addOption(acceptOption())
    .option("--dry-run", "list the runs to make, estimate the time, and stop")
    .option("--json", "print only one JSON object on stdout");
  return addFigures(command).action(async (figures: string[], flags: Flags) => {
    const options = optionsOf(figures, flags);
    if (flags.dryRun) {
      const result = plannedWork(figures, options);
      const time = await withRunsProgress((hooks) =>
        estimateCost(figures, { ...options, ...hooks }),
      );
      print(
        flags.json
          ? JSON.stringify({ ...time, ...result, figures: figuresOf(result, time) })
          : plannedWorkText(result, time, options),
      );
      return;
    }
    const began = performance.now();
    const result = await withRunsProgress((hooks) => reproduce(figures, { ...options, ...hooks }));
    const seconds = (performance.now() - began) / 1000;
    if (!result.interrupted) await writeAskedFigures(result.drawings, flags);
    print(flags.json ? JSON.stringify(summaryOf(result, seconds)) : resultText(result, seconds));
    process.exitCode = result.interrupted ? EXIT.interrupted : EXIT.done;
  });
}

function optionsOf(figures: readonly string[], flags: Flags): ReproduceOptions {
  const { scale, backend, out, dataDir, seeds, acceptChanges } = flags;
  const given = [
    ["scale", scale],
    ["backend", backend],
    ["data-dir", dataDir],
    ["seeds", seeds],
    ["out", out],
  ].filter(([, value]) => value !== undefined);
  const words = [...figures, ...given.map((pair) => `--${pair.join(" ")}`)];
  const command = `eoss reproduce ${words.join(" ")}`;
  const jobs = runsAtATime(flags);
  return { scale, backend, jobs, out, dataDir, seeds, acceptChanges, command };
}

function figuresOf({ figures }: PlannedWork, time: CostEstimate) {
  return figures.map((each) => ({
    ...each,
    seconds: time.figures.find(({ figure }) => figure === each.figure)!.seconds,
  }));
}

function plannedWorkText(
  { figures, runs, statics }: PlannedWork,
  time: CostEstimate,
  { jobs }: ReproduceOptions,
): string {
  const rows = runs.map(({ directory, figures, steps, state }) => [
    directory,
    figures.join(", "),
    String(steps),
    state,
  ]);
  const todo = (items: ReadonlyArray<{ readonly state: string }>) =>
    `${items.filter(({ state }) => state !== "done").length} of ${items.length}`;
  const about = (seconds: number) => `about ${duration(Math.round(seconds))}`;
  const alone = new Map(time.figures.map(({ figure, seconds }) => [figure, about(seconds)]));
  return [
    ...figures.map(({ figure, title }) => `Figure ${figure}: ${title} (${alone.get(figure)})`),
    "",
    table(["run", "figures", "steps", "state"], rows),
    "",
    `${todo(runs)} runs and ${todo(statics)} static curves to make, ${jobs} at a time`,
    `${about(time.seconds)}${sourcesText(time)}`,
    ...(time.unknown > 0
      ? [`without ${time.unknown} that there was no time to try: the same command tries more`]
      : []),
  ].join("\n");
}

/** Where an estimate is from. */
function sourcesText({ recorded, tried, products }: CostEstimate): string {
  const sources = [
    [recorded, "from the records of similar runs"],
    [tried, "from short trials"],
    [products, "from the time of single products"],
  ] as const;
  const known = sources.filter(([count]) => count > 0).map((source) => source.join(" "));
  return known.length > 0 ? ` (${known.join(", ")})` : "";
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
      files: files.map((file) => join(directory, file)),
      runs: Object.fromEntries(runs.map((run) => [run.name, join(directory, run.directory)])),
      missing,
    })),
  };
}

function resultText({ directory, report, interrupted, claims }: Reproduction, seconds: number) {
  if (interrupted) return "interrupted; the same command continues from here";
  return [
    ...claims.map(claimText),
    `${claims.length} claims: ${countText(claims)}`,
    `figures: ${directory}/figures`,
    `report: ${pc.bold(report ?? "")}   (${duration(seconds)})`,
  ].join("\n");
}

const COLOURS: Readonly<Record<ClaimVerdict, (text: string) => string>> = {
  holds: pc.green,
  "does not hold": pc.red,
  "not reached": pc.yellow,
  undecided: pc.yellow,
};

function claimText({ figure, claim, verdict, measured }: CheckedClaim): string {
  const parts = measured.map(
    (part) =>
      `    ${part.of}: ${valueText(part)}, ${part.expected}: ${part.verdict}${part.note ? ` (${part.note})` : ""}`,
  );
  return [`${figure}  ${claim}: ${COLOURS[verdict](verdict)}`, ...parts, ""].join("\n");
}

function countText(claims: readonly CheckedClaim[]): string {
  return claimVerdicts
    .map((wanted) => `${claims.filter(({ verdict }) => verdict === wanted).length} ${wanted}`)
    .join(", ");
}

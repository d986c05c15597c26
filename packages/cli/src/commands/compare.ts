import {
  compare,
  comparedRuns,
  type GivenSettings,
  runFigures,
  type SettledValue,
  type Variant,
  type VariantComparison,
} from "@eoss/experiments";
import { parseFlag, readRun, runsAtATime } from "@eoss/lab";
import { movedPath } from "@eoss/lab/internal";
import { settingText } from "@eoss/report/internal";
import { duration, factorText, parseGiven, thresholdText, trainFields, withError } from "@eoss/run";
import { Command } from "commander";
import pc from "picocolors";
import { EXIT } from "../exit.js";
import { addSettings, camelCase, givenSettings } from "../settingFlags.js";
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

const PAGE: Manual = {
  examples: [
    "eoss compare --data digits --samples 512 --width 32,32 --lr 0.2 --batch 16 \\",
    '             --steps 3000 --noise "none,directional,diagonal"',
    "eoss compare --data digits --width 64,64 --lr 0.1,0.2 --batch 4,16,64 \\",
    "             --steps 4000 --json",
    "eoss compare variants.yaml --seeds 5",
  ],
  exits: ["interrupted"],
  files: {
    FILE: "base, grid and list, as in: list: { a: { width: [32] } }",
    "DIR/runs/": "the runs",
    "DIR/report.html": "figures and tables of the runs",
    ...FIGURE_FILES,
  },
  seeAlso: ["train", "sweep", "report"],
};

/** Runs are made side by side, each in one thread: `--jobs` is their number. */
const { workers: _, ...fields } = trainFields;

/** Settings whose values may hold commas. */
const SINGLE: ReadonlySet<string> = new Set(["data-dir", "data-options", "model-options"]);

/** `eoss compare`: runs with a common start that differ in settings, and where they settle. */
export function compareCommand(): Command {
  const command = manual(new Command("compare"), PAGE)
    .description(
      "Trains variants and compares where they settle. The flags are those of eoss train; each " +
        "takes one value or several, separated by commas: every combination is a run, and the others are " +
        "compared with the first. All runs of a seed start from the same parameters and share their " +
        "random numbers; with --seeds the errors are those between seeds. If it is interrupted, " +
        "the same command continues it.",
    )
    .argument("[FILE]", "a JSON or YAML file with base, grid and list")
    .addOption(seedsOption())
    .option("--out <DIR>", "folder for runs and report", "comparison")
    .option("--json", "print only one JSON object on stdout");
  addJobs(command, "runs at a time, each in a process (default: the number of cores)");
  addFigures(command);
  return addSettings(command, fields).action(
    async (file: string | undefined, flags: Record<string, unknown>) => {
      const runs = comparedRuns(settingsOf(flags), file);
      const jobs = runsAtATime(flags as JobFlags);
      const out = flags.out as string;
      const began = performance.now();
      const result = await withRunsProgress((hooks) => compare(runs, { ...hooks, jobs, out }));
      const seconds = (performance.now() - began) / 1000;
      if (!result.interrupted) await writeFiguresOf(result, flags as unknown as FigureFlags);
      print(flags.json ? JSON.stringify({ ...result, seconds }) : resultText(result, seconds));
      process.exitCode = result.interrupted ? EXIT.interrupted : EXIT.done;
    },
  );
}

async function writeFiguresOf({ variants }: VariantComparison, flags: FigureFlags): Promise<void> {
  const runs = variants.flatMap((variant) => variant.runs.map(({ directory }) => directory));
  // Read when they are asked for.
  await writeAskedFigures((width) => runFigures(runs.map((run) => readRun(run)))(width), flags);
}

/** What stands on the command line: lists of values where there are commas. @throws ConfigError */
function settingsOf(flags: Readonly<Record<string, unknown>>): GivenSettings {
  const several = Object.entries(fields).flatMap(([name, field]) => {
    const text = flags[camelCase(name)];
    const isList = "list" in field && field.list;
    if (typeof text !== "string" || !text.includes(",") || isList || SINGLE.has(name)) return [];
    const values = text.split(",").map((part) => {
      const given = parseGiven(
        fields,
        { [name]: parseFlag(field, part.trim()) },
        (key) => `--${key}`,
      );
      return movedPath(name, given[name as keyof typeof given], process.cwd());
    });
    return [[name, values] as const];
  });
  const grid = Object.fromEntries(several);
  const rest = Object.entries(flags).filter(
    ([key]) => !several.some(([name]) => camelCase(name) === key),
  );
  const seeds = flags.seeds as number | undefined;
  return { base: givenSettings(fields, Object.fromEntries(rest)), grid, seeds };
}

function resultText(
  { variants, directory, report, interrupted }: VariantComparison,
  seconds: number,
) {
  if (interrupted) return "interrupted; the same command continues from here";
  const names = [...new Set(variants.flatMap(({ quantities }) => Object.keys(quantities)))];
  const settings = Object.keys(variants[0]!.settings);
  const header = ["", ...names.map((name) => headerOf(name, variants))];
  const levels = (pick: "level" | "difference", shown: readonly Variant[]) =>
    shown.map(({ label, quantities }) => [
      label,
      ...names.map((name) => levelText(quantities[name]?.[pick])),
    ]);
  const notes = variants.flatMap(({ label, quantities }) =>
    Object.entries(quantities).flatMap(
      ([
        name,
        {
          level: { note },
        },
      ]) => (note === undefined ? [] : [`* ${label}, ${name}: ${note}`]),
    ),
  );
  const differing = variants.map((variant) => [
    variant.label,
    ...settings.map((name) => settingText(variant.settings[name])),
  ]);
  return [
    ...(settings.length === 0
      ? []
      : ["Settings in which the variants differ", table(["", ...settings], differing), ""]),
    "Means over the last quarter of the steps; level values have a 95 % interval; values with a threshold",
    "are in units of the threshold at each step",
    table(header, levels("level", variants)),
    "",
    `Difference from ${variants[0]!.label}, run by run`,
    table(header, levels("difference", variants.slice(1))),
    "",
    ...comparedLines(variants),
    "",
    ...notes,
    ...(notes.length > 0 ? [""] : []),
    `runs: ${directory}/runs`,
    `report: ${pc.bold(report ?? "")}   (${duration(seconds)})`,
  ].join("\n");
}

/** "minibs in 2/η" where all variants have one threshold, else "minibs / threshold". */
function headerOf(name: string, variants: readonly Variant[]): string {
  const found = variants.flatMap(({ quantities }) => quantities[name] ?? []);
  if (found[0]!.unit === "threshold") {
    const formulas = new Set(found.map(({ comparison }) => comparison.formula!));
    return formulas.size === 1
      ? `${name} in ${factorText([...formulas][0]!)}`
      : `${name} / threshold`;
  }
  const { matrix } = found[0]!.comparison;
  return matrix === "none" ? name : `${name}, in loss / parameter²`;
}

/** What each curvature is compared with in each variant, those with the same in one line. */
function comparedLines(variants: readonly Variant[]): string[] {
  const names = new Map<string, string[]>();
  for (const { label, quantities } of variants) {
    const own = new Map<string, string[]>();
    for (const [name, { comparison }] of Object.entries(quantities)) {
      if (comparison.matrix === "none") continue;
      const text = thresholdText(comparison);
      own.set(text, [...(own.get(text) ?? []), name]);
    }
    for (const [text, some] of own) {
      const key = `${some.join(", ")}: ${text}`;
      names.set(key, [...(names.get(key) ?? []), label]);
    }
  }
  return [...names].map(([text, labels]) =>
    labels.length === variants.length ? text : `${labels.join(", ")}: ${text}`,
  );
}

/** A star says that there is a note below. */
function levelText(level: SettledValue | undefined): string {
  if (level === undefined || level.value === null) return "–";
  return withError(level.value, level.margin ?? 0) + (level.note === undefined ? "" : " *");
}

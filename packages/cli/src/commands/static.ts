import { basename, dirname, resolve } from "node:path";
import { staticFigures, staticPage } from "@eoss/experiments";
import {
  makeFolder,
  STATIC_SETTINGS,
  type StaticAt,
  type StepName,
  staticAt,
  writeWhole,
} from "@eoss/lab";
import { errorOf, type GapFit } from "@eoss/lab/internal";
import { ratioText, thresholdText, withError } from "@eoss/run";
import { Command, InvalidArgumentError } from "commander";
import { addSettings, givenSettings, pickFields } from "../settingFlags.js";
import {
  addFigures,
  FIGURE_FILES,
  type FigureFlags,
  writeAskedFigures,
} from "../ui/figuresOption.js";
import { integerOption } from "../ui/integerOption.js";
import { type Manual, manual } from "../ui/manual.js";
import { print, say } from "../ui/print.js";
import { withProgress } from "../ui/runSession.js";
import { stepOption } from "../ui/stepOption.js";
import { table } from "../ui/table.js";
import { acceptOption, trustOption } from "../ui/trustOption.js";

const PAGE: Manual = {
  examples: [
    "eoss static --run runs/b16 --at init",
    "eoss static --run runs/b16 --at final --batches 1,4,16,64,256 --json",
    "eoss static --run runs/b16 --at 4000 --bernstein 64",
    "eoss static --run runs/b16 --at final --figures figures --figure-width 3.25",
  ],
  files: { FILE: "with --page: figures and numbers in one file; it is replaced", ...FIGURE_FILES },
  exits: ["interrupted"],
  seeAlso: ["measure", "train"],
};

/** `eoss static`: sharpness against the batch size, at fixed parameters. */
export function staticCommand(): Command {
  const fields = pickFields(STATIC_SETTINGS);
  const command = manual(new Command("static"), PAGE)
    .description(
      "Measures MiniBS and its gap to FullBS against the batch size, with the parameters of one step " +
        "of a run, and fits a power law to the gap.",
    )
    .requiredOption("--run <DIR>", "run folder")
    .requiredOption("--at <STEP>", "init, final or a step", stepOption)
    .option("--batches <B,B>", "batch sizes (default: powers of two up to n/2)", sizes)
    .option(
      "--bernstein <N>",
      "evaluate the matrix-Bernstein bound from the Hessians of N samples",
      integerOption,
    )
    .addOption(trustOption())
    .addOption(acceptOption())
    .option("--page <FILE>", "also write a page with the figures and their numbers (HTML)")
    .option("--json", "print one JSON object on stdout");
  addFigures(command);
  return addSettings(command, fields, { defaults: false }).action(
    async (flags: Record<string, unknown>) => {
      const file = flags.page as string | undefined;
      // A folder that cannot be made is refused before the measurement.
      if (file !== undefined) makeFolder(dirname(resolve(file)));
      const result = await withProgress((hooks) =>
        staticAt(flags.run as string, flags.at as StepName, givenSettings(fields, flags), {
          ...hooks,
          trusted: flags.trust as string[] | undefined,
          acceptChanges: flags.acceptChanges as boolean | undefined,
          ...(flags.batches !== undefined && { batchSizes: flags.batches as number[] }),
          ...(flags.bernstein !== undefined && { bernsteinSamples: flags.bernstein as number }),
        }),
      );
      if (file !== undefined) {
        writeWhole(file, staticPage(result, basename(resolve(flags.run as string))));
        say(`page: ${file}`);
      }
      await writeAskedFigures(staticFigures(result), flags as unknown as FigureFlags);
      print(flags.json ? JSON.stringify(result) : describe(result));
    },
  );
}

function sizes(text: string): number[] {
  const list = text.split(",").map(Number);
  if (list.every((size) => Number.isInteger(size) && size >= 1)) return list;
  throw new InvalidArgumentError("allowed: integers from 1 up, separated by commas");
}

function describe(curve: StaticAt) {
  const { step, samples, fullbs, points, plain, corrected, bernstein, comparisons } = curve;
  const rows = points.map(({ batchSize, minibs, gap, bernstein: bound }) => [
    String(batchSize),
    withError(minibs.value, errorOf(minibs) ?? 0),
    ratioText(minibs.value, comparisons.minibs),
    withError(gap.value, errorOf(gap) ?? 0),
    ...(bernstein ? [withError(bound!, 0)] : []),
    gap.status,
  ]);
  const header = [
    "b",
    "MiniBS",
    "compared",
    "gap",
    ...(bernstein ? ["Bernstein"] : []),
    "status of the gap",
  ];
  return [
    `step ${step}, n = ${samples}, FullBS ${withError(fullbs.value, fullbs.errorBound ?? 0)} ` +
      `(${ratioText(fullbs.value, comparisons.fullbs)})`,
    `MiniBS: ${thresholdText(comparisons.minibs)}`,
    "",
    table(header, rows),
    "",
    fitText("gap ∝ b^(−α)", plain),
    fitText("gap ∝ (n − b)/(n − 1) · b^(−α)", corrected),
    ...(bernstein
      ? [`Bernstein: ${bernstein.kind} from the Hessians of ${bernstein.samples} samples`]
      : []),
  ].join("\n");
}

function fitText(law: string, fit: GapFit | undefined): string {
  if (fit === undefined) return `${law}: too few gaps have an error below half their value`;
  const { exponent, interval, systematic, chiSquare, degrees, fitted } = fit;
  return (
    `${law}: α = ${withError(exponent, interval[1] - exponent)}, ± ${systematic.toFixed(3)} from the error of ` +
    `FullBS; χ² = ${chiSquare.toFixed(1)} for ${degrees} degrees of freedom; b = ${fitted.join(", ")}`
  );
}

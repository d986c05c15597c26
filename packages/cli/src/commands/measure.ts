import { MEASURE_SETTINGS, type MeasuredAt, measureAt, type StepName } from "@eoss/lab";
import { errorOf } from "@eoss/lab/internal";
import { errorTexts, ratioText, short, thresholdText, withError } from "@eoss/run";
import { Command } from "commander";
import { addSettings, givenSettings, pickFields } from "../settingFlags.js";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";
import { withProgress } from "../ui/runSession.js";
import { stepOption } from "../ui/stepOption.js";
import { table } from "../ui/table.js";
import { acceptOption, trustOption } from "../ui/trustOption.js";

const PAGE: Manual = {
  examples: [
    "eoss measure runs/b16 --at 4000",
    "eoss measure runs/b16 --at 4000 --measure fullbs --tolerance 0.001 --json",
    "eoss measure runs/b16 --at 4000 --measure distance --against runs/b64",
  ],
  exits: ["interrupted"],
  files: { "DIR/checkpoints/": "where the replay starts; the folder is not changed" },
  seeAlso: ["quantities", "static", "train"],
};

/** `eoss measure`: any quantity at any step of a run, after the fact. */
export function measureCommand(): Command {
  const fields = pickFields(MEASURE_SETTINGS);
  const command = manual(new Command("measure"), PAGE)
    .description(
      "Measures any quantity at any step of a run. The step needs no checkpoint: training " +
        "is replayed from the last checkpoint before it.",
    )
    .argument("<DIR>", "run folder")
    .requiredOption("--at <STEP>", "init, final or a step", stepOption)
    .option(
      "--against <DIR>",
      "another run: distance is then measured from its parameters at the same step",
    )
    .addOption(trustOption())
    .addOption(acceptOption())
    .option("--json", "print the measurements as one JSON object on stdout");
  return addSettings(command, fields, { defaults: false }).action(
    async (directory: string, flags: Record<string, unknown>) => {
      const changes = givenSettings(fields, flags);
      const result = await withProgress((hooks) =>
        measureAt(directory, flags.at as StepName, changes, {
          ...hooks,
          against: flags.against as string | undefined,
          trusted: flags.trust as string[] | undefined,
          acceptChanges: flags.acceptChanges as boolean | undefined,
        }),
      );
      print(flags.json ? JSON.stringify(result) : describe(result));
    },
  );
}

function describe({ step, learningRate, batchSize, measurements }: MeasuredAt): string {
  const rows = measurements.map(({ quantity, value, comparison, ...rest }) => [
    quantity,
    withError(value, errorOf(rest) ?? 0),
    comparison.matrix === "none" ? "" : ratioText(value, comparison),
    String(rest.products),
    short(rest.seconds),
    rest.status,
  ]);
  const header = ["quantity", "value, with error", "compared", "products", "seconds", "status"];
  return [
    `step ${step}, b = ${batchSize}, η = ${short(learningRate, 6)}`,
    "",
    table(header, rows),
    ...errorTexts(measurements.map(({ quantity: name, errorKind }) => ({ name, errorKind }))),
    "",
    ...comparedLines(measurements),
  ].join("\n");
}

/** What the quantities are compared with, those with the same in one line. */
function comparedLines(measurements: MeasuredAt["measurements"]): string[] {
  const names = new Map<string, string[]>();
  for (const { quantity, comparison } of measurements) {
    if (comparison.matrix === "none") continue;
    const { formula, words, second } = comparison;
    const why = formula === undefined ? "" : `: ${words}${second ? `, and ${second.words}` : ""}`;
    const text = thresholdText(comparison) + why;
    names.set(text, [...(names.get(text) ?? []), quantity]);
  }
  return [...names].map(([text, quantities]) => `${quantities.join(", ")}: ${text}`);
}

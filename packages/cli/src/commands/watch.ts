import { type Glimpse, watchRun } from "@eoss/lab";
import {
  comparisonsOf,
  type MetricRecord,
  ratioText,
  STEP_LOSS,
  short,
  thresholdText,
} from "@eoss/run";
import { Command } from "commander";
import { interruptSignal } from "../ui/interrupt.js";
import { LiveLine } from "../ui/liveLine.js";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";

const PAGE: Manual = {
  examples: ["eoss watch runs/cifar-b16", "eoss watch runs/cifar-b16 --json"],
  seeAlso: ["train", "resume", "report"],
};

/** `eoss watch`: a run that another process is making, as it grows. */
export function watchCommand(): Command {
  return manual(new Command("watch"), PAGE)
    .description(
      "Follows a run of another process and shows its records as they are written. Ctrl-C stops " +
        "watching, not the run.",
    )
    .argument("<DIR>", "run folder")
    .option("--json", "print every record when it is written, one JSON object per line")
    .action(async (directory: string, flags: { json?: boolean }) => {
      const line = new LiveLine();
      const signal = interruptSignal("look");
      let last: Glimpse | undefined;
      const said = new Set<string>();
      for await (const glimpse of watchRun(directory, { signal })) {
        last = glimpse;
        if (flags.json) {
          for (const record of glimpse.records) print(JSON.stringify(record));
          continue;
        }
        for (const text of measuredLines(glimpse, said)) {
          line.clear();
          print(text);
        }
        const step = glimpse.records.at(-1);
        if (step) line.show(() => stepText(glimpse, step));
      }
      line.clear();
      if (!flags.json && last !== undefined) print(endText(directory, last, signal.aborted));
    });
}

/**
 * A line for each step at which something was measured, and one for each reason why a number has no
 * threshold, where it is met first.
 *
 * @param said reasons that were given before; added to
 */
function measuredLines({ records, manifest }: Glimpse, said: Set<string>): string[] {
  const compare = comparisonsOf(manifest);
  const bySteps = new Map<number, MetricRecord[]>();
  for (const record of records) {
    if (record.quantity === STEP_LOSS) continue;
    bySteps.set(record.step, [...(bySteps.get(record.step) ?? []), record]);
  }
  return [...bySteps].flatMap(([step, measured]) => {
    const compared = measured.map((record) => ({ record, comparison: compare(record, step) }));
    const values = compared.map(({ record: { quantity, value }, comparison }) => {
      const number = value ?? Number.NaN;
      const ratio = comparison.matrix === "none" ? "" : ` (${ratioText(number, comparison)})`;
      return `${quantity} ${short(number)}${ratio}`;
    });
    const reasons = compared
      .filter(({ comparison: { matrix, formula } }) => matrix !== "none" && formula === undefined)
      .map(({ record, comparison }) => `  ${record.quantity}: ${thresholdText(comparison)}`)
      .filter((reason) => !said.has(reason));
    for (const reason of reasons) said.add(reason);
    return [[`step ${step}`, ...values].join(" · "), ...reasons];
  });
}

/** What was measured after the last step belongs to no further one. */
function stepText({ manifest }: Glimpse, { step, quantity, value }: MetricRecord): string {
  const steps = manifest.config.steps;
  const made = quantity === STEP_LOSS ? step + 1 : step;
  const loss = quantity === STEP_LOSS ? ` · batch loss ${short(value ?? Number.NaN)}` : "";
  return `step ${made}/${steps}${loss}`;
}

function endText(directory: string, { manifest, alive }: Glimpse, aborted: boolean): string {
  if (aborted && alive) return "the run continues";
  const { end } = manifest;
  if (end) return `${end.reason}: ${end.message}`;
  return `no process is training this run any more; resume it with: eoss resume ${directory}`;
}

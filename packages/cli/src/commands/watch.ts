import {
  type Glimpse,
  isSharpness,
  type MetricRecord,
  short,
  thresholdAt,
  watchRun,
} from "@eoss/lab";
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
      "Shows a run that another process is making, as its records come in. Ctrl-C ends the watching " +
        "and not the run.",
    )
    .argument("<DIR>", "run folder")
    .option("--json", "print every record as it comes in, one JSON object a line")
    .action(async (directory: string, flags: { json?: boolean }) => {
      const line = new LiveLine();
      const signal = interruptSignal("look");
      let last: Glimpse | undefined;
      for await (const glimpse of watchRun(directory, { signal })) {
        last = glimpse;
        if (flags.json) {
          for (const record of glimpse.records) print(JSON.stringify(record));
          continue;
        }
        for (const text of measuredLines(glimpse)) {
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

/** A line for each step at which something was measured. */
function measuredLines({ records, manifest }: Glimpse): string[] {
  const bySteps = new Map<number, MetricRecord[]>();
  for (const record of records) {
    if (record.quantity === "step-loss") continue;
    bySteps.set(record.step, [...(bySteps.get(record.step) ?? []), record]);
  }
  return [...bySteps].map(([step, measured]) => {
    const values = measured.map((record) => {
      const { quantity, value } = record;
      const number = value ?? Number.NaN;
      const relative = (number / thresholdAt(manifest, step)).toFixed(2);
      return `${quantity} ${short(number)}${isSharpness(quantity, { records: [record] }) ? ` (${relative} × 2/η)` : ""}`;
    });
    return [`step ${step}`, ...values].join(" · ");
  });
}

function stepText({ manifest }: Glimpse, { step, value }: MetricRecord): string {
  return `step ${step + 1}/${manifest.config.steps} · batch loss ${short(value ?? Number.NaN)}`;
}

function endText(directory: string, { manifest, alive }: Glimpse, aborted: boolean): string {
  if (aborted && alive) return "the run goes on";
  const { end } = manifest;
  if (end) return `${end.reason}: ${end.message}`;
  return `no process is making this run any more; go on with: eoss resume ${directory}`;
}

import { type Finding, repair } from "@eoss/lab";
import { Command } from "commander";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";

const PAGE: Manual = {
  examples: ["eoss repair runs/b16 --dry-run", "eoss repair runs/b16"],
  files: { "DIR/aside/": "files that did not fit, unchanged" },
  seeAlso: ["resume"],
};

/** `eoss repair`: makes of a damaged run folder one that can be resumed. */
export function repairCommand(): Command {
  return manual(new Command("repair"), PAGE)
    .description(
      "Checks that the checkpoints, the records and run.json of a run belong together. Files that are " +
        "damaged, were edited, or come from another run are moved to aside/; nothing is deleted. The " +
        "run can then be resumed from the rest.",
    )
    .argument("<DIR>", "run folder")
    .option("--dry-run", "only say what would be done")
    .option("--json", "print only one JSON object on stdout")
    .action((directory: string, { dryRun, json }: { dryRun?: boolean; json?: boolean }) => {
      const findings = repair(directory, { dryRun: dryRun ?? false });
      print(json ? JSON.stringify({ directory, findings }) : textOf(directory, findings, dryRun));
    });
}

function textOf(directory: string, findings: readonly Finding[], dryRun = false): string {
  if (findings.length === 0) return `${directory}: nothing to repair`;
  return [
    ...findings.map(({ file, problem, kept, advice }) =>
      [
        `${file}: ${problem}`,
        ...(kept ? [`  kept in ${kept}`] : []),
        ...(advice ? [`  ${advice}`] : []),
      ].join("\n"),
    ),
    dryRun ? "nothing was done (--dry-run)" : `resume it with: eoss resume ${directory}`,
  ].join("\n");
}

import { type Finding, repair } from "@eoss/lab";
import { Command } from "commander";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";

const PAGE: Manual = {
  examples: ["eoss repair runs/b16 --dry-run", "eoss repair runs/b16"],
  files: { "DIR/aside/": "what did not fit, as it was" },
  seeAlso: ["resume"],
};

/** `eoss repair`: makes of a damaged run folder one that can be resumed. */
export function repairCommand(): Command {
  return manual(new Command("repair"), PAGE)
    .description(
      "Looks at what a run consists of: its checkpoints, its records and run.json name one another, and " +
        "what was damaged, changed by hand or comes from another run does not fit. That is moved to " +
        "aside/, and nothing is lost. The run can then be resumed from what is sound.",
    )
    .argument("<DIR>", "run folder")
    .option("--dry-run", "say what would be done, and do nothing")
    .option("--json", "print one JSON object on stdout and nothing else there")
    .action((directory: string, { dryRun, json }: { dryRun?: boolean; json?: boolean }) => {
      const findings = repair(directory, { dryRun: dryRun ?? false });
      print(json ? JSON.stringify({ directory, findings }) : textOf(directory, findings, dryRun));
    });
}

function textOf(directory: string, findings: readonly Finding[], dryRun = false): string {
  if (findings.length === 0) return `${directory}: all fits, there is nothing to repair`;
  return [
    ...findings.map(({ file, problem, kept, advice }) =>
      [
        `${file}: ${problem}`,
        ...(kept ? [`  kept in ${kept}`] : []),
        ...(advice ? [`  ${advice}`] : []),
      ].join("\n"),
    ),
    dryRun ? "nothing was done (--dry-run)" : `go on with: eoss resume ${directory}`,
  ].join("\n");
}

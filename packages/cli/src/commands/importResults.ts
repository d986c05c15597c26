import { type ImportedResults, importResults, type ResultsSettings } from "@eoss/exchange";
import { ConfigError } from "@eoss/run";
import { Command } from "commander";
import pc from "picocolors";
import { freeDirectory } from "../ui/freeDirectory.js";
import { type Manual, manual } from "../ui/manual.js";
import { print, say } from "../ui/print.js";

const PAGE: Manual = {
  examples: [
    "eoss import results results.txt --out runs/theirs",
    "eoss report runs/theirs runs/mine",
    "eoss import results cifar10_mlp/*/results.txt --out runs/theirs",
    "eoss table runs/theirs",
  ],
  files: {
    FILE:
      "the log of training.py in the authors' PyTorch code: lines of # with the settings and the names " +
      "of the columns, then one line per step",
    "DIR/run.json": "the settings, and how each column was used",
    "DIR/metrics.jsonl":
      "one line per number, with status imported: its error and cost are unknown",
  },
  seeAlso: ["report", "table", "query", "export"],
};

/** Settings that a file may lack. */
const SETTINGS = {
  lr: { placeholder: "NUMBER", description: "step size η" },
  batch: { placeholder: "NUMBER", description: "batch size" },
  samples: { placeholder: "NUMBER", description: "size of the training set" },
  momentum: { placeholder: "NUMBER", description: "of SGD" },
  data: { placeholder: "NAME", description: "data set" },
  model: { placeholder: "NAME", description: "network" },
} as const satisfies Record<keyof ResultsSettings, { placeholder: string; description: string }>;

const NAMES: ReadonlySet<string> = new Set(["data", "model"]);

/** `eoss import results`: numbers that the authors' code wrote, as run folders. */
export function importResultsCommand(): Command {
  const command = manual(new Command("results"), PAGE)
    .summary("make run folders from the authors' results.txt")
    .description(
      "Makes a run folder from each results.txt that the authors' PyTorch code wrote, for comparison " +
        "with other runs: eoss report, table, query and export read it. It has no parameters, so it " +
        "cannot be resumed, forked or measured. Settings are taken from the file; give those that it " +
        "lacks as flags.",
    )
    .argument("<FILE...>", "results.txt")
    .option(
      "--out <DIR>",
      "folder of the run; for several files, the folder of their runs, each named after the " +
        "folder of its file (default: a new one under runs/)",
    );
  for (const [name, { placeholder, description }] of Object.entries(SETTINGS)) {
    command.option(`--${name} <${placeholder}>`, `${description}, if the file does not say it`);
  }
  return command
    .option("--json", "print only one JSON object on stdout")
    .action((files: string[], flags: Record<string, string | true | undefined>) => {
      const out = (flags.out as string | undefined) ?? freeDirectory("runs/imported");
      const runs = importResults(files, { out, ...givenSettings(flags) });
      for (const warning of runs.flatMap(({ warnings }) => warnings)) say(warning);
      print(flags.json ? JSON.stringify({ runs }) : runs.map(describe).join("\n"));
    });
}

function givenSettings(flags: Record<string, string | true | undefined>): ResultsSettings {
  const given = Object.keys(SETTINGS).flatMap((name) => {
    const text = flags[name];
    return typeof text === "string" ? [[name, NAMES.has(name) ? text : numberOf(name, text)]] : [];
  });
  return Object.fromEntries(given);
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && Number.isFinite(number)) return number;
  throw new ConfigError(`--${name} is ${JSON.stringify(text)}; allowed: a number`);
}

function describe({ file, steps, measurements, mapping, directory }: ImportedResults): string {
  const counts = Object.entries(measurements).map(([quantity, count]) => `${count} of ${quantity}`);
  return [
    `${file}: ${steps} steps; ${counts.join(", ")}`,
    ...mapping.map((line) => `  ${line}`),
    `run folder: ${pc.bold(directory)}`,
  ].join("\n");
}

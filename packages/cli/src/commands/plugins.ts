import {
  describePlugins,
  type PluginDescription,
  pluginKinds,
  usageOf,
  valueText,
} from "@eoss/lab";
import { Argument, Command } from "commander";
import { suggest } from "../completion/suggestions.js";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";
import { table } from "../ui/table.js";

const PAGE: Manual = {
  examples: [
    "eoss plugins",
    "eoss plugins optimizer",
    "eoss plugins loss huber ./my-loss.js their-package#robust",
  ],
  seeAlso: ["train", "quantities"],
};

/** `eoss plugins`: what settings can name, and what users can write themselves. */
export function pluginsCommand(): Command {
  return manual(new Command("plugins"), PAGE)
    .description(
      "Lists data sets, networks, losses, optimizers, noises, samplers, schedules and quantities with their options: " +
        "built in, or from a file (./mine.js) or a package (their-package#export) of your own.",
    )
    .addArgument(
      suggest(new Argument("[KIND]", `${pluginKinds.join(", ")} (default: all)`), pluginKinds),
    )
    .argument("[NAME...]", "names, files or packages (default: the built-in ones)")
    .option("--json", "print one JSON array")
    .action(async (kind: string | undefined, names: string[], flags: { json?: boolean }) => {
      const found = await describePlugins(kind, names);
      if (flags.json) {
        print(JSON.stringify(found));
        return;
      }
      const rows = found.map((one) => [
        one.kind,
        usageOf(one.kind, one.name),
        one.description,
        optionsText(one),
      ]);
      const header = ["kind", "setting", "what it is", "options"];
      print(table(header, rows, Array(header.length).fill("left")));
    });
}

/** `momentum=0.9 betas=0.9:0.999`; what must be given has no value. */
function optionsText({ kind, options }: PluginDescription): string {
  return options
    .map(({ name, default: value, required }) =>
      required ? `${name}=…` : `${name}=${value === undefined ? "" : valueText(kind, value)}`,
    )
    .join(" ");
}

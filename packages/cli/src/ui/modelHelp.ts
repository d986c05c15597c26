import { findDataset, findModel } from "@eoss/lab";
import { describeOptions } from "@eoss/lab/internal";
import { table } from "./table.js";

/** What has options and describes them: a network, a data set. */
type Described = Parameters<typeof describeOptions>[0] & {
  readonly name: string;
  readonly description: string;
};

/** The options of a network, as its own schema describes them. */
export async function modelHelp(specifier: string): Promise<string> {
  return optionsHelp(await findModel(specifier), "--model-options");
}

/** The options of a data set. */
export async function dataHelp(specifier: string): Promise<string> {
  return optionsHelp(await findDataset(specifier), "--data-options");
}

function optionsHelp(kind: Described, flag: string): string {
  const options = describeOptions(kind).map(
    ({ name, type, description, default: standard, required }) => [
      name,
      type,
      required ? "required" : standard === undefined ? "" : JSON.stringify(standard),
      description,
    ],
  );
  const heading = `${kind.name}: ${kind.description}`;
  if (options.length === 0) return `${heading}\nIt has no options.`;
  return [
    heading,
    "",
    table(["option", "type", "default", "what it does"], options, ["left", "left", "left", "left"]),
    "",
    `Set them with ${flag}, as YAML: ${flag} "${options[0]![0]}: ${options[0]![2] || "..."}"`,
  ].join("\n");
}

import { findModel } from "@eoss/lab";
import { describeOptions } from "@eoss/lab/internal";
import { table } from "./table.js";

/** The options of a network, as its own schema describes them. */
export async function modelHelp(specifier: string): Promise<string> {
  const kind = await findModel(specifier);
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
    `Set them with --model-options, as YAML: --model-options "${options[0]![0]}: ${options[0]![2] || "..."}"`,
  ].join("\n");
}

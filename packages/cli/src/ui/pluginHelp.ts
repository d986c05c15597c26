import {
  describePlugins,
  type PluginDescription,
  pluginKinds,
  settingOf,
  usageOf,
  valueText,
} from "@eoss/lab";
import { trainFields } from "@eoss/run";
import { type Command, Option } from "commander";
import { suggest } from "../completion/suggestions.js";
import { camelCase } from "../settingFlags.js";
import { table } from "./table.js";

/** Gives a command `--help-optimizer NAME` and the like, one for each kind of what settings can name. */
export function addPluginHelp(command: Command): Command {
  for (const kind of pluginKinds) {
    const option = new Option(
      `--help-${kind} <NAME>`,
      `describe a ${kind} and its options, and stop`,
    );
    const field = trainFields[settingOf(kind) as keyof typeof trainFields];
    command.addOption(suggest(option, "suggestions" in field ? (field.suggestions ?? []) : []));
  }
  return command;
}

/** What such a flag asks for, if one stands on the command line. */
export async function pluginHelp(
  flags: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  for (const kind of pluginKinds) {
    const name = flags[camelCase(`help-${kind}`)];
    if (typeof name !== "string") continue;
    const [found] = await describePlugins(kind, [name]);
    return helpText(found!);
  }
  return undefined;
}

function helpText({ kind, name, description, options }: PluginDescription): string {
  const heading = `${name}: ${description}`;
  if (options.length === 0) {
    return `${heading}\nIt has no options. Ask for it with ${usageOf(kind, name)}.`;
  }
  const rows = options.map((one) => [
    one.name,
    one.type,
    one.required ? "required" : one.default === undefined ? "" : valueText(kind, one.default),
    one.description,
  ]);
  // A column that is empty throughout says nothing.
  const columns = ["option", "type", "default", "what it does"].map((title, i) => ({ title, i }));
  const kept = columns.filter(({ i }) => rows.some((row) => row[i] !== ""));
  const required = options.filter((one) => one.required);
  const usual = options.find((one) => one.default !== undefined) ?? options[0]!;
  const example = required.length > 0 ? required : [usual];
  const values = Object.fromEntries(example.map((one) => [one.name, one.default]));
  return [
    heading,
    "",
    table(
      kept.map(({ title }) => title),
      rows.map((row) => kept.map(({ i }) => row[i]!)),
      kept.map(() => "left"),
    ),
    "",
    `Set them so: ${usageOf(kind, name, values)}`,
  ].join("\n");
}

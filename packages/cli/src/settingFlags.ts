import { type Field, parseFlag, parseSettings, readConfigFile, type Settings } from "@eoss/lab";
import { type Command, Option } from "commander";

type Fields = Readonly<Record<string, Field>>;

/** Gives a command a flag for each setting of a table. */
export function addSettings(command: Command, fields: Fields): Command {
  for (const [name, field] of Object.entries(fields)) command.addOption(optionOf(name, field));
  return command;
}

/**
 * The settings of a command line, over those of a config file if one is named.
 *
 * @throws ConfigError naming the flag, or the file and the key
 */
export function settingsOf<F extends Record<string, Field>>(
  fields: F,
  flags: Readonly<Record<string, unknown>>,
): Settings<F> {
  const file = flags.config as string | undefined;
  const fromFile = file === undefined ? {} : readConfigFile(file);
  const fromFlags = Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => {
      const text = flags[camelCase(name)];
      if (Array.isArray(text)) return [[name, text.map((item) => parseFlag(field, item))]];
      return typeof text === "string" ? [[name, parseFlag(field, text)]] : [];
    }),
  );
  const nameOf = (key: string) =>
    key in fromFile && !(key in fromFlags) ? `${file}: ${key}` : `--${key}`;
  return parseSettings(fields, { ...fromFile, ...fromFlags }, nameOf);
}

/** The text of a flag stays text here; what it means is decided with the settings of the file. */
function optionOf(name: string, field: Field): Option {
  const { placeholder, description, schema, repeated } = field;
  const standard = schema.safeParse(undefined);
  const hasDefault = standard.success && standard.data !== undefined;
  const shown = hasDefault ? ` (default: ${standard.data})` : "";
  const option = new Option(`--${name} <${placeholder}>`, `${description}${shown}`);
  if (repeated) {
    option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);
  }
  return option;
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

import { dirname } from "node:path";
import { parseFlag, readConfigFile } from "@eoss/lab";
import { absolutePaths } from "@eoss/lab/internal";
import { type Field, parseGiven, parseSettings, type Settings, trainFields } from "@eoss/run";
import { type Command, Option } from "commander";
import { suggest } from "./completion/suggestions.js";
import { repeatableOption } from "./ui/repeatable.js";

type Fields = Readonly<Record<string, Field>>;

/** The settings of training that a command shares. */
export function pickFields<K extends keyof typeof trainFields>(
  names: readonly K[],
): Pick<typeof trainFields, K> {
  return Object.fromEntries(names.map((name) => [name, trainFields[name]])) as never;
}

/**
 * Gives a command a flag for each setting of a table.
 *
 * @param defaults whether a flag that is left out has its default, and the help says so
 */
export function addSettings(
  command: Command,
  fields: Fields,
  { defaults = true }: { readonly defaults?: boolean } = {},
): Command {
  for (const [name, field] of Object.entries(fields)) {
    command.addOption(optionOf(name, field, defaults));
  }
  return command;
}

/** The settings that stand on a command line, and no others. @throws ConfigError naming the flag */
export function givenSettings<F extends Record<string, Field>>(
  fields: F,
  flags: Readonly<Record<string, unknown>>,
): Partial<Settings<F>> {
  const settings = parseGiven(fields, fromFlags(fields, flags), (key) => `--${key}`);
  return absolutePaths(settings, process.cwd());
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
  const given = fromFlags(fields, flags);
  const isOfFile = (key: string) => key in fromFile && !(key in given);
  const nameOf = (key: string) => (isOfFile(key) ? `${file}: ${key}` : `--${key}`);
  const settings = parseSettings(fields, { ...fromFile, ...given }, nameOf);
  // A path in a file begins where the file is.
  return absolutePaths(settings, (key) => (isOfFile(key) ? dirname(file!) : process.cwd()));
}

function fromFlags(fields: Fields, flags: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => {
      const text = flags[camelCase(name)];
      if (Array.isArray(text)) return [[name, text.map((item) => parseFlag(field, item))]];
      const given = typeof text === "string" || text === true;
      return given ? [[name, parseFlag(field, text)]] : [];
    }),
  );
}

/** The text of a flag stays text here; what it means is decided with the settings of the file. */
function optionOf(name: string, field: Field, defaults: boolean): Option {
  const { placeholder, description, schema, choices, suggestions, list, repeated, toggle } = field;
  const standard = schema.safeParse(undefined);
  const hasDefault = defaults && standard.success && standard.data !== undefined;
  const shown = hasDefault ? ` (default: ${standard.data})` : "";
  if (toggle) return new Option(`--${name}`, description);
  const make = repeated
    ? repeatableOption
    : (flags: string, text: string) => new Option(flags, text);
  const option = make(`--${name} <${placeholder}>`, `${description}${shown}`);
  // For help and completion alone.
  if (choices) option.argChoices = [...choices];
  if (suggestions) suggest(option, suggestions, list);
  return option;
}

/** `batch-size` as commander names it: `batchSize`. */
export function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

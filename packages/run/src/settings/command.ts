import { INITIAL_FILE } from "../formats/names.js";
import { type TrainConfig, trainFields } from "./config.js";
import type { Field } from "./field.js";
import { isStandard } from "./standard.js";

/** The command line that repeats a run: every setting that is not at its default. */
export function commandOf(config: TrainConfig): string {
  return ["eoss train", ...flagsOf(config)].join(" ");
}

/** The same for a run from given parameters: it begins the run, in whose folder they are. */
export function importCommandOf(config: TrainConfig): string {
  return [`eoss import weights ${INITIAL_FILE}`, ...flagsOf(config)].join(" ");
}

function flagsOf(config: TrainConfig): string[] {
  const settings: Readonly<Record<string, unknown>> = config;
  return Object.entries<Field>(trainFields).flatMap(([key, field]) => {
    const { repeated, toggle } = field;
    const value = settings[key];
    if (isStandard(field, value)) return [];
    if (toggle) return [`--${key}`];
    const items = repeated ? (value as readonly string[]) : [value];
    return items.map((item) => `--${key} ${quoted(flagText(item))}`);
  });
}

/** What `parseFlag` reads back. */
function flagText(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  // A JSON object without its braces is what stands in a YAML one.
  return typeof value === "object" ? JSON.stringify(value).slice(1, -1) : String(value);
}

/** What a shell reads back as one word. */
export function quoted(text: string): string {
  return /^[\w.,:/+@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

import { type Field, type TrainConfig, trainFields } from "./config.js";

/** The command line that repeats a run: every setting that is not at its default. */
export function commandOf(config: TrainConfig): string {
  const settings: Readonly<Record<string, unknown>> = config;
  const flags = Object.entries<Field>(trainFields).flatMap(([key, { schema }]) => {
    const value = settings[key];
    const standard = schema.safeParse(undefined);
    const isDefault = standard.success && JSON.stringify(standard.data) === JSON.stringify(value);
    return isDefault
      ? []
      : [`--${key} ${quoted(Array.isArray(value) ? value.join(",") : String(value))}`];
  });
  return ["eoss train", ...flags].join(" ");
}

function quoted(text: string): string {
  return /^[\w.,:/+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

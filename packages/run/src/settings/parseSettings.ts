/** From what somebody wrote to checked settings, with all faults at once. */

import { nearest } from "@eoss/rng/internal";
import { ConfigError } from "./configError.js";
import type { Field, Settings } from "./field.js";
import { numberFault, numberOrText } from "./nameValuePairs.js";
import { cut, shortJson } from "./shortText.js";

/**
 * Checks settings and fills in defaults.
 *
 * @param fields the settings there are
 * @param raw settings by flag name
 * @param nameOf how messages call a setting, e.g. `--lr` or `run.yaml: lr`
 * @throws ConfigError naming the setting, its value and what is allowed
 */
export function parseSettings<F extends Record<string, Field>>(
  fields: F,
  raw: Readonly<Record<string, unknown>>,
  nameOf: (key: string) => string = (key) => key,
): Settings<F> {
  const faults = Object.keys(raw)
    .filter((key) => !Object.hasOwn(fields, key))
    .map(
      (key) => `${nameOf(cut(key, 80))}: unknown setting; ${knownText(key, Object.keys(fields))}`,
    );
  const parsed = Object.entries(fields).map(([key, field]) => {
    const value = settingValue(field, raw[key]);
    const result = field.schema.safeParse(value);
    if (result.success) {
      const fault = result.data === undefined ? undefined : faultIn(field, result.data);
      if (fault !== undefined) faults.push(underName(fault, key, nameOf(key)));
      return [key, result.data] as const;
    }
    faults.push(
      `${nameOf(key)} (${field.description}) ${problemOf(field, value, result.error.issues)}`,
    );
    return [key, undefined] as const;
  });
  if (faults.length > SHOWN) faults.splice(SHOWN, Infinity, `and ${faults.length - SHOWN} more`);
  if (faults.length > 0) throw new ConfigError(faults.join("\n"));
  return Object.fromEntries(parsed.filter(([, value]) => value !== undefined)) as Settings<F>;
}

/** What the check of a setting finds wrong. */
function faultIn({ check }: Field, value: unknown): string | undefined {
  try {
    check?.(value as never);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof RangeError)) throw error;
    return error.message;
  }
}

/** A message under the name that the user has for the setting; it may begin with its own. */
function underName(message: string, key: string, name: string): string {
  const isNamed = message.startsWith(`${key}: `) || message.startsWith(`${key} "`);
  return isNamed ? name + message.slice(key.length) : `${name}: ${message}`;
}

/** Of what is wrong, so much is said. */
const SHOWN = 20;

/** Of a name that is not known, what may be meant; where nothing is like it, all that there are. */
function knownText(name: string, known: readonly string[]): string {
  const meant = nearest(name.slice(0, 80), known);
  return meant === undefined ? `allowed: ${known.join(", ")}` : `did you mean ${meant}?`;
}

/** @param issues what the schema found: of a list, the places of the items that do not fit */
function problemOf(
  { allowed, choices, suggestions }: Field,
  value: unknown,
  issues: ReadonlyArray<{ readonly path: readonly PropertyKey[] }>,
): string {
  if (value === undefined) return `is missing; allowed: ${allowed}`;
  const known = choices ?? suggestions ?? [];
  const meant = [value].flat().flatMap((item) => {
    if (typeof item !== "string" || known.includes(item)) return [];
    return nearest(item.slice(0, 80), known) ?? [];
  });
  const why = typeof value === "string" ? numberFault(value) : undefined;
  const items: readonly unknown[] = Array.isArray(value) && value.length > 1 ? value : [];
  const odd = issues.flatMap(({ path: [at] }) =>
    typeof at === "number" && at < items.length ? shortJson(items[at]) : [],
  );
  const faults = [why ?? [], odd.length > 0 ? `wrong: ${odd.join(", ")}` : []].flat();
  const advice =
    meant.length > 0
      ? `did you mean ${meant.join(", ")}?`
      : [...faults, `allowed: ${allowed}`].join("; ");
  return `cannot be ${shortJson(value)}; ${advice}`;
}

/**
 * A value as its field takes it, however it is written: a list also as a single item, or as a text with
 * commas; a number also as text, in such a list.
 */
export function settingValue({ list, repeated }: Field, value: unknown): unknown {
  if (repeated) return typeof value === "string" ? [value] : value;
  if (!list) return value;
  if (typeof value === "number") return [value];
  if (typeof value !== "string") return value;
  return value.trim() === "" ? [] : value.split(",").map((part) => numberOrText(part.trim()));
}

/** Checks the settings that are given, and no others. @throws ConfigError as `parseSettings` */
export function parseGiven<F extends Record<string, Field>>(
  fields: F,
  raw: Readonly<Record<string, unknown>>,
  nameOf?: (key: string) => string,
): Partial<Settings<F>> {
  const given = Object.entries(fields).filter(([key]) => raw[key] !== undefined);
  return parseSettings(Object.fromEntries(given), raw, nameOf) as Partial<Settings<F>>;
}

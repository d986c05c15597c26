/** What a setting is made of, and the kinds of settings there are. */

import { z } from "zod";

/** One setting: the same under its flag, in a config file and in `run.json`. */
export interface Field {
  readonly schema: z.ZodType;
  /** What stands behind the flag in the help text, e.g. `N`. */
  readonly placeholder: string;
  readonly description: string;
  /** What a value may be, for messages. */
  readonly allowed: string;
  /** Looks at what the schema cannot: throws a ConfigError or RangeError that says what is wrong. */
  readonly check?: (value: never) => void;
  /** The values there are, if they can be listed. */
  readonly choices?: readonly string[];
  /** Values to offer where others can stand too. */
  readonly suggestions?: readonly string[];
  /** Whether the value is a list, written with commas on the command line. */
  readonly list?: boolean;
  /** Whether the value is a list, of which each item has the flag to itself. */
  readonly repeated?: boolean;
  /** Whether the flag stands alone: given, the value is true. */
  readonly toggle?: boolean;
}

export const field = <S extends z.ZodType>(
  schema: S,
  placeholder: string,
  description: string,
  allowed: string,
  list = false,
): TypedField<S> => ({ schema, placeholder, description, allowed, list });

export const choice = <const T extends string>(names: readonly T[], description: string) => {
  const schema = z.enum(names as [T, ...T[]]);
  return { ...field(schema, "NAME", description, `one of ${names.join(", ")}`), choices: names };
};

export const suggesting = <S extends z.ZodType>(
  setting: TypedField<S>,
  suggestions: readonly string[],
): TypedField<S> => ({ ...setting, suggestions });

export const checked = <S extends z.ZodType>(
  setting: TypedField<S>,
  check: (value: z.output<S>) => void,
): TypedField<S> => ({ ...setting, check: check as (value: never) => void });

export const texts = (
  placeholder: string,
  description: string,
  allowed: string,
  check: (texts: readonly string[]) => void,
) =>
  optional({
    ...checked(field(z.array(z.string().min(1)), placeholder, description, allowed), check),
    repeated: true,
  });

export const count = (description: string, placeholder = "N", min = 1) =>
  field(z.int().min(min), placeholder, description, `an integer from ${min} up`);

export const positive = (description: string, placeholder: string) =>
  field(z.number().positive(), placeholder, description, "a number above 0");

export interface TypedField<S extends z.ZodType> extends Field {
  readonly schema: S;
}

export const optional = <S extends z.ZodType>(setting: TypedField<S>) => ({
  ...setting,
  schema: setting.schema.optional() as z.ZodOptional<S>,
});

export const withDefault = <S extends z.ZodType>(setting: TypedField<S>, value: z.output<S>) => ({
  ...setting,
  schema: setting.schema.default(value as never) as z.ZodDefault<S>,
});

/** Whether a value is an object with names, and no list. */
export function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Checked settings of a table of fields. */
export type Settings<F extends Record<string, Field>> = {
  readonly [K in keyof F]: z.output<F[K]["schema"]>;
};

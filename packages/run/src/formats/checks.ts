import { z } from "zod";

type Shape = Readonly<Record<string, z.ZodType>>;

/** Keys of a shape that may be missing. */
type Optional<S extends Shape> = {
  [K in keyof S]: undefined extends z.output<S[K]>
    ? K
    : S[K] extends z.ZodExactOptional
      ? K
      : never;
}[keyof S];

/** What an object of a shape holds, with the comments that its fields have there. */
export type Fields<S extends Shape> = {
  readonly [K in keyof S as K extends Optional<S> ? never : K]: z.output<S[K]>;
} & {
  readonly [K in keyof S as K extends Optional<S> ? K : never]?: z.output<S[K]>;
};

/** An object with these fields. Others are kept: a later version may have written them. */
export function fields<S extends Shape>(shape: S): z.ZodType<Fields<S>> {
  return z.looseObject(shape) as unknown as z.ZodType<Fields<S>>;
}

/** A list. */
export function list<T extends z.ZodType>(item: T): z.ZodType<readonly z.output<T>[]> {
  return z.array(item);
}

/** Values by name. */
export function named<T extends z.ZodType>(
  value: T,
): z.ZodType<Readonly<Record<string, z.output<T>>>> {
  return z.record(z.string(), value);
}

export const count = z.number().int().nonnegative();

/** In terminals and figures a name is one line, and nothing but text. */
export const name = z
  .string()
  .min(1)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, "a name must not have control characters");

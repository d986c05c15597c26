import type { Field } from "./field.js";

/** Whether a value is what a setting is when it is left out. */
export function isStandard({ schema }: Field, value: unknown): boolean {
  const standard = schema.safeParse(undefined);
  return standard.success && JSON.stringify(standard.data) === JSON.stringify(value);
}

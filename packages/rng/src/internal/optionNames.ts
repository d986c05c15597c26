/** What of a schema of zod says which keys its objects have; zod itself is not needed for that. */
interface ObjectSchema {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly def?: { readonly type?: string; readonly catchall?: { def?: { type?: string } } };
}

/** The names of the options in a zod schema; undefined where it takes others too, or says none. */
export function optionNames(schema: unknown): string[] | undefined {
  const { shape, def } = (schema ?? {}) as ObjectSchema;
  if (def?.type !== "object" || shape === undefined) return undefined;
  const closed = def.catchall === undefined || def.catchall.def?.type === "never";
  return closed ? Object.keys(shape) : undefined;
}

import type { ModelKind } from "./define.js";

/** A module or value is not what `--model` asks for; the message names the rule it broke. */
export class ModelContractError extends Error {
  override readonly name = "ModelContractError";
}

/**
 * Checks that a value from somewhere else is a kind of network.
 *
 * @param source where it comes from, for the message
 * @throws ModelContractError naming the rule that is broken
 */
export function checkModelKind(value: unknown, source: string): ModelKind {
  const broken = brokenRule(value);
  if (broken === undefined) return value as ModelKind;
  throw new ModelContractError(
    `${source} is not a model: ${broken}. A model is what defineModel({ name, description, options, build }) returns.`,
  );
}

/**
 * The kind of network that a module exports: the export of the given name, else the default export,
 * else the only export that is one.
 *
 * @throws ModelContractError
 */
export function modelOf(
  module: Readonly<Record<string, unknown>>,
  source: string,
  exportName?: string,
): ModelKind {
  if (exportName !== undefined) {
    if (!Object.hasOwn(module, exportName)) {
      const exports = Object.keys(module).join(", ") || "nothing";
      throw new ModelContractError(
        `${source} has no export "${exportName}"; it exports: ${exports}`,
      );
    }
    return checkModelKind(module[exportName], `the export "${exportName}" of ${source}`);
  }
  if (module.default !== undefined) {
    return checkModelKind(module.default, `the default export of ${source}`);
  }
  const kinds = Object.entries(module).filter(([, value]) => brokenRule(value) === undefined);
  if (kinds.length === 1) return kinds[0]![1] as ModelKind;
  throw new ModelContractError(
    kinds.length === 0
      ? `${source} exports no model: make it the default export`
      : `${source} exports several models; choose one: ${kinds.map(([name]) => `${source}#${name}`).join(", ")}`,
  );
}

function brokenRule(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return `it is ${describe(value)}, not an object`;
  const { name, description, options, build } = value as Record<string, unknown>;
  if (typeof name !== "string" || name === "") return "`name` must be a text";
  if (typeof description !== "string") return "`description` must be a text";
  const schema = options as { safeParse?: unknown; _zod?: unknown } | undefined;
  if (typeof schema?.safeParse !== "function" || schema._zod === undefined) {
    return "`options` must be a zod schema (zod 4), e.g. z.object({})";
  }
  if (typeof build !== "function") return "`build` must be a function";
  return undefined;
}

const describe = (value: unknown) => (value === null ? "null" : typeof value);

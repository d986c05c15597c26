import { z } from "zod";
import type { ModelKind } from "./define.js";

/** One option of a model, for a help text. */
export interface OptionDescription {
  readonly name: string;
  /** E.g. `integer`, `integer[]`, `relu | tanh | ...`, `boolean`. */
  readonly type: string;
  /** What it does. */
  readonly description: string;
  /** Present where the option may be left out and has a value then. */
  readonly default?: unknown;
  readonly required: boolean;
}

/** The parts of a JSON schema that describe an option. */
interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** The names of the options in a schema; undefined where it takes others too, or says none. */
export function optionNames(schema: z.ZodType): string[] | undefined {
  if (!(schema instanceof z.ZodObject)) return undefined;
  const { catchall } = schema.def;
  const closed = catchall === undefined || catchall instanceof z.ZodNever;
  return closed ? Object.keys(schema.shape) : undefined;
}

/** The options of a kind of network, in order, from its schema. */
export function describeOptions(kind: ModelKind): OptionDescription[] {
  const schema = z.toJSONSchema(kind.options, { io: "input", unrepresentable: "any" }) as Schema;
  return Object.entries(schema.properties ?? {}).map(([name, option]) => ({
    name,
    type: typeOf(option),
    description: option.description ?? "",
    ...("default" in option && { default: option.default }),
    required: schema.required?.includes(name) ?? false,
  }));
}

function typeOf({ type, enum: values, items, prefixItems, anyOf }: Schema): string {
  if (values) return values.join(" | ");
  if (anyOf) return anyOf.map(typeOf).join(" | ");
  if (prefixItems) return `[${prefixItems.map(typeOf).join(", ")}]`;
  if (type === "array") return `${items ? typeOf(items) : "any"}[]`;
  return type ?? "any";
}

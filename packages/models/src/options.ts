import { z } from "zod";

/** One option of a network or a data set, for a help text. */
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

/** The options of a kind of network or a data set, in order, from its schema. */
export function describeOptions(kind: { readonly options: z.ZodType }): OptionDescription[] {
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

/** The one way in which code of users is found: networks and quantities, by name, file or package. */

import { type Fault, shown } from "./checks.js";
import { nearest } from "./nearest.js";
import { callback, checkTypedOptions } from "./typedOptions.js";

type Module = Readonly<Record<string, unknown>>;

/** Imports a module by its file path or package name, as seen from the user's folder. */
export type ImportModule = (source: string) => Promise<Module>;

export interface LoadPluginOptions {
  /**
   * Imports a module by its file path or package name, as seen from the user's folder. Default:
   * `import(source)`, which knows the packages beside this one, and URLs.
   */
  readonly importModule?: ImportModule | undefined;
}

/**
 * Whether a name is one of code that is not part of eoss: a file, `./mine.js`, or a package, which then names
 * a scope, a path or an export: `@them/rules`, `rules/fast`, `rules#default`.
 */
export function isForeign(name: string): boolean {
  return /[./\\#@]/.test(name);
}

/** A kind of thing that users can write themselves. */
export interface PluginKind<T> {
  /** What messages call one and several: "model", "models". */
  readonly noun: string;
  readonly nouns: string;
  /** The function that loads one. */
  readonly loader: string;
  /** How one is made, as in "A model is what defineModel({ … }) returns." */
  readonly howMade: string;
  readonly builtIn: Readonly<Record<string, T>>;
  /** The rule of the contract that an object breaks, in words; undefined if none. */
  readonly brokenRule: (members: Readonly<Record<string, unknown>>) => string | undefined;
  readonly Failure: new (message: string, options?: ErrorOptions) => Error;
  /** Why one of a user must not have the name of a built-in one; left out where it may. */
  readonly nameTaken?: string;
}

type Members = Readonly<Record<string, unknown>>;

/** The rule of what all kinds have, a name and a description, that an object breaks; undefined if none. */
export function namedRule({ name, description }: Members): string | undefined {
  if (typeof name !== "string" || name === "") return "`name` must be a text";
  return typeof description === "string" ? undefined : "`description` must be a text";
}

/** The rule of options that are described by a schema; undefined if they are. */
export function schemaRule(options: unknown): string | undefined {
  const schema = options as { safeParse?: unknown; _zod?: unknown } | undefined;
  return typeof schema?.safeParse === "function" && schema._zod !== undefined
    ? undefined
    : "`options` must be a zod schema (zod 4), e.g. z.object({})";
}

/** `import(source)`: knows the packages beside this one, and URLs. */
const importHere: ImportModule = (source) => import(/* @vite-ignore */ source);

/**
 * What a specifier names:
 *
 * - a built-in name: `mlp`;
 * - a file: `./my-model.js`;
 * - a package: `their-package`, `@them/package/subpath`;
 * - either with a named export: `their-package#wide`. Without, the default export counts, or the only
 *   export that keeps the contract.
 *
 * @param OptionFault the class of the error for an option that there is not
 * @throws `kind.Failure` saying what could not be found, or which rule the module broke
 */
export async function resolvePlugin<T>(
  kind: PluginKind<T>,
  specifier: string,
  options: LoadPluginOptions,
  OptionFault: Fault = RangeError,
): Promise<T> {
  const { noun, builtIn, loader, Failure } = kind;
  checkTypedOptions(loader, options, { importModule: callback }, OptionFault);
  const { importModule = importHere } = options;
  if (typeof specifier !== "string") {
    const what = `the name of a ${noun}, a file or a package as a text`;
    throw new Failure(`${loader} takes ${what}, not ${shown(specifier)}`);
  }
  if (Object.hasOwn(builtIn, specifier)) return builtIn[specifier]!;
  const mark = specifier.lastIndexOf("#");
  const source = mark < 0 ? specifier : specifier.slice(0, mark);
  const exportName = mark < 0 ? undefined : specifier.slice(mark + 1);
  let module: Module;
  try {
    module = await importModule(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`cannot load the ${noun} "${source}": ${reason}${meant(source, builtIn)}`, {
      cause: error,
    });
  }
  const found = exportOf(kind, module, source, exportName);
  const { name } = found as { readonly name?: string };
  if (kind.nameTaken !== undefined && Object.hasOwn(builtIn, name ?? "")) {
    throw new Failure(
      `${specifier} is named "${name}", as a built-in ${noun} is: ${kind.nameTaken}`,
    );
  }
  return found;
}

/** Who names no file may have meant what is built in. */
function meant(source: string, builtIn: Readonly<Record<string, unknown>>): string {
  if (/^(\.{1,2}[/\\]|[/\\]|[a-zA-Z]:[/\\])/.test(source)) return "";
  const near = nearest(source, Object.keys(builtIn));
  return near === undefined ? "; a file begins with ./" : `; did you mean ${near}?`;
}

/** The export of the given name, else the default export, else the only one that keeps the contract. */
function exportOf<T>(
  kind: PluginKind<T>,
  module: Module,
  source: string,
  exportName: string | undefined,
): T {
  const { noun, nouns, Failure } = kind;
  if (exportName !== undefined) {
    if (!Object.hasOwn(module, exportName)) {
      const exports = Object.keys(module).join(", ") || "nothing";
      throw new Failure(`${source} has no export "${exportName}"; it exports: ${exports}`);
    }
    return checkPlugin(kind, module[exportName], `the export "${exportName}" of ${source}`);
  }
  if (module.default !== undefined) {
    return checkPlugin(kind, module.default, `the default export of ${source}`);
  }
  const found = Object.entries(module).filter(([, value]) => broken(kind, value) === undefined);
  if (found.length === 1) return found[0]![1] as T;
  throw new Failure(
    found.length === 0
      ? `${source} exports no ${noun}: make it the default export`
      : `${source} exports several ${nouns}; choose one: ${found.map(([name]) => `${source}#${name}`).join(", ")}`,
  );
}

/**
 * Checks that a value from somewhere else keeps the contract of its kind.
 *
 * @param source where it comes from, for the message
 * @throws `kind.Failure` naming the rule that is broken
 */
export function checkPlugin<T>(kind: Contract<T>, value: unknown, source: string): T {
  const rule = broken(kind, value);
  if (rule === undefined) return value as T;
  const { noun, howMade, Failure } = kind;
  const article = /^[aeiou]/.test(noun) ? "n" : "";
  throw new Failure(
    `${source} is not a${article} ${noun}: ${rule}. A${article} ${noun} is what ${howMade} returns.`,
  );
}

/** What of a kind has to do with values that are written elsewhere. */
type Contract<T> = Omit<PluginKind<T>, "builtIn" | "loader">;

function broken<T>({ brokenRule }: Contract<T>, value: unknown): string | undefined {
  if (typeof value === "object" && value !== null) {
    return brokenRule(value as Readonly<Record<string, unknown>>);
  }
  return `it is ${value === null ? "null" : typeof value}, not an object`;
}

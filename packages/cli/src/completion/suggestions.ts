import type { Argument, Option } from "commander";

/** What completion offers for a value. */
export interface Values {
  readonly names: readonly string[];
  /** Whether there can be others, such as files. */
  readonly isOpen: boolean;
  /** Whether several can stand there, with commas. */
  readonly isList: boolean;
}

const suggestions = new WeakMap<Option | Argument, Values>();

/** Lets completion offer names where other values can stand too; the help says in its words which. */
export function suggest<T extends Option | Argument>(
  of: T,
  names: readonly string[],
  isList = false,
): T {
  suggestions.set(of, { names, isOpen: true, isList });
  return of;
}

/** The values to offer: the choices there are, or those suggested. */
export function valuesOf(of: Option | Argument): Values {
  const { argChoices } = of;
  if (argChoices) return { names: argChoices, isOpen: false, isList: false };
  return suggestions.get(of) ?? { names: [], isOpen: true, isList: false };
}

import { forkStyle, type LineStyle, rootStyle, SHARPNESSES } from "@eoss/report/internal";

/** A look for each run or curve of a plot, told apart without colour too. */
export function runStyles(names: readonly string[]): ReadonlyMap<string, LineStyle> {
  return new Map(
    names.map((name, i) => [name, i === 0 ? rootStyle(name) : forkStyle(name, i - 1)]),
  );
}

/** The same for quantities, of which some have a look of their own. */
export function quantityStyles(names: readonly string[]): ReadonlyMap<string, LineStyle> {
  const known = new Map<string, LineStyle>(
    SHARPNESSES.map((style) => [style.quantity as string, style]),
  );
  const others = runStyles(names.filter((name) => !known.has(name)));
  return new Map(names.map((name) => [name, known.get(name) ?? others.get(name)!]));
}

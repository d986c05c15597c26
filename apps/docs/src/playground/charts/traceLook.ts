/** How the runs of one chart are told apart: colour is what is measured, the dash is whose it is. */

const DASHES = [
  [6, 4],
  [2, 3],
  [10, 4, 2, 4],
  [12, 3],
  [1, 4],
  [10, 3, 2, 3, 2, 3],
] as const;

/** The dash of a run by its place; the first one is drawn through. After six they come again. */
export function dashOf(index: number): readonly number[] | undefined {
  return index === 0 ? undefined : DASHES[(index - 1) % DASHES.length];
}

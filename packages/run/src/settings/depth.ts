/** Nothing that this software writes or reads is nested deeper than this. */
const DEEPEST = 40;

/**
 * Whether lists and objects stand within each other deeper than anything of ours does, or contain
 * themselves: what goes through such a value by calling itself would not come back.
 */
export function isTooDeep(value: unknown, left = DEEPEST): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (left === 0) return true;
  return Object.values(value).some((part) => isTooDeep(part, left - 1));
}

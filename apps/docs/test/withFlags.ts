/**
 * A command with other flags: one that it has gets the other value, any other is appended, since an
 * option that is given twice is refused.
 */
export function withFlags(command: string, flags: string): string {
  let changed = command;
  for (const [flag, name] of flags.matchAll(/(--[\w-]+)(?: (?!--)(?:"[^"]*"|\S+))?/g)) {
    const there = new RegExp(`(?<=\\s)${name}(?: (?!--)(?:"[^"]*"|'[^']*'|\\S+))?(?=\\s|$)`);
    changed = there.test(changed) ? changed.replace(there, () => flag) : `${changed} ${flag}`;
  }
  return changed;
}

import type { Fault } from "./checks.js";
import { nearest } from "./nearest.js";

/**
 * What a registry holds under a name.
 *
 * @param noun what messages call one of its things, e.g. "optimizer"
 * @throws Fault naming what was asked for, what there is and the nearest of it
 */
export function byName<T>(
  noun: string,
  registry: Readonly<Record<string, T>>,
  name: string,
  Fault: Fault = RangeError,
): T {
  if (typeof name === "string" && Object.hasOwn(registry, name)) return registry[name]!;
  const known = Object.keys(registry);
  const asked = typeof name === "string" ? JSON.stringify(name.slice(0, 40)) : typeof name;
  const near = typeof name === "string" ? nearest(name.slice(0, 40), known) : undefined;
  const meant = near === undefined ? undefined : `did you mean ${near}?`;
  // A long list hides the name that was meant.
  const list = known.length > SHORT && meant ? [] : [`allowed: ${known.join(", ")}`];
  throw new Fault([`unknown ${noun} ${asked}`, ...list, ...(meant ? [meant] : [])].join("; "));
}

/** So many names are read at a glance. */
const SHORT = 12;

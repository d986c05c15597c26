/** At which steps each quantity of a run is measured. */

import { isForeign, nearest } from "@eoss/rng/internal";
import { quantities } from "@eoss/sharpness";
import { ConfigError } from "./configError.js";
import { numberOrText } from "./nameValuePairs.js";

/**
 * - every K steps: those divisible by K;
 * - log-spaced: 0 and the whole numbers nearest to 10^(k/P), k = 0, 1, …, P of them to each decade.
 */
export type Rhythm =
  | { readonly kind: "every"; readonly steps: number }
  | { readonly kind: "log"; readonly perDecade: number };

/** The rhythms of a run: of some quantities their own, by the names that the settings have for them. */
export interface Rhythms {
  readonly rest: Rhythm;
  readonly own: ReadonlyMap<string, Rhythm>;
}

/** Of quantities of which nothing is said. */
export const USUAL_STEPS = 100;
/** Of `log` without a number: 1, 2, 3, 4, 5, 6, 8, 10, 13, … */
const USUAL_POINTS = 10;

export const RHYTHM_ALLOWED =
  'an integer from 1 up, log, log:POINTS-PER-DECADE, or words such as "500 loss=10 fullbs=log:20"';

/**
 * What a setting such as `500 loss=10 fullbs=log:20` says: words with the name of a quantity for that one,
 * the word without for all others.
 *
 * @throws ConfigError naming the word, and what is allowed
 */
export function rhythmsOf(setting: number | string): Rhythms {
  if (typeof setting === "number") return { rest: rhythm(setting, setting), own: new Map() };
  const own = new Map<string, Rhythm>();
  let rest: Rhythm | undefined;
  for (const word of setting.split(/\s+/).filter((text) => text !== "")) {
    const equals = word.lastIndexOf("=");
    const value = rhythm(numberOrText(word.slice(equals + 1)), setting);
    const name = word.slice(0, Math.max(0, equals));
    if (equals < 0) {
      if (rest !== undefined) refuse(setting, "two words name no quantity");
      rest = value;
    } else {
      checkName(name, setting);
      if (own.has(name)) refuse(setting, `${name} is given twice`);
      own.set(name, value);
    }
  }
  if (rest === undefined && own.size === 0) refuse(setting, "it has no words");
  return { rest: rest ?? { kind: "every", steps: USUAL_STEPS }, own };
}

/** The rhythm of a quantity, by the name that the settings have for it. */
export function rhythmOf(setting: number | string, name: string): Rhythm {
  const { rest, own } = rhythmsOf(setting);
  return own.get(name) ?? rest;
}

/** Whether a step is one of a rhythm; step 0 is one of all. */
export function isDue(rhythm: Rhythm, step: number): boolean {
  return countBefore(rhythm, step + 1) > countBefore(rhythm, step);
}

/** How many steps of a rhythm are below a step. */
export function countBefore(rhythm: Rhythm, end: number): number {
  if (end <= 0) return 0;
  if (rhythm.kind === "every") return Math.ceil(end / rhythm.steps);
  // The k-th is below the end from its rounding on; several that round to the same step are one.
  let count = 1;
  let last = 0;
  for (let k = 0; ; k++) {
    const step = Math.round(10 ** (k / rhythm.perDecade));
    if (step >= end) return count;
    if (step > last) count += 1;
    last = step;
  }
}

/** Whether a run that ends at a step is measured there for all quantities as one that goes on would be. */
export function isDueForAll(setting: number | string, step: number): boolean {
  const { rest, own } = rhythmsOf(setting);
  return [rest, ...own.values()].every((rhythm) => isDue(rhythm, step));
}

/** How often a quantity is measured at steps from one on to below another, and at the end. */
export function measurementsIn(
  setting: number | string,
  name: string,
  from: number,
  end: number,
): number {
  const rhythm = rhythmOf(setting, name);
  return countBefore(rhythm, end) - countBefore(rhythm, from) + 1;
}

function rhythm(value: number | string, setting: number | string): Rhythm {
  if (typeof value === "number") {
    if (!(Number.isSafeInteger(value) && value >= 1))
      refuse(setting, `${value} is no count of steps`);
    return { kind: "every", steps: value };
  }
  const [, points] =
    /^log(?::([1-9]\d{0,3}))?$/.exec(value) ?? refuse(setting, `"${value}" is no rhythm`);
  return { kind: "log", perDecade: points === undefined ? USUAL_POINTS : Number(points) };
}

/** Names of other code are looked at when it is loaded. */
function checkName(name: string, setting: number | string): void {
  if (Object.hasOwn(quantities, name) || isForeign(name)) return;
  const meant = nearest(name.slice(0, 40), Object.keys(quantities));
  const advice = meant === undefined ? "eoss quantities lists them" : `did you mean ${meant}?`;
  refuse(setting, `unknown quantity "${name}"; ${advice}`);
}

function refuse(setting: number | string, why: string): never {
  throw new ConfigError(`every "${setting}": ${why}; allowed: ${RHYTHM_ALLOWED}`);
}

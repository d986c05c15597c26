/** At which steps each quantity of a run is measured. */

import { isForeign, nearest } from "@eoss/rng/internal";
import { quantities } from "@eoss/sharpness";
import { ConfigError } from "./configError.js";
import { numberOrText } from "./nameValuePairs.js";

/**
 * - every K steps: those divisible by K;
 * - pieces: from one step on every K, from a later one on every other; the first is from 0 on;
 * - log-spaced: 0 and the whole numbers nearest to 10^(k/P), k = 0, 1, …, P of them to each decade.
 */
export type Rhythm =
  | { readonly kind: "every"; readonly steps: number }
  | { readonly kind: "pieces"; readonly pieces: readonly Piece[] }
  | { readonly kind: "log"; readonly perDecade: number };

interface Piece {
  readonly from: number;
  readonly steps: number;
}

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
  'an integer from 1 up, K,STEP:K such as 200,3000:50, log, log:POINTS-PER-DECADE, or words such as "500 loss=10 ' +
  'fullbs=log:20"';

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
  if (rhythm.kind === "pieces") return countInPieces(rhythm.pieces, end);
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

function countInPieces(pieces: readonly Piece[], end: number): number {
  return pieces.reduce((count, { from, steps }, i) => {
    const until = Math.min(end, pieces[i + 1]?.from ?? end);
    return until <= from ? count : count + Math.ceil(until / steps) - Math.ceil(from / steps);
  }, 0);
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
  if (/^\d+(,\d+:\d+)+$/.test(value)) return { kind: "pieces", pieces: piecesOf(value, setting) };
  const [, points] =
    /^log(?::([1-9]\d{0,3}))?$/.exec(value) ?? refuse(setting, `"${value}" is no rhythm`);
  return { kind: "log", perDecade: points === undefined ? USUAL_POINTS : Number(points) };
}

/** `200,3000:50`: every 200 steps, from step 3000 on every 50. */
function piecesOf(value: string, setting: number | string): Piece[] {
  const [first, ...later] = value.split(",");
  const pieces = [["0", first!], ...later.map((piece) => piece.split(":"))].map(
    ([from, steps]) => ({
      from: Number(from),
      steps: Number(steps),
    }),
  );
  for (const [i, { from, steps }] of pieces.entries()) {
    if (!(Number.isSafeInteger(steps) && steps >= 1))
      refuse(setting, `${steps} is no count of steps`);
    const last = pieces[i - 1]?.from;
    if (last !== undefined && !(Number.isSafeInteger(from) && from > last))
      refuse(setting, `step ${from} does not follow step ${last}`);
  }
  return pieces;
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

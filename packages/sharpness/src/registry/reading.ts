/** What a quantity returns, checked when it returns: a record holds nothing that its readers refuse. */

import { shown } from "@eoss/rng/internal";
import { ERROR_KINDS } from "../search/errorKind.js";
import { methodOf, QuantityContractError } from "./define.js";
import { type Part, type Quantity, type Reading, STATUSES } from "./quantity.js";

const NUMBERS = ["value", "denominator", "scale"] as const;
const ERRORS = ["standardError", "margin", "errorBound"] as const;
const MEMBERS: readonly string[] = [
  ...NUMBERS,
  ...ERRORS,
  ...["errorKind", "products", "status", "parts"],
];
const PART_MEMBERS: readonly string[] = ["value", ...ERRORS];

/**
 * Gives back a reading that keeps its contract.
 *
 * @throws QuantityContractError naming the quantity, the member and the rule that is broken
 */
export function checkReading({ name, over }: Quantity, reading: unknown): Reading {
  const rule = brokenRule(reading);
  if (rule === undefined) return reading as Reading;
  throw new QuantityContractError(
    `\`${methodOf(over)}\` of the quantity ${name} must give ${rule}`,
  );
}

/** The rule that is broken, in words that go on after "must give"; undefined if none. */
function brokenRule(reading: unknown): string | undefined {
  if (!isObject(reading) || typeof reading.next === "function") {
    return `an object { value, products, status }, not ${shown(reading)}`;
  }
  const { value, products, status, errorKind, parts } = reading;
  const unknown = Object.keys(reading).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) {
    return `no ${shown(unknown)}; it may give: ${MEMBERS.join(", ")}`;
  }
  for (const name of NUMBERS) {
    if (!isNumber(reading[name]) && (name === "value" || reading[name] !== undefined)) {
      return `a number as \`${name}\`, not ${shown(reading[name])}${hint(reading[name])}`;
    }
  }
  for (const name of ERRORS) {
    if (!isError(reading[name])) {
      return `a number from 0 on as \`${name}\`, or none, not ${shown(reading[name])}${hint(reading[name])}`;
    }
  }
  if (!(isNumber(products) && products >= 0 && Number.isFinite(products))) {
    return `as \`products\` how many Hessian-vector products it took, from 0 on, not ${shown(products)}`;
  }
  if (!STATUSES.includes(status as never)) {
    return `one of ${STATUSES.join(", ")} as \`status\`, not ${shown(status)}`;
  }
  if (status === "not-finite" && Number.isFinite(value)) {
    return `NaN as \`value\` where the status is "not-finite", not ${shown(value)}`;
  }
  if (errorKind !== undefined && !ERROR_KINDS.includes(errorKind as never)) {
    return `one of ${ERROR_KINDS.join(", ")} as \`errorKind\`, not ${shown(errorKind)}`;
  }
  return parts === undefined ? undefined : brokenParts(parts);
}

function brokenParts(parts: unknown): string | undefined {
  if (!isObject(parts)) return `parts by their names, not ${shown(parts)}`;
  for (const [name, part] of Object.entries(parts)) {
    // Of a record that is read again the second would not be there.
    if (name === "" || name === "__proto__") return `parts with names, not ${shown(name)}`;
    const wrong = brokenPart(part);
    if (wrong !== undefined) return `for the part ${shown(name)} ${wrong}`;
  }
  return undefined;
}

function brokenPart(part: unknown): string | undefined {
  if (!isObject(part)) return `an object { value: ${shown(part)} }, not ${shown(part)}`;
  const unknown = Object.keys(part).find((name) => !PART_MEMBERS.includes(name));
  if (unknown !== undefined) return `no ${shown(unknown)}; it may give: ${PART_MEMBERS.join(", ")}`;
  const { value } = part;
  // A list may have holes, which `every` passes over.
  if (!(Array.isArray(value) ? Array.from(value).every(isNumber) : isNumber(value))) {
    return `a number or a list of numbers as \`value\`, not ${shown(value)}`;
  }
  const wrong = ERRORS.find((name) => {
    const error = part[name];
    if (error === undefined) return false;
    if (!Array.isArray(value)) return !isError(error);
    return !(Array.isArray(error) && error.length === value.length && error.every(isError));
  });
  if (wrong === undefined) return undefined;
  return `a \`${wrong}\` from 0 on for each number of its \`value\`, or none`;
}

/** The names and lengths of a reading's numbers: batches whose forms differ have no mean. */
export function formOf({ denominator, scale, parts = {} }: Reading): string {
  const names = Object.entries(parts as Record<string, Part>)
    .map(([name, { value }]) => (Array.isArray(value) ? `${name} [${value.length}]` : name))
    .sort();
  if (scale !== undefined) names.unshift("`scale`");
  if (denominator !== undefined) names.unshift("`denominator`");
  return names.join(", ") || "nothing";
}

const isNumber = (x: unknown): x is number => typeof x === "number";
/** What is not finite is left out of a record. */
const isError = (x: unknown) => x === undefined || (isNumber(x) && !(x < 0));
const isObject = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === "object" && x !== null && !Array.isArray(x) && !(x instanceof Promise);
function hint(x: unknown): string {
  if (!(x instanceof Promise)) return "";
  // Nobody waits for it: that it fails, too, is of no interest.
  x.catch(() => {});
  return ": await what a view is asked for";
}

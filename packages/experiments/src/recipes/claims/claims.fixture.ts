import type { StaticAt } from "@eoss/lab";
import { stream } from "@eoss/rng";
import { type MetricRecord, type OpenedRun, openRun } from "@eoss/run";
import { syntheticRun } from "../../../../run/src/syntheticRun.fixture.js";
import type { Evidence } from "./claim.js";
import { checkClaim, claimSchema } from "./registry.js";

/** Runs with curves of known levels, for tests of claims. */

const STEPS = 1000;
const EVERY = 20;

export interface Curve {
  /** In units of 2/η. */
  readonly level: number;
  readonly noise?: number;
  readonly slope?: number;
  readonly standardError?: number;
}

/** A run with curves of known levels: 2/η is 10. */
export function run(
  curves: Record<string, Curve>,
  {
    config = {},
    collapsed,
    ...options
  }: Parameters<typeof syntheticRun>[0] & {
    config?: Record<string, unknown>;
    collapsed?: number;
  } = {},
): OpenedRun {
  const made = syntheticRun({ lr: 0.2, steps: STEPS, ...options });
  const first = made.manifest.parent?.step ?? 0;
  const records = Object.entries(curves).flatMap(([quantity, curve], index) => {
    const { level, noise = 0.01, slope = 0, standardError = 0.01 } = curve;
    const random = stream(7, "claims").fork(index);
    return Array.from({ length: (STEPS - first) / EVERY + 1 }, (_, i): MetricRecord => {
      const step = first + i * EVERY;
      const value = level + noise * random.normalAt(i) + slope * (step / STEPS - 1);
      return {
        step,
        quantity,
        value: 10 * value,
        standardError: 10 * standardError,
        samples: 1,
        products: 1,
        seconds: 0,
        status: "converged",
      };
    });
  });
  const manifest = {
    ...made.manifest,
    config: { ...made.manifest.config, ...config },
    ...(collapsed !== undefined && { collapsed }),
  };
  return openRun({ ...made, records, manifest });
}

export const evidence = (
  runs: Record<string, OpenedRun>,
  parents: Record<string, string> = {},
  statics: Record<string, StaticAt> = {},
): Evidence => ({
  runs: new Map(Object.entries(runs)),
  parents: new Map(Object.entries(parents)),
  statics: new Map(Object.entries(statics)),
});

export const check = (claim: Record<string, unknown>, given: Evidence) =>
  checkClaim("0", claimSchema.parse({ claim: "as said", ...claim }), [given]);
export const verdict = (claim: Record<string, unknown>, given: Evidence) =>
  check(claim, given).verdict;

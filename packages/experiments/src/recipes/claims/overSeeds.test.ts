import { halfWidth } from "@eoss/sharpness";
import { describe, expect, it } from "vitest";
import type { ClaimPart } from "./claim.js";
import { type Curve, evidence, run } from "./claims.fixture.js";
import { judged } from "./judged.js";
import { checkClaim, claimSchema } from "./registry.js";

const part = (value: number, more: Partial<ClaimPart["reading"]> = {}): ClaimPart => ({
  of: "x",
  reading: { value, standardError: 0.001, margin: 0.002, errorBound: 0.01, ...more },
  expected: [1, 1.5],
});
/** 1.1, 1.2, 1.6: mean 1.3, deviations −0.2, −0.1, 0.3, s² = 0.14/2. */
const THREE = [1.1, 1.2, 1.6];
const ERROR = 4.302653 * Math.sqrt(0.07 / 3);

describe("one number over seeds", () => {
  it("is the mean with Student's interval from the scatter, and the numerical error on top", () => {
    const { value, error, seeds, verdict } = judged(THREE.map((value) => part(value)));
    expect(value).toBeCloseTo(1.3, 12);
    expect(error).toBeCloseTo(ERROR + 0.01, 5);
    expect(seeds).toEqual(THREE);
    // Each seed alone but one would have said that it holds.
    expect(verdict).toBe("undecided");
    expect(judged([part(1.1)]).verdict).toBe("holds");
    expect(judged([part(1.1)]).seeds).toBeUndefined();
  });

  it("is the more certain the more seeds there are", () => {
    const many = Array.from({ length: 12 }, (_, i) => part(1.2 + 0.05 * (-1) ** i));
    expect(judged(many).verdict).toBe("holds");
    expect(judged(many.slice(0, 2)).verdict).toBe("undecided");
  });

  it("is not reached if one of the runs had not arrived, and says how many", () => {
    const late = part(1.2, { unsettled: "drifting: much", notReached: true });
    const { verdict, note } = judged([part(1.2), late, part(1.21)]);
    expect(verdict).toBe("not reached");
    expect(note).toBe("1 of 3 runs: drifting: much");
  });

  it("has no value where a seed has none", () => {
    const lost = part(Number.NaN, { unsettled: "fullbs was not measured" });
    expect(judged([part(1.2), lost])).toMatchObject({
      ...{ value: null, error: null, seeds: [1.2, null], verdict: "undecided" },
      note: "1 of 2 runs: fullbs was not measured",
    });
  });

  it("may have as many standard errors as the claim asks for", () => {
    const parts = [0.09, 0.11, 0.1, 0.1].map((value) => ({ ...part(value), errors: 30 }));
    const s = Math.sqrt(0.0002 / 3 / 4);
    expect(judged(parts).error).toBeCloseTo((halfWidth(s, 3) * 30) / 1.959964 + 0.01, 5);
  });

  it("that would have to be near a measured level takes the mean of that too", () => {
    const near = [1, 2, 3].map((level) => ({ ...part(0), expected: { apart: 0.02 * level } }));
    // 0 ± 0.01 is within 0.02 × 2.
    expect(judged(near).verdict).toBe("does not hold");
  });
});

describe("a claim over seeds", () => {
  const verdictOver = (
    claim: object,
    seeds: ReadonlyArray<Record<string, Record<string, Curve>>>,
  ) =>
    checkClaim(
      "0",
      claimSchema.parse({ claim: "as said", ...claim }),
      seeds.map((curves) =>
        evidence(Object.fromEntries(Object.entries(curves).map(([name, of]) => [name, run(of)]))),
      ),
    );

  it("takes differences seed by seed: what runs of a seed have in common cancels", () => {
    // From seed to seed the level moves by 0.5; the noise raises it by 0.1 in each.
    const seeds = [0.5, 1, 1.5, 0.8].map((level, i) => ({
      sgd: { fullbs: { level } },
      noisy: { fullbs: { level: level + 0.1 + 0.003 * i } },
    }));
    const paired = { kind: "difference", of: "fullbs", runs: ["noisy", "sgd"], direction: "above" };
    expect(verdictOver(paired, seeds).verdict).toBe("holds");
    // The levels of other seeds against each other say nothing.
    const shuffled = seeds.map((one, i) => ({ ...one, sgd: seeds[(i + 1) % 4]!.sgd }));
    expect(verdictOver(paired, shuffled).verdict).toBe("undecided");
  });

  it("of every kind has as many parts as with one seed", () => {
    const still = (level: number) => ({ level, noise: 0.001, standardError: 0.001 });
    const seeds = [1.2, 1.25, 1.22].map((level) => ({
      a: { minibs: still(level), fullbs: still(level / 2) },
      b: { minibs: still(level + 0.1), fullbs: still(level) },
    }));
    const claims = [
      { kind: "level", of: "minibs", within: [1, 1.5] },
      { kind: "ratio", of: "fullbs", over: "minibs", within: [0, 1] },
      { kind: "ordered", of: "minibs", runs: ["a", "b"], direction: "increasing" },
      { kind: "peak", of: "minibs", twin: "b", steps: 10, factor: 2 },
    ];
    for (const claim of claims) {
      const [one, three] = [seeds.slice(0, 1), seeds].map((some) => verdictOver(claim, some));
      expect(three!.measured.map(({ of }) => of)).toEqual(one!.measured.map(({ of }) => of));
      if (claim.kind !== "peak") expect(three!.verdict).toBe("holds");
    }
  });
});

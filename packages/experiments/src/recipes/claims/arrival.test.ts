import { describe, expect, it } from "vitest";
import { type Curve, check, evidence, run, verdict } from "./claims.fixture.js";

/** A level that lies where the claim says, in a run that may not have arrived. */
const LEVEL = { kind: "level", of: "minibs", within: [1, 1.5] };
const SETTLED: Curve = { level: 1.2 };
const RISING: Curve = { level: 0.7, slope: 0.6 };

const at = (curves: Record<string, Curve>, options: Parameters<typeof run>[1] = {}) =>
  evidence({ a: run(curves, options) });

describe("a claim about where a run settles", () => {
  it("is decided where batch sharpness has settled, wherever that is", () => {
    expect(verdict(LEVEL, at({ minibs: SETTLED, "batch-sharpness": { level: 1 } }))).toBe("holds");
    const low = at({ minibs: { level: 0.5 }, "batch-sharpness": { level: 0.3 } });
    expect(verdict(LEVEL, low)).toBe("does not hold");
  });

  it("is decided where batch sharpness swings about a level", () => {
    const swinging = { level: 1, noise: 0.2, standardError: 0.2 };
    expect(verdict(LEVEL, at({ minibs: SETTLED, "batch-sharpness": swinging }))).toBe("holds");
  });

  it("is neither confirmed nor refuted while batch sharpness still rises, and says so", () => {
    for (const level of [1.2, 0.5]) {
      const given = at({ minibs: { level }, "batch-sharpness": RISING });
      const { verdict, measured } = check(LEVEL, given);
      expect(verdict).toBe("not reached");
      expect(measured[0]!.value).toBeCloseTo(level, 1);
      expect(measured[0]!.note).toMatch(
        /^batch-sharpness drifting: \+0\.0.* × 2\/η per 100 steps, over steps 760 to 1,000$/,
      );
    }
  });

  it("names the loss at which the run would have ended", () => {
    const given = at(
      { minibs: SETTLED, "batch-sharpness": RISING, loss: { level: 0.0123, noise: 0 } },
      { config: { "stop-loss": 1e-5 } },
    );
    expect(check(LEVEL, given).measured[0]!.note).toMatch(
      /; the loss is 0\.123, not yet 1\.00e-5$/,
    );
  });

  it("is decided as it stands where that loss was met: nothing comes after it", () => {
    const met = { end: "stop-loss" } as const;
    expect(verdict(LEVEL, at({ minibs: SETTLED, "batch-sharpness": RISING }, met))).toBe("holds");
    // A level that is none stays open, but more steps were not to come.
    expect(verdict(LEVEL, at({ minibs: { level: 1.3, slope: 0.5 } }, met))).toBe("undecided");
  });

  it("is decided as it stands where the run ended at a plateau", () => {
    const level = at({ minibs: SETTLED, "batch-sharpness": RISING }, { end: "stop-plateau" });
    expect(verdict(LEVEL, level)).toBe("holds");
  });

  it("is not reached by a run that was cut short", () => {
    for (const end of ["interrupted", "time-limit", "failed", null] as const) {
      const { verdict, measured } = check(LEVEL, at({ minibs: SETTLED }, { end }));
      expect(verdict).toBe("not reached");
      expect(measured[0]!.note).toBe("the run has not ended: step 1,000");
    }
  });

  it("is not reached by a network that collapsed, whatever its sharpness is", () => {
    const dead = at({ minibs: SETTLED, fullbs: SETTLED }, { collapsed: 400 });
    const { verdict: found, measured } = check(LEVEL, dead);
    expect(found).toBe("not reached");
    expect(measured[0]).toMatchObject({
      value: null,
      note: expect.stringMatching(/by step 400: /),
    });
    const same = { kind: "ratio", of: "fullbs", over: "minibs", within: [0.5, 1.5] };
    expect(verdict(same, dead)).toBe("not reached");
    expect(verdict({ ...LEVEL, at: "start" }, dead)).toBe("holds");
  });

  it("of several runs and kinds: one that does not hold refutes, one not reached leaves open", () => {
    const there = run({ fullbs: { level: 0.4 }, "batch-sharpness": { level: 1 } });
    const rising = run({ fullbs: { level: 0.8 }, "batch-sharpness": RISING });
    const low = run({ fullbs: { level: 0.1 }, "batch-sharpness": { level: 1 } });
    const of = (runs: Record<string, typeof there>, claim: object) =>
      verdict({ of: "fullbs", ...claim }, evidence(runs));
    const ordered = { kind: "ordered", runs: ["a", "b", "c"], direction: "increasing" };
    expect(of({ a: low, b: there, c: rising }, ordered)).toBe("not reached");
    expect(of({ a: there, b: low, c: rising }, ordered)).toBe("does not hold");
    const difference = { kind: "difference", runs: ["a", "b"], direction: "below" };
    expect(of({ a: there, b: rising }, difference)).toBe("not reached");
    expect(of({ a: low, b: there }, difference)).toBe("holds");
    const sized = (batchSize: number, level: number, edge: Curve) =>
      run({ fullbs: { level }, "batch-sharpness": edge }, { batchSize });
    const exponent = { kind: "exponent", at: "plateau", runs: ["a", "b", "c"], within: [0.9, 1.1] };
    const settled = { level: 1 };
    const falling = (last: Curve) => ({
      ...{ a: sized(4, 4, settled), b: sized(8, 2, settled), c: sized(16, 1, last) },
    });
    expect(of(falling(settled), exponent)).toBe("holds");
    expect(of(falling(RISING), exponent)).toBe("not reached");
  });

  it("is another thing than a claim about one moment, or a ratio at each", () => {
    const still = (level: number) => ({ level, noise: 0.001, standardError: 0.001 });
    const given = at({ minibs: still(1.2), fullbs: still(0.5), "batch-sharpness": RISING });
    expect(verdict({ ...LEVEL, at: "end" }, given)).toBe("holds");
    const below = { kind: "ratio", of: "fullbs", over: "minibs", within: [null, 1] };
    expect(verdict(below, given)).toBe("holds");
  });
});

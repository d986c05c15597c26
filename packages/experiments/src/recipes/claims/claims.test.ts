import type { StaticAt } from "@eoss/lab";
import { stream } from "@eoss/rng";
import { openRun } from "@eoss/run";
import { describe, expect, it } from "vitest";
import type { Evidence } from "./claim.js";
import { type Curve, check, evidence, run, verdict } from "./claims.fixture.js";
import { claimSchema } from "./registry.js";

describe("level", () => {
  const claim = { kind: "level", of: "minibs", within: [1, 1.5] };
  const at = (level: number, more: Partial<Curve> = {}) =>
    evidence({ a: run({ minibs: { level, ...more } }) });

  it("holds inside, fails outside, is undecided across the end", () => {
    expect(verdict(claim, at(1.2))).toBe("holds");
    expect(verdict(claim, at(0.8))).toBe("does not hold");
    expect(verdict(claim, at(1.7))).toBe("does not hold");
    expect(verdict(claim, at(1))).toBe("undecided");
    expect(verdict({ ...claim, within: [1, null] }, at(1.7))).toBe("holds");
  });

  it("gives the number with its error, in units of 2/η or as it is", () => {
    const { value, error, expected } = check(claim, at(1.2)).measured[0]!;
    expect(Math.abs(value! - 1.2)).toBeLessThan(error!);
    expect(error).toBeLessThan(0.02);
    expect(expected).toBe("in [1, 1.5]");
    const plain = check({ ...claim, unit: "none", within: [11, 13] }, at(1.2));
    expect(plain.measured[0]!.value! / 10).toBeCloseTo(value!, 12);
    expect(plain.verdict).toBe("holds");
  });

  it("is not reached by a run that drifts, wherever it is, unless the drift is negligible", () => {
    const drifting = check(claim, at(1.3, { slope: 0.5 }));
    expect(drifting.verdict).toBe("not reached");
    expect(drifting.measured[0]!.note).toMatch(
      /^drifting: \+0\.05.* per 100 steps, over steps 760 to 1,000$/,
    );
    expect(check(claim, at(1.3, { slope: -0.5 })).measured[0]!.note).toMatch(/^drifting: −0\.05/);
    expect(verdict(claim, at(1.3, { slope: 0.04, noise: 0.001, standardError: 0.001 }))).toBe(
      "holds",
    );
  });

  it("is open without the run, the quantity, or after divergence, and says why", () => {
    const note = (given: Evidence, more = {}, open = "undecided") => {
      const result = check({ ...claim, runs: ["a"], ...more }, given);
      expect(result.verdict).toBe(open);
      expect(result.measured[0]!.value).toBeNull();
      return result.measured[0]!.note;
    };
    expect(note(evidence({}))).toMatch(/could not be made/);
    expect(note(at(1.2), { of: "fullbs" })).toMatch(/fullbs was not measured/);
    const diverged = run({ minibs: { level: 1.2 } }, { end: "diverged" });
    expect(note(evidence({ a: diverged }), {}, "not reached")).toMatch(/diverged/);
  });

  it("one run outside refutes, one in doubt leaves open", () => {
    const of = (...levels: number[]) =>
      evidence(Object.fromEntries(levels.map((level, i) => [`r${i}`, run({ minibs: { level } })])));
    expect(verdict(claim, of(1.2, 1.3))).toBe("holds");
    expect(verdict(claim, of(1.2, 1, 0.5))).toBe("does not hold");
    expect(verdict(claim, of(1.2, 1))).toBe("undecided");
  });

  it("at the end takes the last measurement", () => {
    const end = { ...claim, at: "end" };
    expect(verdict(end, at(1.2, { slope: 3 }))).toBe("holds");
    expect(verdict(end, at(1.2, { standardError: 0.3 }))).toBe("undecided");
  });
});

describe("ratio", () => {
  const claim = { kind: "ratio", of: "minibs", over: "fullbs", within: [0.95, 1.05] };
  it("is taken step by step, so that common fluctuation cancels", () => {
    const one = run({ minibs: { level: 1, noise: 0.2, standardError: 0.001 } });
    const same = one.records.map((record) => ({ ...record, quantity: "fullbs" }));
    const both = evidence({ a: openRun({ ...one, records: [...one.records, ...same] }) });
    const { verdict: found, measured } = check(claim, both);
    expect(found).toBe("holds");
    expect(measured[0]!.value).toBeCloseTo(1, 12);
  });
  it("fails and is undecided by its own error", () => {
    const of = (level: number, noise: number) =>
      evidence({ a: run({ minibs: { level, noise }, fullbs: { level: 1, noise: 0.001 } }) });
    expect(verdict(claim, of(1.5, 0.01))).toBe("does not hold");
    expect(verdict(claim, of(1.05, 0.02))).toBe("undecided");
  });
});

describe("ordered", () => {
  const claim = {
    kind: "ordered",
    of: "fullbs",
    runs: ["a", "b", "c"],
    direction: "increasing",
  };
  const of = (...levels: number[]) =>
    evidence(Object.fromEntries(levels.map((level, i) => ["abc"[i]!, run({ fullbs: { level } })])));
  it("needs every step beyond its error", () => {
    expect(verdict(claim, of(0.3, 0.5, 0.9))).toBe("holds");
    expect(verdict(claim, of(0.3, 0.5, 0.501))).toBe("undecided");
    expect(verdict(claim, of(0.5, 0.3, 0.9))).toBe("does not hold");
    expect(verdict({ ...claim, direction: "decreasing" }, of(0.9, 0.5, 0.3))).toBe("holds");
    expect(verdict({ ...claim, errors: 300 }, of(0.3, 0.5, 0.9))).toBe("undecided");
  });
});

describe("difference", () => {
  const claim = { kind: "difference", of: "fullbs", runs: ["a", "b"] };
  const of = (a: number, b: number, noise = 0.01) =>
    evidence({ a: run({ fullbs: { level: a, noise } }), b: run({ fullbs: { level: b, noise } }) });
  it("by more than three standard errors, on the side that is said", () => {
    expect(verdict({ ...claim, direction: "above" }, of(0.6, 0.5))).toBe("holds");
    expect(verdict({ ...claim, direction: "below" }, of(0.6, 0.5))).toBe("does not hold");
    expect(verdict({ ...claim, direction: "above" }, of(0.5, 0.499, 0.05))).toBe("undecided");
    expect(verdict(claim, of(0.5, 0.6))).toBe("holds");
    expect(verdict(claim, of(0.5, 0.52, 0.2))).toBe("undecided");
  });
  it("is read under its old name", () => {
    const old = { ...claim, kind: "apart", claim: "They differ" };
    expect(claimSchema.parse(old).kind).toBe("difference");
    expect(() => claimSchema.parse({ ...old, kind: "toString" })).toThrow();
  });
  it("is refuted where they are certainly together", () => {
    expect(verdict({ ...claim, together: 0.1 }, of(0.5, 0.5))).toBe("does not hold");
  });
});

describe("jump and peak", () => {
  const parent = run({ minibs: { level: 1 }, fullbs: { level: 0.5 }, "step-loss": { level: 1 } });
  const twin = (curves: Record<string, Curve>) =>
    evidence({ p: parent, t: run(curves, { parent: { directory: "p", step: 400 } }) }, { t: "p" });
  const jump = { kind: "jump", of: "minibs", twin: "t" };

  it("compares fork and parent at the step where they part", () => {
    const dropped = twin({ minibs: { level: 0.7 } });
    expect(verdict({ ...jump, direction: "down" }, dropped)).toBe("holds");
    expect(verdict({ ...jump, direction: "up" }, dropped)).toBe("does not hold");
    expect(verdict({ ...jump, direction: "none" }, dropped)).toBe("does not hold");
    const unsure = twin({ minibs: { level: 0.9, standardError: 0.1 } });
    expect(verdict({ ...jump, direction: "down" }, unsure)).toBe("undecided");
    const { measured } = check({ ...jump, of: "gap", direction: "down" }, dropped);
    expect(measured[0]).toMatchObject({ verdict: "undecided", value: null });
  });

  it("no change is one that is certainly negligible", () => {
    const still = { noise: 0, standardError: 1e-4 };
    const exact = evidence(
      {
        p: run({ fullbs: { level: 0.5, ...still } }),
        t: run({ fullbs: { level: 0.5, ...still } }, { parent: { directory: "p", step: 400 } }),
      },
      { t: "p" },
    );
    const none = { ...jump, of: "fullbs", direction: "none" };
    expect(verdict(none, exact)).toBe("holds");
    expect(verdict(none, twin({ fullbs: { level: 0.5, standardError: 0.1 } }))).toBe("undecided");
  });

  it("a peak is that of the fork over that of its parent", () => {
    const peak = { kind: "peak", twin: "t", steps: 100, factor: 2 };
    expect(verdict(peak, twin({ "step-loss": { level: 3 } }))).toBe("holds");
    expect(verdict(peak, twin({ "step-loss": { level: 1.5 } }))).toBe("does not hold");
    expect(verdict(peak, twin({ minibs: { level: 3 } }))).toBe("undecided");
  });
});

describe("exponent", () => {
  /** gap = 5·b^(−α) with the given relative error, n = 1024. */
  function curve(alpha: number, relative: number): StaticAt {
    const random = stream(3, "exponent");
    const reading = {
      quantity: "",
      unit: "curvature",
      samples: 1,
      products: 1,
      seconds: 0,
      status: "converged",
    };
    const points = [1, 2, 4, 8, 16, 32, 64].map((batchSize, i) => {
      const exact = 5 * batchSize ** -alpha;
      const value = exact * (1 + relative * random.normalAt(i));
      const gap = { ...reading, value, standardError: relative * exact };
      return { batchSize, gap, minibs: { ...gap, value: 10 + value } };
    });
    const fullbs = { ...reading, value: 10 };
    return { step: 0, samples: 1024, fullbs, points } as unknown as StaticAt;
  }
  const claim = { kind: "exponent", static: "s", share: 1 / 16, within: [0.9, 1.1] };
  const of = (alpha: number, relative: number) => evidence({}, {}, { s: curve(alpha, relative) });

  it("of a static curve", () => {
    expect(verdict(claim, of(1, 0.02))).toBe("holds");
    expect(verdict(claim, of(0.7, 0.02))).toBe("does not hold");
    expect(verdict(claim, of(1, 0.3))).toBe("undecided");
    expect(check(claim, of(1, 0.02)).measured[0]!.value).toBeCloseTo(1, 1);
    expect(check({ ...claim, share: 1 / 128 }, of(1, 0.02)).measured[0]!.of).toMatch(
      /b = 1, 2, 4, 8$/,
    );
    expect(check({ ...claim, batches: [256, null] }, of(1, 0.02)).measured[0]!.note).toMatch(
      /at least two points/,
    );
  });

  it("the order of MiniBS over batch sizes", () => {
    const order = { kind: "ordered", static: "s", direction: "decreasing" };
    expect(verdict(order, of(1, 0.01))).toBe("holds");
    expect(verdict({ ...order, direction: "increasing" }, of(1, 0.01))).toBe("does not hold");
    expect(check({ ...order, batches: [1, 4] }, of(1, 0.01)).measured).toHaveLength(1);
  });

  it("of runs of different batch sizes", () => {
    const runs = Object.fromEntries(
      [2, 8, 32].map((batchSize) => {
        const level = batchSize ** -0.7;
        const standardError = 0.01 * level;
        return [`b${batchSize}`, run({ gap: { level, noise: 0, standardError } }, { batchSize })];
      }),
    );
    const names = Object.keys(runs);
    const trained = { kind: "exponent", runs: names, within: [0.6, 0.8] };
    expect(verdict(trained, evidence(runs))).toBe("holds");
    expect(verdict({ ...trained, within: [0.9, 1.1] }, evidence(runs))).toBe("does not hold");
    const rising = { level: 1, slope: 0.5, standardError: 0.01 };
    const drifting = { ...runs, b2: run({ gap: rising }, { batchSize: 2 }) };
    const unsettled = check({ ...trained, at: "plateau" }, evidence(drifting));
    expect(unsettled.verdict).toBe("not reached");
    expect(unsettled.measured[0]!.note).toMatch(/b = 2 drifting: /);
  });
});

describe("bound", () => {
  /** A gap of 4/b under a bound of 10/√b, from the Hessians of so many of 64 samples. */
  const curve = (looked?: number, scale = 10): StaticAt =>
    ({
      ...{ step: 0, samples: 64, fullbs: { value: 1 } },
      points: [1, 4, 16].map((batchSize) => ({
        batchSize,
        gap: { value: 4 / batchSize, standardError: 0.01, errorBound: 0 },
        ...(looked && { bernstein: scale / Math.sqrt(batchSize) }),
      })),
      ...(looked && { bernstein: { kind: looked < 64 ? "estimate" : "bound", samples: looked } }),
    }) as unknown as StaticAt;
  const claim = { kind: "bound", static: "s" };
  const of = (s?: StaticAt) => evidence({}, {}, s && { s });

  it("holds where the gap is below it at each batch size, and gives their ratio", () => {
    expect(verdict(claim, of(curve(64)))).toBe("holds");
    const values = check(claim, of(curve(64))).measured.map(({ value }) => value);
    for (const [i, value] of [0.4, 0.2, 0.1].entries()) expect(values[i]).toBeCloseTo(value, 12);
    expect(verdict(claim, of(curve(64, 3)))).toBe("does not hold");
    expect(verdict({ ...claim, batches: [4, 16] }, of(curve(64, 3)))).toBe("holds");
  });

  it("is undecided by an estimate from some samples, or without bound or curve", () => {
    const { verdict: found, measured } = check(claim, of(curve(32)));
    expect(found).toBe("undecided");
    expect(measured[0]!.note).toBe("the bound is an estimate, from 32 of 64 samples");
    expect(check(claim, of(curve())).measured[0]!.note).toBe("the bound was not evaluated");
    expect(check(claim, of()).measured[0]!.note).toMatch(/could not be made$/);
  });
});

import { describe, expect, it } from "vitest";
import { countProducts } from "../operators/operator.js";
import { type Shared, sharedSettings } from "../solver/settings.js";
import { float64 } from "../vectors/space.js";
import { solve } from "../vectors/vectorScope.js";
import { checkByProducts, ritzPairs, roundingOf } from "./convergence.js";

const settings: Shared = sharedSettings("lanczos", { k: 2, rtol: 1e-6 });
const space = float64();
const state = { defect: 0, drift: 0, scale: 4 };

describe("ritzPairs", () => {
  it("joins what the recurrence says with what was measured beside it", () => {
    const measured = { defect: 3e-7, drift: 1e-7, scale: 4 };
    const pairs = ritzPairs(
      settings,
      space,
      measured,
      Float64Array.of(4, 2),
      Float64Array.of(4e-7, 0),
    );
    expect(pairs.residuals[0]).toBeCloseTo(6e-7, 20);
    expect(pairs.residuals[1]).toBeCloseTo(4e-7, 20);
    expect(pairs.tolerances[0]).toBeCloseTo(4e-6, 20);
  });

  it("tells a pair that has converged from one that only the products keep from it", () => {
    // Tolerances 4e-6 and 2e-6; the defect hides the first pair, the second is unresolved.
    const measured = { ...state, defect: 1e-5 };
    const couplings = Float64Array.of(1e-6, 1e-5);
    const pairs = ritzPairs(settings, space, measured, Float64Array.of(4, 2), couplings);
    expect([0, 1].map(pairs.isConverged)).toEqual([false, false]);
    expect([0, 1].map(pairs.isResolved)).toEqual([true, false]);
    const exact = ritzPairs(settings, space, state, Float64Array.of(4, 2), couplings);
    expect([0, 1].map(exact.isConverged)).toEqual([true, false]);
  });

  it("hands out the wanted pairs by descending value, whatever is wanted of them", () => {
    const values = Float64Array.of(4, 2, -1, -5);
    const wanted = (which: Shared["which"]) =>
      ritzPairs({ ...settings, which }, space, state, values, new Float64Array(4)).wanted;
    expect(wanted("largest")).toEqual([0, 1]);
    expect(wanted("smallest")).toEqual([2, 3]);
    expect(wanted("both")).toEqual([0, 3]);
    expect(wanted("magnitude")).toEqual([0, 3]);
  });
});

describe("checkByProducts", () => {
  /** diag(4, 2) with vectors that lean by the angles towards each other, and a defect that hides them. */
  function check(angles: [number, number], defect: number, maxMatvecs = 10) {
    const values = Float64Array.of(4, 2);
    const pairs = ritzPairs(settings, space, { ...state, defect }, values, new Float64Array(2));
    const vectors = [
      Float64Array.of(Math.cos(angles[0]), Math.sin(angles[0])),
      Float64Array.of(-Math.sin(angles[1]), Math.cos(angles[1])),
    ];
    const operator = { n: 2, apply: ([x, y]: Float64Array) => Float64Array.of(4 * x!, 2 * y!) };
    let spent = 0;
    const status = solve(space, function* (scope) {
      const products = countProducts(operator, scope);
      const end = yield* checkByProducts(products, scope, pairs, vectors, maxMatvecs);
      spent = products.spent;
      return end;
    });
    return { status, spent, residuals: pairs.residuals };
  }

  it("spends nothing where the recurrence says enough", () => {
    expect(check([1e-3, 1e-3], 0)).toMatchObject({ status: "converged", spent: 0 });
  });

  it("puts the residual of a product, 2·sin(angle), in the place of one that says too little", () => {
    const { status, spent, residuals } = check([1e-7, 2e-7], 1e-3);
    expect({ status, spent }).toEqual({ status: "converged", spent: 2 });
    expect(residuals[0]! / 2e-7).toBeCloseTo(1, 6);
    expect(residuals[1]! / 4e-7).toBeCloseTo(1, 6);
  });

  it("says stagnated where one pair is farther off than its tolerance, and rounding where that is less", () => {
    expect(check([1e-7, 1e-5], 1e-3).status).toBe("stagnated");
    const strict = { ...settings, rtol: 1e-16 };
    const values = Float64Array.of(4, 2);
    const hidden = { ...state, defect: 1.5 * roundingOf(space, 4) };
    const pairs = ritzPairs(strict, space, hidden, values, new Float64Array(2));
    // No product is left to look: the measured residuals stand.
    const status = solve(space, (scope) =>
      checkByProducts(countProducts({ n: 2, apply: (x) => x }, scope), scope, pairs, [], 0),
    );
    expect(status).toBe("rounding");
  });

  it("keeps to the budget: a pair that was not looked at has not converged", () => {
    const { status, spent } = check([1e-7, 1e-7], 1e-3, 1);
    expect({ status, spent }).toEqual({ status: "stagnated", spent: 1 });
  });
});

import { stream } from "@eoss/rng";
import { describe, expect, it } from "vitest";
import { solveTop } from "./solveTop.js";

describe("solveTop", () => {
  it("tells a neighbour from λmax at a tolerance finer than their distance", async () => {
    // λmax = 1, then 0.985·0.8^k: searches begin at random, so some see the neighbour first.
    const spectrum = Float64Array.from({ length: 100 }, (_, i) =>
      i === 0 ? 1 : 0.985 * 0.8 ** (i - 1),
    );
    const operator = {
      n: spectrum.length,
      apply(x: Float32Array, out: Float32Array) {
        for (const [i, eigenvalue] of spectrum.entries()) out[i] = eigenvalue * x[i]!;
      },
    };
    let missed = 0;
    for (let search = 0; search < 400; search++) {
      const { value } = await solveTop(operator, [], {
        tolerance: 0.002,
        stream: stream(search, "measurement"),
        pause: async () => {},
      });
      if (value < 1 - 0.002) missed += 1;
    }
    // With a second pair known to 2 %, 7 of 400.
    expect(missed).toBe(0);
  });
});

import { describe, expect, it } from "vitest";
import { spirals } from "./spirals.js";

const { images, labels, samples } = spirals();
const at = (point: number) => [images[2 * point]!, images[2 * point + 1]!] as const;

describe("spirals", () => {
  it("has two arms, of which each is the other turned by half a turn", () => {
    expect({ samples, arms: [...new Set(labels)] }).toEqual({ samples: 400, arms: [0, 1] });
    // Sums of points of the two arms hold noise alone: mean square 2·2·0.03², 200 of them.
    let square = 0;
    for (let i = 0; i < 200; i++) {
      square += (at(i)[0] + at(200 + i)[0]) ** 2 + (at(i)[1] + at(200 + i)[1]) ** 2;
    }
    // A mean of 400 squares of normal numbers: standard error √(2/400) of itself.
    const z = (square / 400 / (2 * 0.03 ** 2) - 1) / Math.sqrt(2 / 400);
    expect(Math.abs(z)).toBeLessThan(3.5);
  });

  it("winds 1.25 times from a radius of 0.1 to 1", () => {
    let angle = 0;
    for (let i = 20; i < 199; i++) {
      const turn = Math.atan2(at(i + 1)[1], at(i + 1)[0]) - Math.atan2(at(i)[1], at(i)[0]);
      angle += turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
    }
    expect(Math.abs(angle / (2 * Math.PI) / ((1.25 * 179) / 200) - 1)).toBeLessThan(0.1);
    expect(Math.hypot(...at(0))).toBeLessThan(0.25);
    expect(Math.abs(Math.hypot(...at(199)) - 1)).toBeLessThan(0.15);
  });

  it("is cut to balanced subsets, and holds out the rest", () => {
    const some = spirals({ samples: 100 });
    expect([...some.labels].filter((label) => label === 0)).toHaveLength(50);
    expect(spirals({ samples: 100, split: "test" }).samples).toBe(300);
    expect(() => spirals({ split: "test" })).toThrow(/no sample is left/);
    expect(() => spirals({ samples: 500 })).toThrow(/from 1 to the 400 available/);
  });
});

import { balancedOrder, digits } from "@eoss/data";
import { describe, expect, it } from "vitest";

/** Three classes of unequal size: 0 has 5 members, 1 has 2, 2 has 4. */
const labels = Uint8Array.of(0, 1, 2, 0, 0, 2, 1, 2, 0, 2, 0);

describe("balancedOrder", () => {
  it("is a permutation", () => {
    expect(Array.from(balancedOrder(labels, 3)).sort((a, b) => a - b)).toEqual(
      Array.from(labels.keys()),
    );
  });

  it("lets classes take turns until each has run out", () => {
    const turns = Array.from(balancedOrder(labels, 3), (i) => labels[i]);
    expect(turns).toEqual([0, 1, 2, 0, 1, 2, 0, 2, 0, 2, 0]);
  });

  it("shuffles within a class, each class in its own way", () => {
    const alternating = Uint8Array.from({ length: 200 }, (_, i) => i % 2);
    const order = balancedOrder(alternating, 2);
    const even = Array.from(
      order.filter((i) => i % 2 === 0),
      (i) => i / 2,
    );
    const odd = Array.from(
      order.filter((i) => i % 2 === 1),
      (i) => (i - 1) / 2,
    );
    const sorted = Array.from({ length: 100 }, (_, i) => i);
    expect(even).not.toEqual(sorted);
    expect(odd).not.toEqual(sorted);
    expect(even).not.toEqual(odd);
  });

  it("never changes: recorded runs depend on it", () => {
    expect(Array.from(balancedOrder(digits().labels, 10).subarray(0, 12))).toEqual([
      1494, 753, 566, 354, 844, 755, 1762, 317, 643, 1704, 334, 1522,
    ]);
  });

  it("is another one for another seed, balanced as well", () => {
    const labels = digits().labels;
    const [usual, other] = [balancedOrder(labels, 10), balancedOrder(labels, 10, 1)];
    expect([...other]).not.toEqual([...usual]);
    expect([...other].sort((a, b) => a - b)).toEqual([...usual].sort((a, b) => a - b));
    expect(new Set([...other.subarray(0, 10)].map((i) => labels[i])).size).toBe(10);
    const [train, test] = (["train", "test"] as const).map((split) =>
      digits({ samples: 1700, split, seed: 1 }),
    );
    expect(train!.samples + test!.samples).toBe(1797);
    expect(() => digits({ seed: -1 })).toThrow(/seed is -1; allowed: an integer from 0 up/);
  });
});

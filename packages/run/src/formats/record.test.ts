import { QuantityContractError } from "@eoss/sharpness";
import { describe, expect, it } from "vitest";
import { END_REASONS, isOver } from "./ends.js";
import { parseRecord } from "./parse.js";
import { recordOf, stepLossRecord } from "./record.js";

const good = {
  quantity: "theirs",
  value: 1.5,
  unit: "loss",
  samples: 4,
  products: 2,
  seconds: 0.1,
  status: "exact",
} as const;
const record = (part: object) => recordOf(3, { ...good, ...part } as unknown as typeof good);

describe("what is written can be read", () => {
  it.each([
    {},
    { value: Number.NaN, status: "not-finite" },
    { standardError: Number.NaN, errorBound: Number.POSITIVE_INFINITY },
    { batches: [1, Number.NaN] },
    { parts: { more: { value: [1, Number.NaN], margin: 0.1 } } },
    { theirs: { of: "a later version" } },
  ])("%o", (part) => {
    const written = record(part);
    expect(parseRecord(JSON.stringify(written), "line")).toMatchObject({
      step: 3,
      ...good,
      value: Number.isFinite(written.value) ? written.value : null,
      status: written.status,
    });
  });

  it.each([
    [{ products: Number.NaN }, /theirs at step 3: "products"/],
    [{ samples: 1.5 }, /"samples"/],
    [{ seconds: -1 }, /"seconds"/],
    [{ value: "1" }, /"value"/],
    [{ status: "" }, /"status"/],
    [{ status: "two\nlines" }, /"status".*control characters/],
    [{ errorBound: -1e-9 }, /"errorBound"/],
    [{ batches: ["1"] }, /"batches/],
    [{ parts: { more: {} } }, /"parts/],
    [{ quantity: "a\tb" }, /"quantity"/],
  ])("%o is refused, and named", (part, message) => {
    expect(() => record(part)).toThrow(QuantityContractError);
    expect(() => record(part)).toThrow(message);
  });

  it("the loss of a step, also of one that is not finite", () => {
    for (const loss of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const line = JSON.stringify(stepLossRecord(7, { loss, samples: 8, seconds: 0 }));
      expect(parseRecord(line, "line").value).toBe(Number.isFinite(loss) ? loss : null);
    }
  });
});

it("a run is over where it does not go on by itself", () => {
  const over = END_REASONS.filter((reason) => isOver({ end: { reason } }));
  expect(over).toEqual(["completed", "stop-loss", "stop-accuracy", "stop-plateau", "diverged"]);
  expect(isOver({ end: null })).toBe(false);
  expect(isOver(undefined)).toBe(false);
});

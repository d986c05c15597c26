import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "./backends.fixture.js";
import { ALLOWED, type Judgement, judge, referenceNames } from "./outsiders/judge.fixture.js";

// Their inputs are tensors, made when they are loaded.
await useBackend("cpu");
const { outsiders } = await import("./outsiders/index.fixture.js");

/** On cpu alone, unless the long form is asked for. */
const chosen = process.env.EOSS_LONG === "1" ? backends : ["cpu"];

describe.each(chosen)("losses of outsiders against PyTorch in float64 on %s", (backend) => {
  const judgements: Judgement[] = [];
  beforeAll(() => useBackend(backend));
  afterAll(() => {
    const worst = (what: keyof Judgement) => Math.max(...judgements.map((j) => j[what]));
    const [loss, gradient, product] = (["loss", "gradient", "product"] as const).map((what) =>
      worst(what).toExponential(1),
    );
    console.log(
      `${judgements.length} losses on ${backend}: loss ${loss}, gradient ${gradient}, Hv ${product}`,
    );
  });

  it.each(outsiders)("$name", (outsider) => {
    const judgement = judge(outsider);
    judgements.push(judgement);
    expect(judgement.loss).toBeLessThan(ALLOWED);
    expect(judgement.gradient).toBeLessThan(ALLOWED);
    expect(judgement.product).toBeLessThan(ALLOWED);
    expect(judgement.leaked).toBe(0);
  });
});

it("every reference belongs to a loss of the suite, and every loss has one", () => {
  expect(outsiders.map(({ name }) => name).sort()).toEqual([...referenceNames].sort());
});

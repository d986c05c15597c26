import { readFileSync } from "node:fs";
import { disposeTree, linearize, verifiedKernels } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { useBackend } from "../backends.fixture.js";
import { ruleCases } from "./cases/index.fixture.js";
import { spectralCases } from "./cases/spectral.fixture.js";
import { decompositionOf, ruleFor } from "./registry.js";

describe("what is called verified", () => {
  beforeAll(() => useBackend("cpu"));

  it("is exercised by the table of cases: every rule and every decomposition", () => {
    const spies = verifiedKernels().flatMap((kernel) => {
      const [rule, decomposition] = [ruleFor(kernel), decompositionOf(kernel)];
      return [
        ...(rule ? [{ kernel: `${kernel} (rule)`, spy: vi.spyOn(rule, "gradient") }] : []),
        ...(decomposition
          ? [{ kernel: `${kernel} (decomposition)`, spy: vi.spyOn(decomposition, "decompose") }]
          : []),
      ];
    });
    for (const { f, inputs } of [...Object.values(ruleCases).flat(), ...spectralCases]) {
      const point = Object.fromEntries(
        Object.entries(inputs).map(([key, { shape, values }]) => [
          key,
          tf.tensor(values, [...shape]),
        ]),
      );
      const linearization = linearize((p) => tf.sum(tf.square(f(p))), point);
      disposeTree(linearization.hvp(point));
      linearization.dispose();
      disposeTree(point);
    }
    const unused = spies.filter(({ spy }) => spy.mock.calls.length === 0);
    expect(unused.map(({ kernel }) => kernel)).toEqual([]);
    vi.restoreAllMocks();
  });

  it("is what the page of the package lists", () => {
    const page = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const table = page.slice(
      page.indexOf("## Verified ops"),
      page.indexOf("Results of comparisons"),
    );
    const listed = [...table.matchAll(/`(_?[A-Z]\w*)`/g)].map(([, kernel]) => kernel!);
    expect(listed.sort()).toEqual(verifiedKernels());
  });
});

import { checkRule, type RuleReport } from "@eoss/hvp/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";
import { ruleCases } from "./cases/index.fixture.js";
import { spectralCases } from "./cases/spectral.fixture.js";

const FULL = process.env.EOSS_FULL || process.env.EOSS_LONG;
/** Every so many of the cases on a backend; all of them on cpu. */
const stepOn = (backend: string) => (FULL || backend === "cpu" ? 1 : 3);

/** TensorFlow's own kernels do not do these on a processor. */
const refusedByTensorFlow = ["conv3d, dilations"];

const groups = backends.flatMap((backend) =>
  Object.entries({
    ...ruleCases,
    ...(backend !== "wasm" && { spectral: spectralCases }),
  }).map(([group, cases]) => ({
    backend,
    group,
    cases: cases.filter(
      ({ name }, index) =>
        index % stepOn(backend) === 0 &&
        (backend !== "tensorflow" || !refusedByTensorFlow.includes(name)),
    ),
  })),
);

describe.each(groups)("$group on $backend", ({ backend, group, cases }) => {
  const reports: RuleReport[] = [];
  beforeAll(() => useBackend(backend));
  afterAll(() => {
    const worst = (what: "gradientError" | "hvpError" | "symmetryError" | "differenceError") =>
      Math.max(...reports.map((report) => report[what])).toExponential(1);
    console.log(
      `${group} on ${backend}: gradient ${worst("gradientError")}, Hv ${worst("hvpError")}, ` +
        `symmetry ${worst("symmetryError")}, differences good to ${worst("differenceError")}`,
    );
  });

  it.each(cases)("$name", (check) => {
    const report = checkRule(check);
    reports.push(report);
    expect(report.hvpError).toBeLessThanOrEqual(1e-4);
  });
});

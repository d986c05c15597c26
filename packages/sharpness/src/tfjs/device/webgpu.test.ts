// The device engine on WebGPU, where it is: all of the contract with EOSS_LONG=1, for software compiles
// a shader for each op.
import type { TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import { startWebGpu } from "../../../../../scripts/startWebGpu.mjs";
import { disposeProblem } from "../../fixtures/bilinear.fixture.js";
import { deviceUnderTest } from "../../fixtures/device.fixture.js";
import { engineContract } from "../../testing/engineContract.js";

const { absent } = await startWebGpu(tf);
if (absent !== undefined) console.log(`skipped on WebGPU: ${absent}`);

const made: TfjsProblem[] = [];
afterAll(() => made.forEach(disposeProblem));

const SHORT = [/^vectors/, /^inner products/, /^the loss/, /^so is the gradient/, /of hessian$/];
const rules = engineContract(deviceUnderTest(made)).filter(
  ({ name }) => process.env.EOSS_LONG === "1" || SHORT.some((rule) => rule.test(name)),
);

describe.skipIf(absent !== undefined)("on WebGPU the device engine keeps the contract", () => {
  it.each(rules)("$name", ({ run }) => run());

  it("of which the short form tries a part of each kind", () => {
    for (const rule of SHORT)
      expect(
        rules.some(({ name }) => rule.test(name)),
        String(rule),
      ).toBe(true);
  });
});

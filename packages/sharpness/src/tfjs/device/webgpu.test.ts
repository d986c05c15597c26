// The device engine on WebGPU, where it is: all of the contract with EOSS_LONG=1, for software compiles
// a shader for each op.
import { deviceProblem, type TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import { startWebGpu } from "../../../../../scripts/startWebGpu.mjs";
import { bilinearProblem, disposeProblem } from "../../fixtures/bilinear.fixture.js";
import { engineContract } from "../../testing/engineContract.js";
import type { EngineUnderTest } from "../../testing/engineUnderTest.js";
import type { DeviceVector } from "./deviceSpace.js";

const { absent } = await startWebGpu(tf);
if (absent !== undefined) console.log(`skipped on WebGPU: ${absent}`);

const made: TfjsProblem[] = [];
afterAll(() => made.forEach(disposeProblem));

const device: EngineUnderTest<DeviceVector> = {
  problem(network, batchSize) {
    const problem = bilinearProblem(network, batchSize);
    made.push(problem);
    return deviceProblem(problem);
  },
  entries: (x) => x.data(),
};

const SHORT = [/^vectors/, /^inner products/, /^the loss/, /^so is the gradient/, /of hessian$/];
const rules = engineContract(device).filter(
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

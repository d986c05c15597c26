import "@tensorflow/tfjs-backend-cpu";
import { conformance } from "@eoss/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import gated from "./index.js";

beforeAll(() => tf.setBackend("cpu"));

// Small, so that derivatives can be compared with differences.
const task = { inputShape: [3, 2], classes: 3 };

describe.each([{ width: 5 }, { width: 4, activation: "relu" }])("gated with %o", (options) => {
  for (const { name, run } of conformance(gated, { task, options })) test(name, run);
});

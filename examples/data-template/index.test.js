import { conformance } from "@eoss/data/testing";
import { describe, test } from "vitest";
import teacher from "./index.js";

describe.each([{}, { points: 10, features: 2, noise: 0 }])("teacher with %o", (options) => {
  for (const { name, run } of conformance(teacher, { options })) test(name, run);
});

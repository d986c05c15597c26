import { availableParallelism } from "node:os";
import { ConfigError } from "@eoss/run";
import { describe, expect, it } from "vitest";
import { workersOf } from "./workersOf.js";

describe("workers", () => {
  it.each(["wasm", "cpu"])("auto is one for each core with %s", (backend) => {
    expect(workersOf({ workers: "auto" }, backend)).toBe(availableParallelism());
    expect(workersOf({ workers: 5 }, backend)).toBe(5);
  });

  it.each(["node", "node-gpu", "webgpu"])("auto is 1 with %s, which takes no more", (backend) => {
    expect(workersOf({ workers: "auto" }, backend)).toBe(1);
    expect(workersOf({ workers: 1 }, backend)).toBe(1);
    expect(() => workersOf({ workers: 2 }, backend)).toThrow(ConfigError);
    expect(() => workersOf({ workers: 2 }, backend)).toThrow(
      `workers is 2, but the ${backend} backend has threads of its own; allowed: 1, auto`,
    );
  });
});

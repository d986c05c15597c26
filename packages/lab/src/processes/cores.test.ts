import { availableParallelism } from "node:os";
import { afterEach, expect, it, vi } from "vitest";
import { CORES_VARIABLE, coresEach, coresHere, runsAtATime } from "./cores.js";

afterEach(() => vi.unstubAllEnvs());

it("counts the share that this process was given, or the cores of the machine", () => {
  vi.stubEnv(CORES_VARIABLE, "7");
  expect([coresHere(), coresEach(3), coresEach(9)]).toEqual([7, 2, 1]);
  for (const none of [undefined, "", "0", "-2", "1.5", "many"]) {
    vi.stubEnv(CORES_VARIABLE, none);
    expect(coresHere()).toBe(availableParallelism());
  }
});

it("makes as many runs at a time as are asked for, or as there are cores in the share", () => {
  vi.stubEnv(CORES_VARIABLE, "7");
  expect([undefined, 3, 0].map((jobs) => runsAtATime({ jobs }))).toEqual([7, 3, 1]);
});

it("takes workers as the old name of jobs", () => {
  expect(runsAtATime({ workers: 3 })).toBe(3);
  expect(runsAtATime({ jobs: 2, workers: 3 })).toBe(2);
});

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newFolders, tiny } from "../../../lab/src/run/testRuns.fixture.js";
import { keepSpec, planSweep, type Sweep } from "./sweep.js";

const newFolder = newFolders("sweep");

/** A specification of runs of a fraction of a second, in a folder of its own, and the sweep of it. */
export function newSweep(spec: Record<string, unknown>): Sweep {
  const folder = newFolder();
  mkdirSync(folder);
  return sweepIn(folder, spec);
}

/** The sweep of another specification in the same folder. */
export function sweepIn(folder: string, spec: Record<string, unknown>): Sweep {
  const file = join(folder, "spec.yaml");
  writeFileSync(file, JSON.stringify({ base: BASE, ...spec }));
  const out = join(folder, "out");
  keepSpec(file, out);
  return planSweep(file, out);
}

const BASE = { ...tiny, steps: 12, every: 6, measure: ["loss"], width: [4] };

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comparisonsOf, type RunManifest } from "@eoss/run";
import { afterAll, afterEach, expect, it, vi } from "vitest";
import { record, writeRun } from "../../test/runFolder.js";
import { readTail } from "../runs/tail.js";
import { query } from "./query.js";

vi.mock("@eoss/run", { spy: true });
vi.mock("../runs/tail.js", { spy: true });

const root = mkdtempSync(join(tmpdir(), "eoss-query-many-"));
afterAll(() => rmSync(root, { recursive: true }));
afterEach(vi.clearAllMocks);

const SQL =
  "SELECT lr, seed, value, threshold FROM metrics JOIN runs USING (run) ORDER BY lr, seed";

/** Runs with three learning rates, which ended with the records that they note. */
function sweep(name: string, records: (bytes: number) => RunManifest["records"]): string {
  const folder = join(root, name);
  for (let seed = 0; seed < 30; seed++) {
    const lr = [0, 0.1, 0.4][seed % 3]!;
    const config = { lr, seed };
    const plan = { learningRate: lr, batchSize: 16, optimizer: { name: "sgd" }, interventions: [] };
    const run = { config, records: [record(0, "fullbs", seed, { unit: "sharpness" })] };
    const directory = join(folder, `${seed}`);
    writeRun(directory, { ...run, manifest: { plan } });
    const { size } = statSync(join(directory, "metrics.jsonl"));
    writeRun(directory, { ...run, manifest: { plan, records: records(size) } });
  }
  return folder;
}

it("compares once for all runs of the same plan, each with its own threshold", async () => {
  const { rows } = await query(SQL, [sweep("plans", () => undefined)]);
  expect(rows).toEqual(
    [0, 1, 2].flatMap((i) =>
      Array.from({ length: 10 }, (_, k) => {
        const lr = [0, 0.1, 0.4][i]!;
        return [lr, 3 * k + i, 3 * k + i, 2 / lr];
      }),
    ),
  );
  expect(comparisonsOf).toHaveBeenCalledTimes(3);
});

it("does not look at the end of records that are as long as their run says", async () => {
  const sha256 = "0".repeat(64);
  await query(SQL, [sweep("ended", (bytes) => ({ bytes, sha256 }))]);
  expect(readTail).not.toHaveBeenCalled();
  await query(SQL, [sweep("shorter", (bytes) => ({ bytes: bytes + 1, sha256 }))]);
  expect(readTail).toHaveBeenCalledTimes(30);
});

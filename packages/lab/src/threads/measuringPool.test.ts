import { rmSync, writeFileSync } from "node:fs";
import { measureAt, readRun, resume, staticAt, train } from "@eoss/lab";
import { describe, expect, it, vi } from "vitest";
import { FULL, newFolders, tinyConfig, untimedLines } from "../run/testRuns.fixture.js";
import { buildWorker } from "./builtWorker.fixture.js";

vi.mock("./workerFile.js", () => import("./builtWorker.fixture.js"));
buildWorker();
const newFolder = newFolders("pool");

/** Threads of this process that still run. */
const threads = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort");

/** A file with a quantity over batches; `body` is what `sample` does. */
function quantityFile(body: string): string {
  const file = newFolder().concat(".mjs");
  writeFileSync(
    file,
    `import { existsSync } from "node:fs";
    import { isMainThread, threadId } from "node:worker_threads";
    let seen = 0;
    export default {
      name: "theirs", description: "", over: "batches", unit: "none", needs: [], cost: "",
      sample(batch) { seen += 1; ${body} },
    };`,
  );
  return file;
}

describe("a run with measuring threads", () => {
  // Threads must see the optimizer's state, and changes of optimizer and batch size.
  const settings = {
    optimizer: "heavy-ball momentum=0.5",
    intervene: ["at=8 batch=4 optimizer=adam"],
    measure: ["loss", "alignment", "minibs", "batch-sharpness", "batch-preconditioned-sharpness"],
    tolerance: 0.15,
    "max-batches": 40,
    steps: 16,
    every: 16,
    width: [6],
  };

  it("has them also without certificates, which the last measurement has all the same", async () => {
    const folders = [newFolder(), newFolder()];
    const measure = ["minibs", "loss"];
    for (const [index, out] of folders.entries()) {
      const config = { ...settings, measure, certify: "off", every: 8, workers: index + 1 };
      await train(tinyConfig(config), { out });
    }
    const [one, two] = folders.map(untimedLines);
    expect(two).toEqual(one);
    const kinds = readRun(folders[1]!).records.map(({ quantity, errorKind }) => [
      quantity,
      errorKind,
    ]);
    const ofMinibs = kinds.filter(([quantity]) => quantity === "minibs").map(([, kind]) => kind);
    expect(ofMinibs).toEqual(["assumed", "assumed", "certified"]);
  });

  it.each([...(FULL ? ([["cpu", [1, 2, 3]]] as const) : []), ["wasm", [1, 2]] as const])(
    "has the records of one, on %s",
    async (backend, counts) => {
      const folders = counts.map(() => newFolder());
      for (const [index, out] of folders.entries()) {
        await train(tinyConfig({ ...settings, backend, workers: counts[index] }), { out });
      }
      const [one, ...others] = folders.map(untimedLines);
      // Measured at both ends and at the change.
      expect(one!.length).toBe(16 + 3 * 5);
      for (const lines of others) expect(lines).toEqual(one);
      expect(threads()).toEqual([]);

      const [first] = folders;
      const again = await measureAt(first!, 16, { workers: 2 });
      // Records are in the order in which quantities were done.
      const byName = (numbers: readonly { quantity: string; value: number | null }[]) =>
        Object.fromEntries(numbers.map(({ quantity, value }) => [quantity, value]));
      const recorded = readRun(first!).records.filter(({ step }) => step === 16);
      expect(byName(again.measurements)).toEqual(byName(recorded));
      expect(threads()).toEqual([]);
    },
  );

  it("measures the static curve of one, at a batch size that is not the run's", async () => {
    const out = newFolder();
    await train(tinyConfig({ measure: [], steps: 4, backend: "wasm" }), { out });
    const curveWith = async (workers: number) => {
      const settings = { workers, tolerance: 0.1, "max-batches": 24 };
      const curve = await staticAt(out, "final", settings, { batchSizes: [1, 5, 16, 120] });
      return JSON.stringify(curve, (key, value) => (key === "seconds" ? undefined : value));
    };
    const one = await curveWith(1);
    expect(await curveWith(2)).toBe(one);
    expect(JSON.parse(one).points[0].minibs.batches.length).toBeGreaterThan(7);
    expect(threads()).toEqual([]);
  });

  it("looks at batches in as many threads as it was told, and elsewhere not", async () => {
    const file = quantityFile("return { value: threadId, products: 0, status: 'exact' };");
    const seenBy = async (workers: number) => {
      const out = newFolder();
      await train(tinyConfig({ measure: [file], steps: 1, "max-batches": 200, workers }), { out });
      return new Set(readRun(out).records.find(({ quantity }) => quantity === "theirs")!.batches);
    };
    const own = await seenBy(1);
    expect(own.size).toBe(1);
    const others = await seenBy(3);
    expect(others.size).toBe(3);
    expect(others).not.toContain([...own][0]);
  });

  it("ends with the error of a thread", async () => {
    const out = newFolder();
    const file = quantityFile(
      "if (seen > 3 && !isMainThread) throw new RangeError('batch too odd'); return { value: isMainThread ? 0 : seen, products: 0, status: 'exact' };",
    );
    const config = tinyConfig({ measure: [file], workers: 2 });
    await expect(train(config, { out })).rejects.toThrow("batch too odd");
    expect(readRun(out).manifest.end).toMatchObject({
      reason: "failed",
      message: expect.stringMatching(/failed in sample: RangeError: batch too odd/),
    });
    expect(threads()).toEqual([]);
  });

  it("ends when a thread dies", async () => {
    const out = newFolder();
    const config = tinyConfig({
      measure: [
        quantityFile(
          "if (!isMainThread) process.exit(7); return { value: 0, products: 0, status: 'exact' };",
        ),
      ],
      workers: 2,
    });
    await expect(train(config, { out })).rejects.toThrow("a measuring thread ended with 7");
    expect(threads()).toEqual([]);
  });

  it("is interrupted at once, whatever its threads do, and goes on as if it had not been", async () => {
    const mark = newFolder().concat(".stuck");
    const stuck = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)";
    const file = quantityFile(
      `if (!isMainThread && existsSync(${JSON.stringify(mark)})) ${stuck};
       return { value: batch.loss(), products: 0, status: "exact" };`,
    );
    const config = tinyConfig({ ...settings, measure: ["minibs", file], workers: 2 });
    const whole = newFolder();
    await train(config, { out: whole });

    const out = newFolder();
    const stop = new AbortController();
    writeFileSync(mark, "");
    const onProgress = () => void setTimeout(() => stop.abort(), 300);
    const summary = await train(config, { out, signal: stop.signal, onProgress });
    expect(summary.end).toMatchObject({ reason: "interrupted", step: 0 });
    expect(threads()).toEqual([]);
    rmSync(mark);
    await resume(out, { workers: 3 }, { trusted: [file] });
    expect(untimedLines(out)).toEqual(untimedLines(whole));
  });
});

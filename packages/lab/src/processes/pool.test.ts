import { afterEach, describe, expect, it, vi } from "vitest";
import { tinyConfig } from "../run/testRuns.fixture.js";

vi.mock("./processFile.js", () => ({
  processFile: new URL("./poolProcess.fixture.mjs", import.meta.url),
}));

const { trainAll, workOff } = await import("./pool.js");

const config = tinyConfig();
const job = (out: string) => ({ config, out });

async function outcomes(folders: readonly string[], jobs: number) {
  const waiting = folders.map(job);
  const found: Array<[string, Record<string, unknown>]> = [];
  await workOff(
    () => waiting.shift(),
    ({ out }, outcome) => {
      const value = "error" in outcome ? { failed: outcome.error.message } : outcome.summary;
      found.push([out, value as unknown as Record<string, unknown>]);
    },
    { jobs, separate: true },
  );
  return Object.fromEntries(found);
}

afterEach(() => vi.unstubAllEnvs());

describe("a pool of processes", () => {
  it("makes one run after another in the same process", async () => {
    const made = await outcomes(["a", "b", "c"], 1);
    expect(Object.keys(made)).toEqual(["a", "b", "c"]);
    expect(new Set(Object.values(made).map(({ end }) => end)).size).toBe(1);
    expect(made.a!.end).not.toBe(process.pid);
  });

  it("goes on after a run that fails, or that takes its process along", async () => {
    const silent = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const made = await outcomes(["a", "fails", "dies", "killed", "b"], 1);
    silent.mockRestore();
    expect(made.fails).toEqual({ failed: "no data" });
    expect(made.dies!.failed).toBe("the process of the run ended with exit code 7: out of paper");
    expect(made.killed!.failed).toMatch(
      /^the process of the run was killed \(SIGKILL\); .* memory/,
    );
    expect(made.b).toMatchObject({ directory: "b" });
    expect(made.b!.end).not.toBe(made.a!.end);
  });

  it("shares out the cores", async () => {
    vi.stubEnv("EOSS_CORES", "7");
    expect((await outcomes(["a"], 1)).a!.seconds).toBe("7");
    expect((await outcomes(["a", "b"], 2)).b!.seconds).toBe("3");
    vi.stubEnv("EOSS_CORES", "1");
    expect((await outcomes(["a", "b"], 2)).b!.seconds).toBe("1");
  });

  it("passes on progress and warnings, and tells runs to end", async () => {
    const stop = new AbortController();
    const seen: unknown[] = [];
    const summaries = await trainAll([job("a"), job("waits")], {
      jobs: 2,
      signal: stop.signal,
      onWarning: (message) => seen.push(message),
      onProgress: ({ out }, { latest }) => {
        seen.push(out, latest.get("loss"));
        stop.abort();
      },
    });
    expect(seen.toSorted()).toEqual([Number.NaN, "making a", "waits"]);
    expect(summaries.map(({ directory }) => directory)).toEqual(["a", "aborted"]);
  });

  it("ends with the first error, after the other runs", async () => {
    const seen: string[] = [];
    const all = trainAll([job("fails"), job("a"), job("b")], {
      jobs: 2,
      onWarning: (message) => seen.push(message),
    });
    await expect(all).rejects.toMatchObject({ name: "DatasetError", message: "no data" });
    expect(seen.toSorted()).toEqual(["making a", "making b"]);
  });
});

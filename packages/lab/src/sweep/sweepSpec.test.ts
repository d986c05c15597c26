import { ConfigError } from "@eoss/lab";
import { describe, expect, it, vi } from "vitest";
import { parseShard, shardOf } from "./shard.js";
import { SourceFile } from "./sourceFile.js";
import { parseSweep } from "./sweepSpec.js";

const BASE = "base: { data: digits, lr: 0.1, steps: 10, batch: 8 }";
const parsed = (...lines: string[]) => parseSweep(new SourceFile("my.yaml", lines.join("\n")));
const names = (...lines: string[]) => [...parsed(BASE, ...lines).runs.keys()];

describe("the runs of a sweep", () => {
  it("are named by variant and grid", () => {
    expect(names("grid: { batch: [8, full], lr: [0.1, 1e-3] }")).toEqual([
      "b8-lr0.1",
      "b8-lr0.001",
      "bfull-lr0.1",
      "bfull-lr0.001",
    ]);
    expect(
      names("list: { plain: {}, adam: { optimizer: adam } }", "grid: { seed: [0, 1] }"),
    ).toEqual(["plain-seed0", "plain-seed1", "adam-seed0", "adam-seed1"]);
    expect(names()).toEqual(["run"]);
  });

  it("have names that are folders, whatever the values", () => {
    expect(names("grid: { width: [[8, 8], [16]], schedule: [[lr=linear to=0 steps=5]] }")).toEqual([
      "width8-8-schedule-lr-linear-to-0-steps-5-",
      "width16-schedule-lr-linear-to-0-steps-5-",
    ]);
    const long = Array.from({ length: 60 }, (_, i) => i + 10);
    const [one, other] = names(`grid: { width: [[${long}], [${long}, 1]] }`);
    expect(one!.length).toBeLessThanOrEqual(120);
    expect(one).not.toBe(other);
    expect(() => names("list: { ..: {} }")).toThrow(/my\.yaml:2: list\.\.\.: .*begins with/);
  });

  it("are refused if two have the same name", () => {
    expect(() => names("grid: { batch: [8, 8] }")).toThrow(
      'my.yaml:2: grid: two runs would be called "b8": give each value once',
    );
  });

  it("know in which settings they differ", () => {
    const { varied } = parsed(BASE, "list: { a: {}, b: { lr: 0.2 } }", "grid: { seed: [0, 1] }");
    expect(varied.toSorted()).toEqual(["lr", "seed"]);
  });
});

describe("what runs need", () => {
  it("is a gigabyte, or what is said", () => {
    expect(parsed(BASE).memory).toBe(2 ** 30);
    expect(parsed(BASE, "memory: 500M").memory).toBe(500 * 2 ** 20);
    expect(() => parsed(BASE, "memory: much")).toThrow(/^my\.yaml:2: memory: .* M or G/);
  });

  it("is asked of a cluster, with errors by file, line and key", () => {
    const { slurm } = parsed(BASE, "slurm:", "  time: 2:00:00", "  runsPerTask: 5");
    expect(slurm).toMatchObject({
      time: "2:00:00",
      runsPerTask: 5,
      cpus: 1,
      grace: 60,
      sbatch: [],
    });
    for (const [line, message] of [
      ["cpus: 0", /my\.yaml:3: slurm\.cpus: .* from 1 up/],
      ["time: soon", /my\.yaml:3: slurm\.time: time is a number of minutes/],
      ["partition: two words", /my\.yaml:3: slurm\.partition: this is one word/],
      ['sbatch: ["-p x\\n#SBATCH"]', /my\.yaml:3: slurm\.sbatch\.0: this is one line/],
      ["queue: long", /my\.yaml:3: slurm\.queue: /],
    ] as const) {
      expect(() => parsed(BASE, "slurm:", `  ${line}`)).toThrow(message);
      expect(() => parsed(BASE, "slurm:", `  ${line}`)).toThrow(ConfigError);
    }
  });
});

describe("shards", () => {
  it("hold each run once, together", () => {
    const runs = Array.from({ length: 11 }, (_, i) => i);
    const parts = [1, 2, 3].map((index) => shardOf(runs, { index, of: 3 }));
    expect(parts.flat().toSorted((a, b) => a - b)).toEqual(runs);
    expect(parts.map(({ length }) => length)).toEqual([4, 4, 3]);
  });

  it.each(["0/3", "4/3", "2", "a/b", "1/0"])("are not %s", (text) => {
    expect(() => parseShard(text)).toThrow(`--shard is "${text}"; allowed: i/k`);
  });
});

describe("a key", () => {
  it.each([
    ["a list", '? ["\\e[2J"]\n: 1\n'],
    ["an alias", "a: &a [1]\n*a : 1\n"],
    ["keys within keys, which take for ever to be written", "? ".repeat(300)],
  ])("is a name and not %s", (_, text) => {
    const warn = vi.spyOn(process, "emitWarning");
    expect(() => new SourceFile("sweep.yaml", text)).toThrow(
      "sweep.yaml: a key is a list, a map or an alias; expected a name",
    );
    // Warnings have texts of the file in them, and go to stderr as they are.
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});

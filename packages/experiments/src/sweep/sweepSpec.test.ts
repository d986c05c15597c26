import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SourceFile } from "@eoss/lab/internal";
import { ConfigError } from "@eoss/run";
import { describe, expect, it, vi } from "vitest";
import { parseShard, shardOf } from "./shard.js";
import { keepSpec, readSweep } from "./sweep.js";
import { newSweep } from "./sweepFiles.fixture.js";
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

  it("have files in their names without folders, unless these are what differs", () => {
    expect(names("grid: { loss: [/home/ada/a.js, ./b.js, mse] }")).toEqual([
      "lossa.js",
      "lossb.js",
      "lossmse",
    ]);
    expect(names("grid: { loss: [./x/a.js, ./y/a.js] }")).toEqual(["loss.-x-a.js", "loss.-y-a.js"]);
  });

  it("are refused if two have the same name", () => {
    expect(() => names("grid: { batch: [8, 8] }")).toThrow(
      'my.yaml:2: grid: two runs would be called "b8": give each value once',
    );
  });

  it("are made with as many seeds as asked for, in the file or beside it", () => {
    const three = ["run", "run-seeds1", "run-seeds2"];
    expect(names("seeds: 3")).toEqual(three);
    const some = BASE.replace("batch: 8", "batch: 8, samples: 100");
    const { runs, varied } = parseSweep(new SourceFile("my.yaml", some), 3);
    expect([...runs.keys()]).toEqual(three);
    expect(varied.toSorted()).toEqual(["data-seed", "seed"]);
  });

  it("keep the number of seeds for all who go on with them", () => {
    const flow = newSweep({});
    const folder = dirname(flow.directory);
    const block = join(folder, "block.yaml");
    writeFileSync(block, `# mine\n${BASE}\n`);
    for (const file of [join(folder, "spec.yaml"), block]) {
      const out = join(folder, "more");
      keepSpec(file, out, 2);
      expect(readSweep(out).runs.map(({ name }) => name)).toEqual(["run", "run-seeds1"]);
    }
    const own = join(folder, "own.yaml");
    writeFileSync(own, `${BASE}\nseeds: 3\n`);
    expect(() => keepSpec(own, join(folder, "more"), 2)).toThrow(/which says seeds: 3; change it/);
    keepSpec(own, join(folder, "more"), 3);
    expect(readSweep(join(folder, "more")).runs).toHaveLength(3);
  });

  it("know in which settings they differ", () => {
    const { varied } = parsed(BASE, "list: { a: {}, b: { lr: 0.2 } }", "grid: { seed: [0, 1] }");
    expect(varied.toSorted()).toEqual(["lr", "seed"]);
  });
});

describe("a specification", () => {
  const one = (text: string) => () => parseSweep(new SourceFile("my.yaml", text));

  it.each([
    ["gird: { batch: [8] }", "my.yaml:1: gird: unknown key; allowed: base, grid, list,"],
    ["", "my.yaml:1: expected keys with values; allowed: base, grid"],
    ["grid: { batch: 8 }", "my.yaml:1: grid.batch: expected a list of values, such as [8, 16]"],
    ["grid: { batch: [] }", "my.yaml:1: grid.batch: the list is empty"],
    ["grid: [8]", "my.yaml:1: grid: expected settings with lists of values"],
    ["list: [{ lr: 1 }]", "my.yaml:1: list: expected variants by name"],
    ["list: { a: 3 }", "my.yaml:1: list.a: expected settings by their flag names"],
    ["list:\n  a: {}\n  a: {}", "my.yaml:3: the key a is given twice"],
    ["slurm: { tim: 3 }", "my.yaml:1: slurm.tim: unknown key; allowed: partition,"],
    [
      `${BASE}\ngrid: { bacth: [8] }`,
      "my.yaml:2: grid.bacth: unknown setting; did you mean batch?",
    ],
  ])("%s is refused where it is wrong", (text, message) => {
    expect(one(text)).toThrow(message);
  });

  it.each([
    [{ optimizer: "sgd momentum=0.9" }, "sgd has no option momentum"],
    [{ samples: 100, batch: 101 }, "batch is 101, but there are 100 samples"],
    [{ model: "mpl" }, `model "mpl": there is no package mpl in`],
    [{ model: "./none.js#net" }, /none\.js#net": there is no file .*none\.js/],
    [{ schedule: ["lr=cosine"] }, 'schedule "lr=cosine": lr.'],
  ])("with %o is refused before anything is made", (wrong, message) => {
    expect(() => newSweep({ list: { fine: {}, wrong } })).toThrow(message);
    // A setting of its own by its place in the file, what comes of several by the run.
    const place = /spec\.yaml(:1: list\.wrong\.|: run wrong: )/;
    expect(() => newSweep({ list: { fine: {}, wrong } })).toThrow(place);
  });

  it("says what is wrong in a length that is read, however long the setting is", () => {
    const optimizer = "a".repeat(20_000);
    expect(() => newSweep({ list: { wrong: { optimizer } } })).toThrow(/^.{1,1000}$/);
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
      ["time: soon", /my\.yaml:3: slurm\.time: expected a number of minutes/],
      ["partition: two words", /my\.yaml:3: slurm\.partition: expected one word/],
      ['sbatch: ["-p x\\n#SBATCH"]', /my\.yaml:3: slurm\.sbatch\.0: expected one line/],
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

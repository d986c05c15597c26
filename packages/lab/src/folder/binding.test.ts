import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fork, measureAt, repair, resume, train } from "@eoss/lab";
import { stream } from "@eoss/rng";
import { beforeAll, describe, expect, it } from "vitest";
import {
  dyingAt,
  newFolders,
  tinyConfig,
  untimedLines,
  withoutEnd,
} from "../run/testRuns.fixture.js";

const newFolder = newFolders("binding");
const settings = { "checkpoint-every": 5, keep: "all", measure: ["loss"] };

let whole: string;
let killed: string;
let other: string;
beforeAll(async () => {
  [whole, killed, other] = [newFolder(), newFolder(), newFolder()];
  await train(tinyConfig(settings), { out: whole });
  const dying = train(tinyConfig(settings), { out: killed, ...dyingAt(17) });
  await expect(dying).rejects.toThrow("killed");
  withoutEnd(killed);
  await train(tinyConfig({ ...settings, seed: 9 }), { out: other });
});

const copyOf = (directory: string) => {
  const copy = newFolder();
  cpSync(directory, copy, { recursive: true });
  return copy;
};

/** Every file of a folder with its bytes and its time. */
const contents = (directory: string) =>
  (readdirSync(directory, { recursive: true }) as string[])
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path, "latin1"), statSync(path).mtimeMs]);

const edit = (path: string, change: (text: string) => string) =>
  writeFileSync(path, change(readFileSync(path, "latin1")), "latin1");

const checkpoint = (directory: string, step: number, end = "json") =>
  join(directory, "checkpoints", `step-${step}.${end}`);

const takeFrom = (from: string, to: string, step: number) => {
  for (const end of ["json", "safetensors"]) {
    cpSync(checkpoint(from, step, end), checkpoint(to, step, end));
  }
};

const aSpace = (text: string) => text.replace('"step":3,', '"step": 3,');

const kinds: Record<string, readonly [(directory: string) => void, RegExp]> = {
  "a space in the records": [
    (directory) => edit(join(directory, "metrics.jsonl"), aSpace),
    /step-15.json: metrics.jsonl was changed after this checkpoint/,
  ],
  "another number in the records": [
    (directory) =>
      edit(join(directory, "metrics.jsonl"), (text) => text.replace('"value":0.', '"value":1.')),
    /metrics.jsonl was changed after this checkpoint/,
  ],
  "a line that is none": [
    (directory) => edit(join(directory, "metrics.jsonl"), (text) => text.replace("\n", "\n{\n")),
    /metrics.jsonl was changed after this checkpoint/,
  ],
  "two lines the other way round": [
    (directory) =>
      edit(join(directory, "metrics.jsonl"), (text) => {
        const [first, second, ...rest] = text.split("\n");
        return [second, first, ...rest].join("\n");
      }),
    /metrics.jsonl was changed after this checkpoint/,
  ],
  "the records of another run": [
    (directory) => cpSync(join(other, "metrics.jsonl"), join(directory, "metrics.jsonl")),
    /metrics.jsonl was changed after this checkpoint/,
  ],
  "a checkpoint of another run": [
    (directory) => takeFrom(other, directory, 15),
    /step-15.json: it is a checkpoint of another run/,
  ],
  "a later one of another run": [
    (directory) => takeFrom(other, directory, 20),
    /step-20.json: it is a checkpoint of another run/,
  ],
};

describe("what does not fit is refused, and the folder is as it was", () => {
  for (const [name, [change, message]] of Object.entries(kinds)) {
    it(`${name}; after a repair the run goes on to the same numbers`, async () => {
      const directory = copyOf(killed);
      change(directory);
      const before = contents(directory);
      await expect(resume(directory)).rejects.toThrow(message);
      await expect(resume(directory)).rejects.toThrow(/Nothing was changed; "eoss repair/);
      const out = newFolder();
      // A later checkpoint has no part in what stands at step 17.
      if (name !== "a later one of another run") {
        await expect(fork(directory, {}, { at: 17, out })).rejects.toThrow(message);
        await expect(measureAt(directory, 17, {})).rejects.toThrow(message);
      }
      const said = repair(directory, { dryRun: true });
      expect(said.length).toBeGreaterThan(0);
      expect(contents(directory)).toEqual(before);
      const done = repair(directory);
      expect(done.map(({ problem }) => problem)).toEqual(
        expect.arrayContaining(said.map(({ problem }) => problem)),
      );
      expect(repair(directory)).toEqual([]);
      expect(existsSync(join(directory, "lock"))).toBe(false);
      await resume(directory);
      // Within a step the order of records says nothing.
      expect(untimedLines(directory).sort()).toEqual(untimedLines(whole).sort());
      // All that was there is there, as it was or aside.
      const kept = contents(directory).map(([, text]) => text as string);
      for (const [path, text] of before) {
        if (/metrics|checkpoints/.test(path as string))
          expect(keeps(kept, text as string)).toBe(true);
      }
    });
  }

  it("records that were changed after the end", async () => {
    const directory = copyOf(whole);
    edit(join(directory, "metrics.jsonl"), aSpace);
    const before = contents(directory);
    await expect(resume(directory, { steps: 30 })).rejects.toThrow(/changed after the run ended/);
    expect(contents(directory)).toEqual(before);
    expect(repair(directory).at(-1)?.problem).toMatch(/changed after the run ended/);
    await resume(directory);
    expect(untimedLines(directory)).toEqual(untimedLines(whole));
  });

  it("run.json of another run", async () => {
    const directory = copyOf(killed);
    cpSync(join(other, "run.json"), join(directory, "run.json"));
    const before = contents(directory);
    await expect(resume(directory, { steps: 30 })).rejects.toThrow(
      /step-15.json: it is a checkpoint of another run|changed after the run ended/,
    );
    expect(contents(directory)).toEqual(before);
  });
});

/** A text is among others whole, or is what two of them were made from: lines kept, lines aside. */
const keeps = (texts: readonly string[], text: string) =>
  text.split("\n").every((line) => texts.some((kept) => kept.includes(line.slice(0, -1)))) ||
  texts.includes(text);

it("a sound folder has nothing to repair, whatever happened to the run", async () => {
  for (const directory of [whole, killed, other]) {
    const before = contents(directory);
    expect(repair(directory)).toEqual([]);
    expect(contents(directory)).toEqual(before);
  }
});

it("records that come out otherwise are kept aside", async () => {
  const directory = copyOf(killed);
  rmSync(join(directory, "checkpoints"), { recursive: true });
  const path = join(directory, "metrics.jsonl");
  edit(path, (text) => text.replace(/("step":3,.*?"value":)/, "$11"));
  const before = readFileSync(path, "utf8").split("\n").slice(0, -1);
  const warnings: string[] = [];
  await resume(directory, {}, { onWarning: (text) => warnings.push(text) });
  expect(warnings.join()).toMatch(
    /step-loss at step 3 differs from the recorded one.*kept in .*metrics-1.jsonl/,
  );
  expect(untimedLines(directory)).toEqual(untimedLines(whole));
  const now = readFileSync(path, "utf8").split("\n").slice(0, -1);
  const aside = readFileSync(join(directory, "aside", "metrics-1.jsonl"), "utf8").split("\n");
  const first = before.findIndex((line, place) => line !== now[place]);
  expect(aside.slice(0, -1)).toEqual(before.slice(first));
});

it("nothing is kept aside outside of the folder, through a link", async () => {
  const directory = copyOf(killed);
  const victim = newFolder();
  mkdirSync(victim);
  symlinkSync(victim, join(directory, "aside"));
  cpSync(join(other, "metrics.jsonl"), join(directory, "metrics.jsonl"));
  const before = readFileSync(join(directory, "metrics.jsonl"));
  expect(() => repair(directory)).toThrow(/link/);
  rmSync(join(directory, "checkpoints"), { recursive: true });
  await expect(resume(directory)).rejects.toThrow(/link/);
  expect(readdirSync(victim)).toEqual([]);
  expect(readFileSync(join(directory, "metrics.jsonl"))).toEqual(before);
});

it("a folder of an older version, which bound nothing, is resumed", async () => {
  const directory = copyOf(killed);
  edit(join(directory, "run.json"), (text) => {
    const { id: _, ...manifest } = JSON.parse(text);
    return JSON.stringify(manifest);
  });
  for (const step of [5, 10, 15]) {
    edit(checkpoint(directory, step), (text) => {
      const { checksum: _, run: __, metricsSha256: ___, ...description } = JSON.parse(text);
      const checksum = createHash("sha256").update(JSON.stringify(description)).digest("hex");
      return JSON.stringify({ checksum, ...description });
    });
  }
  const shifted = copyOf(directory);
  await resume(directory);
  expect(untimedLines(directory)).toEqual(untimedLines(whole));
  // A byte more, and the checkpoint counts on half a record: that much can be seen.
  edit(join(shifted, "metrics.jsonl"), aSpace);
  await expect(resume(shifted)).rejects.toThrow(/metrics.jsonl was changed after this checkpoint/);
});

it("any byte changed: refused and untouched, or of no consequence", async () => {
  const random = stream(11, "bytes");
  const files = ["metrics.jsonl", "checkpoints/step-15.json", "checkpoints/step-15.safetensors"];
  for (let trial = 0; trial < (process.env.EOSS_LONG ? 300 : 6); trial++) {
    const directory = copyOf(killed);
    const path = join(directory, files[trial % files.length]!);
    const bytes = readFileSync(path);
    bytes[random.uint32At(2 * trial) % bytes.length]! ^= 1 + (random.uint32At(2 * trial + 1) % 255);
    writeFileSync(path, bytes);
    const before = contents(directory);
    try {
      await resume(directory);
    } catch (error) {
      expect((error as Error).message).toMatch(/Nothing was changed/);
      expect(contents(directory)).toEqual(before);
      repair(directory);
      await resume(directory);
    }
    expect(untimedLines(directory).sort()).toEqual(untimedLines(whole).sort());
  }
});

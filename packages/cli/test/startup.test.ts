import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));

const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

/** Prints the address of each module as it is loaded. */
const hooks = dataUrl(`
  export async function load(url, context, next) {
    process._rawDebug(url);
    return next(url, context);
  }`);
const spy = dataUrl(`
  import { register } from "node:module";
  register(${JSON.stringify(hooks)});`);

/** The packages of which the built program loads something for these words; it ends with `code`. */
function loadedFor(words: readonly string[], code = 0): Set<string> {
  const { stderr, status } = spawnSync(process.execPath, ["--import", spy, bin, ...words], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(code);
  const names = stderr.split("\n").flatMap((url) => {
    const ours = url.match(/\/packages\/([^/]+)\/(?:dist|bin)\/[^/]+$/);
    const theirs = url.match(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    return ours ? [`@eoss/${ours[1]}`] : theirs ? [theirs[1]!] : [];
  });
  return new Set(names);
}

describe("a start that does no work", () => {
  it.each([["--version"], ["--help"], ["help"]])("loads neither lab nor tfjs for %s", (word) => {
    expect(loadedFor([word])).toEqual(
      new Set(["@eoss/cli", "@eoss/rng", "commander", "picocolors"]),
    );
  });

  it("would be seen to load them", () => {
    const loaded = loadedFor(["doctor", "--help"]);
    for (const name of ["@eoss/lab", "@tensorflow/tfjs-core"]) expect(loaded).toContain(name);
  });
});

describe("what draws figures, a third of all that a command loads,", () => {
  const drawing = ["@eoss/report", "@observablehq/plot", "linkedom"];
  const refused = "train --data digits --batch 8 --steps 1 --lr fast".split(" ");

  it.each([
    [refused, 2],
    ["resume nowhere".split(" "), 2],
    ["measure nowhere --at 0".split(" "), 2],
    ["quantities".split(" "), 0],
    ["verify --data digits --model linear".split(" "), 0],
  ])("is not there where nothing is drawn: %j", (words, code) => {
    const loaded = loadedFor(words, code);
    expect(loaded).toContain("@eoss/lab");
    for (const name of drawing) expect(loaded).not.toContain(name);
  });

  it("would be seen, and is there for a report", () => {
    const loaded = loadedFor(["report", "nowhere"], 2);
    for (const name of drawing) expect(loaded).toContain(name);
  });
});

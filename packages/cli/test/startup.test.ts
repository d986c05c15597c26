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

/** The packages of which the built program loads something for these words. */
function loadedFor(...words: string[]): Set<string> {
  const { stderr, status } = spawnSync(process.execPath, ["--import", spy, bin, ...words], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  const names = stderr.split("\n").flatMap((url) => {
    const ours = url.match(/\/packages\/([^/]+)\/(?:dist|bin)\/[^/]+$/);
    const theirs = url.match(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    return ours ? [`@eoss/${ours[1]}`] : theirs ? [theirs[1]!] : [];
  });
  return new Set(names);
}

describe("a start that does no work", () => {
  it.each([["--version"], ["--help"], ["help"]])("loads neither lab nor tfjs for %s", (word) => {
    expect(loadedFor(word)).toEqual(new Set(["@eoss/cli", "@eoss/rng", "commander", "picocolors"]));
  });

  it("would be seen to load them", () => {
    const loaded = loadedFor("doctor", "--help");
    for (const name of ["@eoss/lab", "@tensorflow/tfjs-core"]) expect(loaded).toContain(name);
  });
});

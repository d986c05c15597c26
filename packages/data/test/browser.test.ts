import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const source = (entry: string) => fileURLToPath(new URL(`../src/${entry}.ts`, import.meta.url));

/** An entry as a browser would get it: bundled, where any node: import is an error. */
function bundle(entry: string) {
  return build({
    entryPoints: [source(entry)],
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    globalName: "data",
    conditions: ["@eoss/source"],
    logLevel: "silent",
  });
}

describe("the main entry", () => {
  it("runs without Node: no modules, no process, no files", async () => {
    const { outputFiles } = await bundle("index");
    const bare = createContext({}); // the language itself and nothing else
    runInContext(outputFiles[0]!.text, bare);
    expect(runInContext("typeof process + typeof require + typeof fetch", bare)).toBe(
      "undefinedundefinedundefined",
    );
    expect(runInContext("data.digits({ samples: 30 }).images.length", bare)).toBe(30 * 64);
  });

  it("would be caught with a node: import, as the node entry is", async () => {
    await expect(bundle("node")).rejects.toThrow(/Could not resolve "node:/);
  });
});

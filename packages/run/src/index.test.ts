import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

/** Modules of Node that a bundle of an entry for browsers would ask for. */
async function nodeModules(entry: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "esm",
    conditions: ["@eoss/source"],
    external: ["node:*", "@tensorflow/*"],
    logLevel: "silent",
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  return imports.flatMap(({ path, external }) => (external && /^node:/.test(path) ? path : []));
}

describe.each(["./index.ts", "../../report/src/index.ts"])("%s", (entry) => {
  it("asks for no module of Node: it runs in a page", async () => {
    expect(await nodeModules(entry)).toEqual([]);
  });
});

it("what reads run folders would be caught", async () => {
  expect(await nodeModules("../../lab/src/folder/read.ts")).toContain("node:fs");
});

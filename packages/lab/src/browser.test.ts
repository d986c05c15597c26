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
    external: ["node:*", "@resvg/resvg-js", "@tensorflow/*"],
    logLevel: "silent",
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  return imports.flatMap(({ path, external }) => (external && /^node:/.test(path) ? path : []));
}

describe("the entry for browsers", () => {
  it("asks for no module of Node", async () => {
    expect(await nodeModules("./browser.ts")).toEqual([]);
  });

  it("would be caught, as what reads run folders is", async () => {
    expect(await nodeModules("./run/read.ts")).toContain("node:fs");
  });
});

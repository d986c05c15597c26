import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel } from "@eoss/models";
import { afterAll, describe, expect, it } from "vitest";
import { importFrom } from "./importFrom.js";
import { earlyEndText } from "./plugins.js";

// A user's folder with a file and an installed package; models stand for themselves here.
const folder = mkdtempSync(join(tmpdir(), "import-from-"));
const model = (name: string) =>
  `{ name: "${name}", description: "", options: { safeParse() {}, _zod: {} }, build() {} }`;
writeFileSync(join(folder, "mine.mjs"), `export default ${model("mine")};\nexport const no = 1;`);
const installed = join(folder, "node_modules", "theirs");
mkdirSync(installed, { recursive: true });
writeFileSync(
  join(installed, "package.json"),
  JSON.stringify({ name: "theirs", type: "module", exports: "./index.js" }),
);
writeFileSync(join(installed, "index.js"), `export const wide = ${model("wide")};`);
afterAll(() => rmSync(folder, { recursive: true }));

const load = (specifier: string) => loadModel(specifier, { importModule: importFrom(folder) });

describe("models from the user's folder", () => {
  it("finds files, packages and named exports", async () => {
    expect((await load("./mine.mjs")).name).toBe("mine");
    expect((await load(join(folder, "mine.mjs"))).name).toBe("mine");
    expect((await load("theirs")).name).toBe("wide");
    expect((await load("theirs#wide")).name).toBe("wide");
  });

  it("does not wait for ever", async () => {
    writeFileSync(join(folder, "never.mjs"), "await new Promise(() => {}); export default 1;");
    const importModule = importFrom(folder, 0.05);
    await expect(loadModel("./never.mjs", { importModule })).rejects.toThrow(
      /the loading of \.\/never\.mjs did not come to an end within 0\.05 s/,
    );
    expect(earlyEndText()).toMatch(/by code that it had loaded: .*\.\/never\.mjs/);
  });

  it("names the line of the user's file, where a package that it calls throws", async () => {
    mkdirSync(join(folder, "node_modules", "tensors"), { recursive: true });
    writeFileSync(
      join(folder, "node_modules", "tensors", "index.mjs"),
      "export function scalar() { throw new Error('No backend found in registry.'); }",
    );
    const own = "import { scalar } from './node_modules/tensors/index.mjs';\nscalar();";
    writeFileSync(join(folder, "early.mjs"), own);
    await expect(load("./early.mjs")).rejects.toThrow(
      /registry\. It makes a tensor while it is loaded; make it in a function, where it is used \(\S+early\.mjs:2\)/,
    );
  });

  it("says what is wrong", async () => {
    await expect(load("./nowhere.mjs")).rejects.toThrow('cannot load the model "./nowhere.mjs"');
    await expect(load("not-installed")).rejects.toThrow("there is no package not-installed in");
    await expect(load("./mine.mjs#no")).rejects.toThrow('"no" of ./mine.mjs is not a model');
  });
});

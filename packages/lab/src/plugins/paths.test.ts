import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { absoluteModule, absolutePaths, movedPath, relativePaths, shownModule } from "./paths.js";

const root = realpathSync(mkdtempSync(join(tmpdir(), "eoss-paths-")));
afterAll(() => rmSync(root, { recursive: true }));
const run = join(root, "runs", "a");
mkdirSync(run, { recursive: true });

const WRITTEN = {
  model: "./net.js#wide",
  measure: ["minibs", "../q.mjs", "their-package#entropy"],
  "data-dir": "data",
  plateau: "quantity=./q.js window=12",
  optimizer: "sgd",
  lr: 0.1,
};

describe("paths in settings", () => {
  it("begin in the folder of their file, and are the same from everywhere", () => {
    expect(absolutePaths(WRITTEN, root)).toEqual({
      ...WRITTEN,
      model: `${root}/net.js#wide`,
      measure: ["minibs", join(dirname(root), "q.mjs"), "their-package#entropy"],
      "data-dir": join(root, "data"),
      plateau: `quantity=${root}/q.js window=12`,
    });
    expect(absolutePaths(absolutePaths(WRITTEN, root), "/")).toEqual(absolutePaths(WRITTEN, root));
  });

  it("are kept from the folder of the run on, and come back", () => {
    const used = absolutePaths({ ...WRITTEN, model: `${run}/net.js` }, root);
    const kept = relativePaths(used, run);
    expect(kept).toMatchObject({
      model: "./net.js",
      measure: ["minibs", "../../../q.mjs", "their-package#entropy"],
      "data-dir": "../../data",
      plateau: "quantity=../../q.js window=12",
    });
    expect(absolutePaths(kept, run)).toEqual(used);
    const before = process.cwd();
    for (const current of [before, root]) {
      process.chdir(current);
      expect(relativePaths(kept, run), current).toEqual(kept);
    }
    process.chdir(before);
  });

  it("stay absolute where they have nothing in common with the folder", () => {
    const far = { model: "/other/net.js", "data-dir": "/data" };
    expect(relativePaths(far, run)).toEqual(far);
  });

  it.each(["with blank", "with#mark", "a#b/c d"])("may lead through %s", (name) => {
    const folder = join(root, name);
    mkdirSync(folder, { recursive: true });
    for (const setting of ["./net.js#wide", "./my net.js"]) {
      const { model } = absolutePaths({ model: setting }, folder);
      expect(model).not.toMatch(/\s/);
      expect(absolutePaths(relativePaths({ model }, run), run)).toEqual({ model });
      expect(relativePaths(absolutePaths({ model: "./net.js" }, folder), folder)).toEqual({
        model: "./net.js",
      });
    }
    const { plateau } = absolutePaths({ plateau: "quantity=./q.js window=3" }, folder);
    expect(plateau.split(" ")).toHaveLength(2);
  });

  it("name data within their folder, however they are written", () => {
    const there = { data: "./x.npz", "data-dir": join(root, "sets") };
    for (const data of ["sets/x.npz", "./sets/x.npz", join(root, "sets/x.npz")]) {
      expect(absolutePaths({ data }, root)).toEqual(there);
    }
    expect(absolutePaths({ data: "images/" }, root)).toEqual({
      data: "./images/",
      "data-dir": root,
    });
    expect(relativePaths(there, run)).toEqual({ data: "./x.npz", "data-dir": "../../sets" });
    // A folder that is named stays what it is, also if it comes from elsewhere.
    const inFolder = { data: "x.npz", "data-dir": "sets" };
    const from = (key: string) => (key === "data" ? "/far" : root);
    expect(absolutePaths(inFolder, from)).toEqual({ data: "x.npz", "data-dir": there["data-dir"] });
    for (const data of ["digits", "their-data#a", "~/x.npz"]) {
      expect(absolutePaths({ data }, root)).toEqual({ data });
    }
    expect(absolutePaths({ data: "./own.js" }, root)).toEqual({ data: join(root, "own.js") });
    expect(movedPath("data", "x.npz", root, run)).toBe("../../x.npz");
  });

  it("are the same through a link", () => {
    const link = join(root, "link");
    symlinkSync(run, link);
    expect(relativePaths({ model: `${root}/net.js` }, link)).toEqual({ model: "../../net.js" });
    expect(absolutePaths({ model: "../../net.js" }, link)).toEqual({ model: `${root}/net.js` });
  });

  it("are shown as one would write them", () => {
    expect(shownModule(join(process.cwd(), "net.js#a"))).toBe("./net.js#a");
    expect(shownModule("/elsewhere/net.js")).toBe("/elsewhere/net.js");
    expect(shownModule("minibs")).toBe("minibs");
    expect(absoluteModule("./net.js", root)).toBe(`${root}/net.js`);
  });
});

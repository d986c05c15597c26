import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { installed, PACKAGES_VARIABLE } from "./installed.js";

const root = realpathSync(mkdtempSync(join(tmpdir(), "eoss-installed-")));
const project = join(root, "work", "project");
const beside = pathToFileURL(
  join(project, "node_modules", "@eoss", "lab", "dist", "index.js"),
).href;
const before = process.cwd();

/** @returns the path of its entry */
function add(folder: string, name: string): string {
  const home = join(folder, "node_modules", name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), JSON.stringify({ name, main: "./index.js" }));
  writeFileSync(join(home, "index.js"), "throw new Error('it ran')");
  return join(home, "index.js");
}

beforeAll(() => mkdirSync(join(root, "run", "inner"), { recursive: true }));
afterEach(() => {
  process.chdir(before);
  delete process.env[PACKAGES_VARIABLE];
});
afterAll(() => rmSync(root, { recursive: true }));

describe("a package that users add", () => {
  it("is taken from where eoss is, and from nowhere above that", () => {
    const entry = add(project, "@strange/beside");
    add(join(root, "work"), "@strange/above");
    expect(installed("@strange/beside", beside)).toBe(entry);
    expect(installed("@strange/above", beside)).toBeUndefined();
  });

  it("is not taken from the current folder, or from those above it", () => {
    add(join(root, "run"), "@strange/native");
    add(join(root, "run"), "@strange/beside");
    for (const folder of ["run", "run/inner"]) {
      process.chdir(join(root, folder));
      expect(installed("@strange/native", beside)).toBeUndefined();
      expect(installed("@strange/beside", beside)).toMatch(/project/);
      expect(installed("@strange/native", import.meta.url)).toBeUndefined();
    }
  });

  it("is taken from a folder that is named", () => {
    const entry = add(join(root, "extras"), "@strange/named");
    process.env[PACKAGES_VARIABLE] = join(root, "extras");
    expect(installed("@strange/named", beside)).toBe(entry);
    expect(installed("@strange/beside", beside)).toMatch(/project/);
  });
});

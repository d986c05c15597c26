import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runProcess } from "./programs.js";

// What contributors copy. It is no package of this repository: it has to be whole where it is copied to.
const root = join(import.meta.dirname, "../..");
const examples = join(root, "examples");
/** The examples that are packages; others are files that are copied alone. */
const packages = readdirSync(examples).filter((name) =>
  existsSync(join(examples, name, "package.json")),
);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly files: readonly string[];
  readonly peerDependencies: Record<string, string>;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const read = (path: string) => readFileSync(join(root, path), "utf8");
const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

/** The versions that this repository is tested with, by package. */
const catalog = Object.fromEntries(
  [...read("pnpm-workspace.yaml").matchAll(/^ {2}"?([@\w/-]+)"?: (\^\S+)$/gm)].map(
    ([, name, range]) => [name, range],
  ),
);
const OF_EOSS = ">=0.0.0 <1";

describe.each(packages)("examples/%s", (name) => {
  const folder = join(examples, name);
  const manifest = manifestOf(folder);

  it("can be installed and published by anyone, as it is", () => {
    expect(manifest.private).toBeUndefined();
    const { peerDependencies, dependencies = {}, devDependencies } = manifest;
    for (const one of [peerDependencies, dependencies, devDependencies]) {
      for (const [dependency, range] of Object.entries(one)) {
        expect(range, dependency).not.toMatch(/:/);
        if (dependency in catalog) expect(range, dependency).toBe(catalog[dependency]);
      }
    }
  });

  it("outlives a release of eoss: a caret would pin one version below 1", () => {
    const own = Object.entries(manifest.peerDependencies).filter(([of]) => of.startsWith("@eoss/"));
    expect(own.length).toBeGreaterThan(0);
    for (const [of, range] of own) {
      expect(range).toBe(OF_EOSS);
      expect(manifest.devDependencies[of]).toBe(range);
      const { version } = manifestOf(join(root, "packages", of.replace("@eoss/", "")));
      expect(version).toMatch(/^0\./);
    }
  });

  it("passes its own tests", async () => {
    // Where it finds the packages of this repository.
    const copy = mkdtempSync(join(root, "tests", ".template-"));
    try {
      cpSync(folder, copy, { recursive: true });
      writeFileSync(join(copy, "vitest.config.js"), "export default {};"); // not that of this repository
      const ended = await runProcess("npx", ["vitest", "run", "--root", copy], copy);
      expect(ended).toEqual({ code: 0, output: expect.stringMatching(/Tests +\d+ passed/) });
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});

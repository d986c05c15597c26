import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const packages = fileURLToPath(new URL("../../packages/", import.meta.url));

/** From the ground up: a package may depend on those of lower tiers only. */
const TIERS = [
  ["rng", "eigen", "kernels"],
  ["hvp"],
  ["data", "models", "sgd", "noise"],
  ["sharpness"],
  ["run"],
  ["report"],
  ["lab"],
  ["experiments", "exchange", "bridge"],
  ["cli"],
];

/** These share one tfjs engine with their users, who bring it. */
const WITH_ENGINE = ["kernels", "hvp", "models", "sgd", "noise", "sharpness"];

const tierOf = (name: string) => TIERS.findIndex((tier) => tier.includes(name));

interface Manifest {
  readonly name: string;
  readonly type: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly description: string;
  readonly keywords?: readonly string[];
  readonly sideEffects?: boolean | readonly string[];
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

const manifests = readdirSync(packages).map((folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(`${packages}${folder}/package.json`, "utf8")) as Manifest,
}));

it("knows the tier of every package", () => {
  expect(manifests.map(({ folder }) => folder).sort()).toEqual(TIERS.flat().sort());
});

describe.each(manifests)("$folder", ({ folder, manifest }) => {
  const { dependencies = {}, peerDependencies = {} } = manifest;

  it("depends downwards only", () => {
    const ours = Object.keys({ ...dependencies, ...peerDependencies })
      .filter((name) => name.startsWith("@eoss/"))
      .map((name) => name.slice("@eoss/".length));
    for (const name of ours) expect(tierOf(name), name).toBeLessThan(tierOf(folder));
  });

  it("is published alike: name, licence, ESM, Node, where it comes from", () => {
    const home = "https://github.com/eoss/eoss";
    expect(manifest).toMatchObject({
      name: `@eoss/${folder}`,
      type: "module",
      license: "MIT",
      engines: { node: ">=20.19" },
      publishConfig: { access: "public" },
      homepage: `${home}/tree/main/packages/${folder}#readme`,
      bugs: `${home}/issues`,
      repository: { type: "git", url: `git+${home}.git`, directory: `packages/${folder}` },
    });
    const { description, keywords, sideEffects } = manifest;
    expect(description).toMatch(/^[A-Z].*\.$/);
    expect(keywords?.length).toBeGreaterThan(2);
    expect(sideEffects).toBeDefined();
  });

  it("has a README that says how to install it, and where there is more", () => {
    const readme = readFileSync(`${packages}${folder}/README.md`, "utf8");
    expect(readme).toMatch(new RegExp(`npm install (--global )?@eoss/${folder}\\b`));
    expect(readme).toContain("https://github.com/eoss/eoss#readme");
  });

  it("has tfjs as a peer where it shares the engine, and not at all below", () => {
    expect("@tensorflow/tfjs-core" in peerDependencies).toBe(WITH_ENGINE.includes(folder));
    if (["rng", "eigen", "data"].includes(folder)) {
      expect(Object.keys(dependencies).filter((name) => name.includes("tensorflow"))).toEqual([]);
    }
  });
});

it("eigen and rng depend on nothing", () => {
  for (const name of ["eigen", "rng"]) {
    const { manifest } = manifests.find(({ folder }) => folder === name)!;
    expect({ ...manifest.dependencies, ...manifest.peerDependencies }).toEqual({});
  }
});

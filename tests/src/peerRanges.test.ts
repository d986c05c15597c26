import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const examples = new URL("../../examples/", import.meta.url);
/** The examples that are packages; others are files that are copied alone. */
const packages = readdirSync(examples).filter((name) =>
  existsSync(new URL(`${name}/package.json`, examples)),
);

interface PackageManifest {
  readonly version: string;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const manifestIn = (folder: URL) =>
  JSON.parse(readFileSync(new URL("package.json", folder), "utf8")) as PackageManifest;

// A caret before 1.0 admits one minor version: ^0.0.0 that alone, ^0.2.0 nothing from 0.3.0 on. Each release
// would shut out all packages of models and measurements that are there.
describe.each(packages)("a package made from %s", (name) => {
  const { peerDependencies = {}, devDependencies = {} } = manifestIn(new URL(`${name}/`, examples));

  it.each(
    [peerDependencies, devDependencies].flatMap((wanted) =>
      Object.entries(wanted).filter(([peer]) => peer.startsWith("@eoss/")),
    ),
  )("works with every release of %s before 1.0", (_, range) => {
    expect(range).toBe(">=0.0.0 <1");
  });
});

it("there are examples, and releases are before 1.0", () => {
  expect(packages).toContain("model-template");
  const { version } = manifestIn(new URL("../../packages/models/", import.meta.url));
  expect(version).toMatch(/^0\./); // from 1.0 on, the range of the examples is another one
});

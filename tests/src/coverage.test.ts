/** The table of coverage has every quantity, and its numbers are those that were kept of the regimes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { quantities } from "@eoss/sharpness";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const kept: Record<string, { counts: Record<string, [number, number]> }> = JSON.parse(
  read("bench/truth/results.json"),
);

/** Without a row of numbers, and where they are held against the truth instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "central-flow-amplitude": "packages/sharpness/src/quantities/centralFlow.test.ts",
  "noise-kernel-norm": "packages/sharpness/src/quantities/noiseKernel.test.ts",
  "batch-top-share": "packages/sharpness/src/quantities/topSpan.test.ts",
};

/** [inside, of] of a quantity over all regimes. */
function total(name: string): [number, number] {
  let [inside, of] = [0, 0];
  for (const { counts } of Object.values(kept)) {
    const [more, among] = counts[name] ?? [0, 0];
    inside += more;
    of += among;
  }
  return [inside, of];
}

const rows = new Map(
  [
    ...read("docs/coverage.md").matchAll(/^\| ([a-z][a-z-]*) \| (?:mean|value) \|.*\| (.+?) \|$/gm),
  ].map(([, name, all]) => [name!, all!]),
);

it.each(Object.entries(ELSEWHERE))("says where %s is tested", (name, file) => {
  expect(total(name)[1], "it has a row: it needs no reason").toBe(0);
  expect(read(file)).toContain(`"${name}"`);
});

it.each(Object.keys(quantities).filter((name) => !(name in ELSEWHERE)))(
  "has held %s against a truth",
  (name) => {
    const [inside, of] = total(name);
    expect(of, `run bench/truth/run.mjs --missing: nothing is kept of ${name}`).toBeGreaterThan(0);
    expect(rows.get(name)).toBe(`${inside} of ${of}`);
  },
);

it("has no row of a quantity that there is not", () => {
  expect([...rows.keys()]).toEqual(Object.keys(quantities));
});

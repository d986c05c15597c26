import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Milliseconds: what takes seconds on an idle machine takes minutes on a busy one. */
const LEAST = 300_000;

/** A limit as an option, as the last argument of a test or hook, or on a line of its own. */
const LIMIT =
  /\b(?:timeout|testTimeout|hookTimeout): ?(\d[\d_]*)|^ *\}, (\d[\d_]{3,})\);$|^ +(\d[\d_]{4,}),$/gm;

const limitsIn = (text: string) =>
  [...text.matchAll(LIMIT)].map(([, ...found]) => Number(found.find(Boolean)!.replaceAll("_", "")));

const files = ["packages", "apps/docs", "tests"].flatMap((folder) =>
  readdirSync(root + folder, { recursive: true, encoding: "utf8" })
    .filter(
      (file) => /\.(test|fixture)\.ts$/.test(file) && !/node_modules|[\\/]dist[\\/]/.test(file),
    )
    .map((file) => `${folder}/${file}`),
);

it("sees limits as options and as arguments", () => {
  expect(limitsIn("it('x', { timeout: 5_000 }, () => {\n}, 60_000);\n")).toEqual([5000, 60_000]);
  expect(limitsIn("it(\n  'x',\n  () => {},\n  10_000,\n);\n")).toEqual([10_000]);
});

it("no test has a limit that it meets because the machine is busy", () => {
  expect(files.length).toBeGreaterThan(200);
  const short = files.flatMap((file) =>
    limitsIn(readFileSync(root + file, "utf8"))
      .filter((limit) => limit < LEAST)
      .map((limit) => `${file}: ${limit} ms`),
  );
  expect(short.filter((line) => !line.startsWith("tests/src/timeLimits"))).toEqual([]);
});

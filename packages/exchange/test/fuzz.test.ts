import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const FULL = process.env.EOSS_FULL || process.env.EOSS_LONG;
const COUNT = FULL ? "400" : "160";

const script = fileURLToPath(new URL("../../../scripts/fuzz.mjs", import.meta.url));

it("refuses mutated files in words, loads no code and comes to an end", () => {
  const { stdout, stderr } = spawnSync(process.execPath, [script, "--count", COUNT], {
    encoding: "utf8",
  });
  // All kinds of files, and not only as far as their first check.
  expect(stdout, stderr).toMatch(
    /checkpoint read \d+, .*export read \d+, .*query read \d+, .*run\.json read \d+, .*sweep folder read \d+, .*weights refused \d+/,
  );
  expect(stdout).toContain(`${COUNT} inputs of seed 1, 0 findings`);
});

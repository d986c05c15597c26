import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

/** The built program, as users run it. */
const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "eoss-cli-results-"));
afterAll(() => rmSync(root, { recursive: true }));

function eoss(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

writeFileSync(
  join(root, "results.txt"),
  `# Dataset: cifar10, model mlp, lr 0.05, batch size 4, gd_noise None
# (0) epoch, (1) step, (2) batch loss, (3) full loss, (4) lambda max
000, 00000, 1.012345, 1.000125,   4.25
000, 00001, 0.98`,
);

it("eoss import results makes a run of what the file and the flags say", () => {
  const lacking = eoss("import", "results", "results.txt");
  expect(lacking).toMatchObject({ status: 2, stdout: "" });
  expect(lacking.stderr).toContain("results.txt does not give samples: set --samples");
  expect(existsSync(join(root, "runs"))).toBe(false);
  expect(eoss("import", "results", "results.txt", "--samples", "many").stderr).toContain(
    '--samples is "many"; allowed: a number',
  );

  const made = eoss("import", "results", "results.txt", "--samples", "64", "--json");
  expect(made).toMatchObject({
    status: 0,
    stderr: "results.txt: the last line is cut off and left out\n",
  });
  expect(JSON.parse(made.stdout).runs).toMatchObject([
    { directory: "runs/imported", steps: 1, measurements: { "step-loss": 1, loss: 1, fullbs: 1 } },
  ]);
  const table = eoss("table", "runs", "--json");
  expect(JSON.parse(table.stdout).rows).toMatchObject([
    { threshold: 40, state: "interrupted", quantities: { fullbs: { last: { value: 4.25 } } } },
  ]);
});

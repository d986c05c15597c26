import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "eoss-plugins-"));
afterAll(() => rmSync(root, { recursive: true }));
// Where the files find the packages that a user would have installed.
symlinkSync(
  fileURLToPath(new URL("../../lab/node_modules", import.meta.url)),
  join(root, "node_modules"),
);

const quantity = (act: string) => `import { defineQuantity } from "@eoss/sharpness";
export default defineQuantity({
  name: "mine", description: "mine", over: "batches", unit: "loss", needs: [], cost: "none",
  sample: (batch) => { ${act}; return { value: batch.loss(), products: 0, status: "exact" }; },
});`;

function eoss(line: string) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const options = { cwd: root, env: { ...process.env, NO_COLOR: "1" } };
    execFile(process.execPath, [bin, ...line.split(" ")], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const TRAIN =
  "train --data digits --samples 40 --width 4 --lr 0.1 --batch 10 --steps 2 --every 1 --workers 1 --json";

it("what a plug-in prints is no result", async () => {
  writeFileSync(
    join(root, "loud.js"),
    `console.log("at load");${quantity('console.log("hello"); process.stdout.write("there")')}`,
  );
  const { code, stdout, stderr } = await eoss(`${TRAIN} --measure ./loud.js --out loud`);
  expect(JSON.parse(stdout).directory).toBe("loud");
  expect(stderr).toMatch(/at load[\s\S]*hello\nthere/);
  expect(code).toBe(0);
});

it("a plug-in that ends the process makes no success of it", async () => {
  writeFileSync(join(root, "exit.js"), quantity("process.exit(0)"));
  const { code, stderr } = await eoss(`${TRAIN} --measure ./exit.js --out exit`);
  expect(stderr).toMatch(
    /ended before its work was done, by code that it had loaded: \.\/exit\.js/,
  );
  expect(code).toBe(1);
});

it("an option of a strange name is one that there is not", async () => {
  const { code, stderr } = await eoss(`${TRAIN} --model-options __proto__:{a:1} --out proto`);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/has no option "__proto__"/)]);
});

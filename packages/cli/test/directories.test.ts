import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// What a run or a file names is found from wherever the command is given.
const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = realpathSync(mkdtempSync(join(tmpdir(), "eoss-directories-")));
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function eoss(from: string, line: string): Promise<{ code: unknown; output: string }> {
  return new Promise((resolve) => {
    const options = { cwd: join(root, from), env: { ...process.env, NO_COLOR: "1" } };
    execFile(process.execPath, [bin, ...line.split(" ")], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
    });
  });
}

const configOf = (run: string) =>
  JSON.parse(readFileSync(join(root, run, "run.json"), "utf8")).config;

const SETTINGS = `data: digits
samples: 40
lr: 0.1
batch: 10
steps: 2
every: 1
workers: 1
`;

beforeAll(() => {
  write(
    "project/code/net.mjs",
    `import { defineModel, models } from "@eoss/models";
export default defineModel({ ...models.mlp, name: "mine",
  build: (task) => models.mlp.build(task, { width: [3] }) });`,
  );
  write(
    "project/code/q.mjs",
    `import { defineQuantity } from "@eoss/sharpness";
export default defineQuantity({
  name: "mine", description: "mine", over: "batches", unit: "loss", needs: [], cost: "none",
  sample: (batch) => ({ value: batch.loss(), products: 0, status: "exact" }) });`,
  );
  const NAMED = "model: ../code/net.mjs\nmeasure: [loss, ../code/q.mjs]\n";
  write("project/configs/run.yaml", SETTINGS + NAMED);
  write(
    "project/configs/sweep.yaml",
    `base:\n${(SETTINGS + NAMED).replace(/^(?=.)/gm, "  ")}grid: { seed: [0, 1] }\n`,
  );
  mkdirSync(join(root, "elsewhere"));
});

describe("code that a config file names", () => {
  it("is found from the file, then from the run, and also after a move", async () => {
    const run = "../project/runs/a";
    const trained = await eoss(
      "elsewhere",
      `train --config ../project/configs/run.yaml --out ${run}`,
    );
    expect(trained).toMatchObject({ code: 0 });
    expect(configOf("project/runs/a")).toMatchObject({
      model: "../../code/net.mjs",
      measure: ["loss", "../../code/q.mjs"],
    });
    const { code, output } = await eoss("project", "resume runs/a --steps 3");
    expect([code, output]).toEqual([
      2,
      expect.stringMatching(/--trust \.\/code\/net\.mjs --trust \.\/code\/q\.mjs$/m),
    ]);
    renameSync(join(root, "project"), join(root, "moved"));
    const trust = (to: string) => `--trust ${to}/net.mjs --trust ${to}/q.mjs`;
    const within = await eoss("moved/runs/a", `resume . --steps 3 ${trust("../../code")}`);
    expect(within).toMatchObject({ code: 0 });
    const forked = `fork ../../moved/runs/a --at 1 --lr 0.2 --out twin ${trust(join(root, "moved/code"))}`;
    mkdirSync(join(root, "elsewhere/deeper"));
    expect(await eoss("elsewhere/deeper", forked)).toMatchObject({ code: 0 });
    expect(configOf("elsewhere/deeper/twin").model).toBe("../../../moved/code/net.mjs");
    const measure = `measure elsewhere/deeper/twin --at final ${trust("./moved/code")}`;
    expect(await eoss(".", measure)).toMatchObject({ code: 0 });
    renameSync(join(root, "moved"), join(root, "project"));
  });
});

it("a sweep goes on from its folder", async () => {
  const sweep = "sweep ../project/configs/sweep.yaml --out ../sweeps/one";
  expect(await eoss("elsewhere", sweep)).toMatchObject({ code: 0 });
  const copy = readFileSync(join(root, "sweeps/one/sweep.yaml"), "utf8");
  expect(copy).toMatch(/model: "\.\.\/\.\.\/project\/code\/net\.mjs"\n {2}measure: \[loss, /);
  for (const [from, to] of [
    ["sweeps/one", "."],
    ...(process.env.EOSS_LONG ? [["elsewhere", "../sweeps/one"]] : []),
  ] as [string, string][]) {
    const again = await eoss(from, `sweep ${to}/sweep.yaml --out ${to}`);
    expect(again).toMatchObject({ code: 0 });
    expect(await eoss(from, `sweep status ${to}`)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/2 (of 2 )?.*(done|completed)/),
    });
  }
});

it("a file in the folder of a stranger's run is not the one beside the user", async () => {
  write("project/net.mjs", readFileSync(join(root, "project/code/net.mjs"), "utf8"));
  const line =
    "train --model ./net.mjs --data digits --samples 40 --lr 0.1 --batch 10 --steps 1 --measure loss";
  expect(await eoss("project", `${line} --out run`)).toMatchObject({ code: 0 });
  const path = join(root, "project/run/run.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('"../net.mjs"', '"./net.mjs"'));
  write("project/run/net.mjs", "process.stderr.write('it ran');");
  const { code, output } = await eoss("project", "resume run --steps 2 --trust ./net.mjs");
  expect(code).toBe(2);
  expect(output).toMatch(/--trust \.\/run\/net\.mjs/);
  expect(output).not.toMatch(/it ran/);
});

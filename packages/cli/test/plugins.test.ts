import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

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

function eoss(line: string, env: Record<string, string> = {}) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const options = { cwd: root, env: { ...process.env, NO_COLOR: "1", ...env } };
    execFile(process.execPath, [bin, ...line.split(" ")], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr });
    });
  });
}

/** The lines of the records without the time that each took. */
function records(name: string): string[] {
  return readFileSync(join(root, name, "metrics.jsonl"), "utf8")
    .split("\n")
    .map((line) => line.replace(/"seconds":[^,}]*,?/, ""));
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

it("a plug-in that does not wait for what it began is told so", async () => {
  const forgets = quantity("batch.top('hessian')");
  writeFileSync(join(root, "forgets.js"), forgets);
  const { code, stderr } = await eoss(`${TRAIN} --measure ./forgets.js --out forgets`);
  expect(stderr).toMatch(
    /^eoss: work that nobody waited for failed, by code .*: \.\/forgets\.js: /m,
  );
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(code).toBe(1);
});

it("an option of a strange name is one that there is not", async () => {
  const { code, stderr } = await eoss(`${TRAIN} --model-options __proto__:{a:1} --out proto`);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/has no option "__proto__"/)]);
});

describe("a plug-in without an end", () => {
  const HANGS = {
    waits: "setInterval(() => {}, 1000); await new Promise(() => {})",
    computes: "for (;;) {}",
    "computes after it waited": "await null; for (;;) {}",
  };
  const when = (hang: string, step: number) =>
    `if (process.env.HANG && context.problem.samples && ++readings > ${step}) { ${hang} }`;
  const slow = (hang: string) =>
    `let readings = 0;\n${quantity(when(hang, 6)).replace("(batch) =>", "async (batch, context) =>")}`;
  const LIMITED = `${TRAIN.replace("--steps 2", "--steps 4")} --plugin-limit 0.5s`;

  const TRIED = Object.entries(HANGS).filter(
    ([how]) => process.env.EOSS_LONG || how === "computes",
  );

  it.each(TRIED)("that %s is named, and the run goes on from there", async (how, hang) => {
    const name = how.replaceAll(" ", "-");
    writeFileSync(join(root, `${name}.js`), slow(hang));
    const lost = await eoss(`${LIMITED} --measure ./${name}.js --out ${name}`, { HANG: "1" });
    expect(lost.stderr).toMatch(
      new RegExp(
        `the quantity \\./${name}\\.js did not come to an end within 0\\.5s; --plugin-limit`,
      ),
    );
    expect(lost.stdout).toBe("");
    expect(lost.code).not.toBe(0);
    const { code } = await eoss(`resume ${name} --trust ./${name}.js`);
    expect(code).toBe(0);
    await eoss(`${LIMITED} --measure ./${name}.js --out ${name}-whole`);
    expect(records(name)).toEqual(records(`${name}-whole`));
  });

  it("is given up in measuring threads too", async () => {
    writeFileSync(join(root, "thread.js"), slow(HANGS.waits));
    const line = `${LIMITED.replace("--workers 1", "--workers 2")} --measure ./thread.js --out thread`;
    const { code, stderr } = await eoss(line, { HANG: "1" });
    expect(stderr).toMatch(/^eoss: the quantity \.\/thread\.js did not come to an end/m);
    expect(stderr).not.toMatch(/unexpected/);
    expect(code).toBe(1);
  });

  it("is told at once where nothing is left that could end it", async () => {
    writeFileSync(join(root, "stuck.js"), slow("await new Promise(() => {})"));
    const { code, stderr } = await eoss(`${TRAIN} --measure ./stuck.js --out stuck`, { HANG: "1" });
    expect(stderr).toMatch(
      /ended before its work was done, by code that it had loaded: .*stuck\.js/,
    );
    expect(code).toBe(1);
  });

  it("is no reason for a sweep to stop", async () => {
    const runs = Object.entries(HANGS).map(([how, hang]) => {
      const name = how.replaceAll(" ", "-");
      writeFileSync(join(root, `${name}.js`), slow(hang));
      return `  ${name}: { measure: [./${name}.js] }`;
    });
    const base = `{ data: digits, samples: 40, width: [4], lr: 0.1, batch: 10, steps: 4, every: 1, plugin-limit: 0.5s }`;
    const spec = `base: ${base}\nlist:\n${runs.join("\n")}\n  good: { measure: [loss] }\n`;
    writeFileSync(join(root, "four.yaml"), spec);
    const { code, stdout } = await eoss("sweep four.yaml --workers 2 --json", { HANG: "1" });
    const { over, failures } = JSON.parse(stdout);
    expect(over).toEqual(["good"]);
    for (const [name, { message }] of Object.entries<{ message: string }>(failures)) {
      expect(message).toMatch(new RegExp(`the quantity \\./${name}\\.js did not come to an end`));
      expect(message).not.toMatch(/memory/);
    }
    expect(Object.keys(failures)).toHaveLength(3);
    expect(code).toBe(1);
    const again = await eoss("sweep four.yaml --workers 2 --json");
    expect(JSON.parse(again.stdout)).toMatchObject({ failures: {}, interrupted: false });
  });

  it("may be a network", async () => {
    writeFileSync(
      join(root, "net.js"),
      `import { defineModel, models } from "@eoss/models";
let calls = 0;
export default defineModel({ ...models.mlp, name: "mine", build: (task, options) => {
  const model = models.mlp.build(task, options);
  return { ...model, apply: (p, x) => { if (++calls > 8) for (;;) {} return model.apply(p, x); } };
} });`,
    );
    const net = await eoss(`${LIMITED} --model ./net.js --measure loss --out net`);
    expect(net.stderr).toMatch(/the network \.\/net\.js did not come to an end within 0\.5s/);
    expect(net.code).not.toBe(0);
  });
});

it("what a plug-in prints in a measuring thread is no result", async () => {
  writeFileSync(join(root, "loud2.js"), quantity('console.log("hello")'));
  const line = TRAIN.replace("--workers 1", "--workers 2");
  const { stdout, stderr } = await eoss(`${line} --measure ./loud2.js --out loud2`);
  expect(JSON.parse(stdout).directory).toBe("loud2");
  expect(stderr).toMatch(/hello/);
});

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { missingHere, home as packages, SOFTWARE } from "../../../scripts/startWebGpu.mjs";

const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "eoss-webgpu-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A folder in which packages with the names of Dawn and of its backend are installed. */
function folderWith(name: string, adapter: string): string {
  const folder = join(root, name);
  const sources = {
    webgpu: `export const globals = {};
      export const create = () => ({ requestAdapter: async () => ${adapter} });`,
    "@tensorflow/tfjs-backend-webgpu": `const limits = { maxBufferSize: 1, maxStorageBufferBindingSize: 1 };
      const device = { limits, lost: new Promise(() => {}), addEventListener() {} };
      globalThis._tfengine.registerBackend("webgpu", () => ({ setDataMover() {}, device }));`,
  };
  for (const [source, code] of Object.entries(sources)) {
    const home = join(folder, "node_modules", source);
    mkdirSync(home, { recursive: true });
    writeFileSync(
      join(home, "package.json"),
      JSON.stringify({ name: source, type: "module", exports: "./index.js" }),
    );
    writeFileSync(join(home, "index.js"), code);
  }
  return folder;
}

const TRAIN =
  "train --data digits --samples 50 --lr 0.1 --batch 10 --steps 2 --backend webgpu --out run";

function eoss(
  cwd: string,
  words: string,
  variables: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, EOSS_PACKAGES: ".", ...variables };
    execFile(
      process.execPath,
      [bin, ...(words.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ""))],
      { cwd, env },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

describe("--backend webgpu", () => {
  it("doctor names the graphics card", async () => {
    const info = '({ info: { vendor: "acme", description: "Card 1", device: "" } })';
    const { stdout } = await eoss(folderWith("named", info), "doctor --json");
    const { backends } = JSON.parse(stdout) as { backends: { name: string; card?: string }[] };
    expect(backends.find(({ name }) => name === "webgpu")?.card).toBe("acme, Card 1");
    expect(backends.filter(({ card }) => card !== undefined)).toHaveLength(1);
  });

  it("says which packages are missing", async () => {
    const folder = join(root, "empty");
    mkdirSync(folder);
    const { code, stderr } = await eoss(folder, TRAIN);
    expect(stderr).toMatch(
      /webgpu backend is not installed; .*npm install @tensorflow\/tfjs-backend-webgpu webgpu/,
    );
    expect(code).toBe(2);
  });

  it("says when there is no graphics card", async () => {
    const { code, stderr } = await eoss(folderWith("none", "null"), TRAIN);
    expect(stderr).toMatch(/webgpu backend does not start here: WebGPU found no graphics card/);
    expect(code).toBe(2);
  });
});

const absent = missingHere();
if (absent !== undefined) console.log(`skipped on WebGPU: ${absent}`);

/** A quantity at which the graphics card is lost, the second time and only once. */
const LOSING = `import * as tf from "@tensorflow/tfjs-core";
import { existsSync, writeFileSync } from "node:fs";
let calls = 0;
export default {
  name: "losing", description: "1", unit: "none", over: "full", needs: [], cost: "none",
  measure() {
    if (tf.getBackend() === "webgpu" && ++calls === 2 && !existsSync("lost")) {
      writeFileSync("lost", "");
      tf.backend().device.destroy();
    }
    return { value: 1, products: 0, status: "exact" };
  },
};`;

describe.skipIf(absent !== undefined)("a run on a card, here in software", () => {
  const here = join(root, "real");
  const onCard = (words: string) =>
    eoss(here, words, { EOSS_PACKAGES: packages, VK_ICD_FILENAMES: SOFTWARE });
  const train = (out: string, words: string) =>
    `train --data digits --samples 20 --width 4 --lr 0.1 --batch 4 --steps 4 --every 2 --checkpoint-every 1 --tolerance 0.5 --out ${out} ${words}`;
  const recordsOf = (out: string) =>
    readFileSync(join(here, out, "metrics.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => ({ ...JSON.parse(line), seconds: 0 }));

  it("is that of cpu, to the rounding of single precision", async () => {
    mkdirSync(here, { recursive: true });
    const { code, stderr } = await onCard(train("card", "--backend webgpu --measure fullbs,loss"));
    expect(code, stderr).toBe(0);
    await onCard(train("cpu", "--backend cpu --measure fullbs,loss"));
    const [card, cpu] = [recordsOf("card"), recordsOf("cpu")];
    expect(card).toHaveLength(cpu.length);
    for (const [index, { step, quantity, value, errorBound }] of card.entries()) {
      const other = cpu[index]!;
      expect([step, quantity]).toEqual([other.step, other.quantity]);
      expect(Math.abs(value - other.value)).toBeLessThanOrEqual(
        1e-5 * Math.abs(other.value) + (errorBound ?? 0) + (other.errorBound ?? 0),
      );
    }
    expect(recordsOf("card").filter(({ quantity }) => quantity === "step-loss")).toHaveLength(4);
    const { versions } = JSON.parse(readFileSync(join(here, "card/run.json"), "utf8"));
    expect(versions.card).toMatch(/SwiftShader/);
  });

  it.each([
    "--optimizer muon",
    "--optimizer 'sam clip=0.5'",
    "--optimizer normalized-descent",
    "--noise directional",
  ])("steps of %s are those of cpu, to the rounding of single precision", async (setting) => {
    mkdirSync(here, { recursive: true });
    const [card, cpu] = [`card${setting}`, `cpu${setting}`].map((name) =>
      name.replaceAll(/\W/g, "-"),
    );
    const words = `--measure loss ${setting}`;
    const { code, stderr } = await onCard(train(card!, `--backend webgpu ${words}`));
    expect(code, stderr).toBe(0);
    await onCard(train(cpu!, `--backend cpu ${words}`));
    const [ours, theirs] = [recordsOf(card!), recordsOf(cpu!)];
    expect(ours).toHaveLength(theirs.length);
    for (const [index, { value }] of ours.entries()) {
      expect(Math.abs(value / theirs[index]!.value - 1)).toBeLessThan(1e-5);
    }
  });

  it("ends as failed when the card is lost, and goes on from its checkpoint as if it had not been", async () => {
    mkdirSync(here, { recursive: true });
    writeFileSync(join(here, "losing.mjs"), LOSING);
    const words = "--backend webgpu --measure loss,./losing.mjs";
    const lost = await onCard(train("lost-run", words));
    expect(lost.stderr).toMatch(/eoss: the graphics card (was lost|gives no numbers).*eoss resume/);
    expect(lost.code).toBe(1);
    const { end } = JSON.parse(readFileSync(join(here, "lost-run/run.json"), "utf8"));
    expect(end).toMatchObject({ reason: "failed", step: 2 });
    const resumed = await onCard("resume lost-run --trust ./losing.mjs");
    expect(resumed.code, resumed.stderr).toBe(0);
    const whole = await onCard(train("whole", words));
    expect(whole.code, whole.stderr).toBe(0);
    expect(recordsOf("lost-run")).toEqual(recordsOf("whole"));
  });
});

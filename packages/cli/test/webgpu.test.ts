import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "eoss-webgpu-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A folder in which packages with the names of Dawn and of its backend are installed. */
function folderWith(name: string, adapter: string): string {
  const folder = join(root, name);
  const sources = {
    webgpu: `export const globals = {};
      export const create = () => ({ requestAdapter: async () => ${adapter} });`,
    "@tensorflow/tfjs-backend-webgpu":
      'globalThis._tfengine.registerBackend("webgpu", () => ({ setDataMover() {} }));',
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
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, EOSS_PACKAGES: "." };
    execFile(
      process.execPath,
      [bin, ...words.split(" ")],
      { cwd, env },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

describe("--backend webgpu", () => {
  it("is refused before anything begins: its numbers come later than they are needed", async () => {
    const { code, stderr } = await eoss(folderWith("card", "({})"), TRAIN);
    expect(stderr).toMatch(/webgpu backend cannot train runs: .*only asynchronously.*node-gpu/s);
    expect(code).toBe(2);
  });

  it("doctor names the graphics card", async () => {
    const info = '({ info: { vendor: "acme", description: "Card 1", device: "" } })';
    const { stdout } = await eoss(folderWith("named", info), "doctor --json");
    const { backends } = JSON.parse(stdout) as { backends: { name: string; card?: string }[] };
    expect(backends.find(({ name }) => name === "webgpu")?.card).toBe("acme, Card 1");
    expect(backends.filter(({ card }) => card !== undefined)).toHaveLength(1);
  });

  it("says when there is no graphics card", async () => {
    const { code, stderr } = await eoss(folderWith("none", "null"), TRAIN);
    expect(stderr).toMatch(/webgpu backend does not start here: WebGPU found no graphics card/);
    expect(code).toBe(2);
  });
});

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

function train(cwd: string): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, EOSS_PACKAGES: "." };
    execFile(process.execPath, [bin, ...TRAIN.split(" ")], { cwd, env }, (error, _, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr });
    });
  });
}

describe("--backend webgpu", () => {
  it("is refused before anything begins: its numbers come later than they are needed", async () => {
    const { code, stderr } = await train(folderWith("card", "({})"));
    expect(stderr).toMatch(/webgpu backend cannot train runs: .*only asynchronously.*node-gpu/s);
    expect(code).toBe(2);
  });

  it("says when there is no graphics card", async () => {
    const { code, stderr } = await train(folderWith("none", "null"));
    expect(stderr).toMatch(/webgpu backend does not start here: WebGPU found no graphics card/);
    expect(code).toBe(2);
  });
});

/**
 * Puts WebGPU for Node into `.webgpu/`: the packages `webgpu` and `@tensorflow/tfjs-backend-webgpu`, for
 * tests and `bench/gpu`.
 *
 *   node scripts/webgpu.mjs
 *
 * 150 MB from the registry of npm. Where there is no graphics card, Chromium's software renderer
 * (SwiftShader) takes its place. Nothing else of the repository depends on it: without it, the tests on
 * WebGPU are skipped.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.mjs";

const TFJS = "4.22.0";
const WEBGPU = "0.6.2";
const CHROMIUM = "/usr/lib/chromium";

const home = join(root, ".webgpu");
const addons = join(home, "node_modules/webgpu/dist", `${process.platform}-${process.arch}`);

if (!existsSync(addons)) {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), '{ "private": true }\n');
  const { status } = spawnSync(
    "npm",
    [
      ...["install", "--ignore-scripts", "--no-audit", "--no-fund"],
      `webgpu@${WEBGPU}`,
      `@tensorflow/tfjs-backend-webgpu@${TFJS}`,
    ],
    { cwd: home, stdio: "inherit" },
  );
  if (status !== 0) process.exit(1);
}

// The addon looks for Vulkan beside itself first.
const vulkan = "libvulkan.so.1";
if (existsSync(addons) && existsSync(join(CHROMIUM, vulkan)) && !existsSync(join(addons, vulkan))) {
  copyFileSync(join(CHROMIUM, vulkan), join(addons, vulkan));
}
console.log(home);

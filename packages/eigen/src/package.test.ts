import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const repository = join(root, "../..");
const entry = join(root, "dist/index.js");
const project = mkdtempSync(join(tmpdir(), "eigen-"));

/** The same small use in each environment: λmax of tridiag(−1, 2, −1) with n = 100. */
const program = `
import { lanczos } from "@eoss/eigen";
const n = 100;
const operator = {
  n,
  apply(x, out) {
    for (let i = 0; i < n; i++) out[i] = 2 * x[i] - (x[i - 1] ?? 0) - (x[i + 1] ?? 0);
  },
};
const { values, status } = lanczos({ k: 1, rtol: 1e-9 })(operator);
console.log(status, values[0].toFixed(6));
`;
const printed = `converged ${(2 + 2 * Math.cos(Math.PI / 101)).toFixed(6)}`;

/** What users would install: built, packed, and installed alone in an empty project. */
beforeAll(() => {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && !/\.(test|fixture)\.ts$/.test(name),
  );
  const newest = Math.max(...sources.map((name) => statSync(join(root, "src", name)).mtimeMs));
  if (
    !existsSync(entry) ||
    statSync(entry).mtimeMs < newest ||
    !existsSync(join(root, "dist/index.d.ts"))
  ) {
    execFileSync("npx", ["tsup", "--config", "../../tsup.config.ts"], { cwd: root, stdio: "pipe" });
  }
  execFileSync("npm", ["pack", "--pack-destination", project], { cwd: root, stdio: "pipe" });
  const tarball = readdirSync(project).find((name) => name.endsWith(".tgz"))!;
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "empty", type: "module" }));
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${tarball}`], {
    cwd: project,
    stdio: "pipe",
  });
  writeFileSync(join(project, "main.mjs"), program);
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("the packed package", () => {
  it("brings nothing else along", () => {
    const installed = join(project, "node_modules");
    expect(readdirSync(installed).filter((name) => !name.startsWith("."))).toEqual(["@eoss"]);
    expect(readdirSync(join(installed, "@eoss"))).toEqual(["eigen"]);
    const files = readdirSync(join(installed, "@eoss/eigen"), {
      recursive: true,
      encoding: "utf8",
    });
    expect(files.filter((name) => !name.startsWith("dist")).sort()).toEqual([
      "LICENSE",
      "README.md",
      "package.json",
    ]);
  });

  it("runs from JavaScript on this Node", () => {
    const output = execFileSync(process.execPath, ["main.mjs"], { cwd: project, encoding: "utf8" });
    expect(output.trim()).toBe(printed);
  });

  it.for([
    ["a current Node", "node@24", "node"],
    ["Deno", "deno", "deno run --allow-read"],
    ["Bun", "bun", "bun"],
  ])("runs on %s", ([name, runtime, line], { skip }) => {
    const [command, ...flags] = line!.split(" ");
    const run = (...args: string[]) =>
      spawnSync("npx", ["-y", "-p", runtime!, command!, ...args], {
        cwd: project,
        encoding: "utf8",
        timeout: 300_000,
      });
    if (run("--version").status !== 0) {
      console.log(`skipped: ${name} could not be fetched`);
      return skip();
    }
    expect(run(...flags, "main.mjs").stdout.trim()).toBe(printed);
  });

  it("type-checks from TypeScript, and rejects wrong use", () => {
    const typed = program
      .replaceAll("x[i - 1] ?? 0", "x[i - 1]! ?? 0")
      .replace("apply(x, out)", "apply(x: Float64Array, out: Float64Array)")
      .replace("2 * x[i]", "2 * x[i]!")
      .replace("values[0]", "values[0]!");
    const wrong = 'import { lanczos } from "@eoss/eigen";\nlanczos({ which: "top" });\n';
    const compilerOptions = {
      module: "nodenext",
      target: "es2022",
      lib: ["es2022", "dom"],
      types: [],
      strict: true,
      noEmit: true,
      skipDefaultLibCheck: true,
    };
    const files = ["main.ts", "wrong.ts"];
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    writeFileSync(join(project, "main.ts"), typed);
    writeFileSync(join(project, "wrong.ts"), wrong);
    const tsc = join(repository, "node_modules/typescript/bin/tsc");
    const checked = spawnSync(process.execPath, [tsc], { cwd: project, encoding: "utf8" });
    // Both overloads refuse the wrong setting, and nothing else is wrong, our own types included.
    const errors = checked.stdout.split("\n").filter((line) => line.includes("error TS"));
    expect(errors).toEqual([expect.stringMatching(/^wrong\.ts/)]);
    expect(checked.stdout).toMatch(/"top"/);
  });

  it("runs in Chromium from a plain module script", async ({ skip }) => {
    const executablePath = [
      "/usr/bin/chromium",
      "/usr/bin/chromium-browser",
      "/usr/bin/google-chrome",
    ].find(existsSync);
    if (!executablePath) {
      console.log("skipped: no Chromium on this machine");
      return skip();
    }
    const page = `<script type="importmap">{ "imports": { "@eoss/eigen": "/eigen.js" } }</script>
      <script type="module">${program}</script>`;
    const server = createServer((request, response) => {
      const script = request.url === "/eigen.js";
      response.setHeader("content-type", script ? "text/javascript" : "text/html");
      response.end(script ? readFileSync(entry) : page);
    }).listen(0);
    const browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox"],
      timeout: 600_000,
    });
    try {
      const tab = await browser.newPage();
      const errors: string[] = [];
      tab.on("pageerror", (error) => errors.push(error.message));
      const logged = tab.waitForEvent("console", { timeout: 600_000 });
      await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      expect((await logged).text()).toBe(printed);
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
      server.close();
    }
  });
});

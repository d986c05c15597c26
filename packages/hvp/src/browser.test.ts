import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BrowserResult } from "./browser.fixture.js";

/** Debian's chromium, or one that CI names. */
const executable = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const hasChromium = existsSync(executable);
if (!hasChromium) console.log(`skipped in the browser: there is no ${executable} (CHROMIUM_PATH)`);

/** Every so many of the cases, unless all are asked for: software compiles a shader for each op. */
const STEP = process.env.EOSS_FULL || process.env.EOSS_LONG ? 1 : 5;

const wasmFiles = new URL("./index.ts", import.meta.resolve("@tensorflow/tfjs-backend-wasm"));

describe.runIf(hasChromium)("the rule suite in a browser", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL("./browser.fixture.ts", import.meta.url))],
      bundle: true,
      write: false,
      format: "esm",
      platform: "browser",
      conditions: ["@eoss/source"],
      // A branch of the wasm backend that only Node takes.
      external: ["worker_threads", "perf_hooks", "fs", "path", "os"],
    });
    const script = outputFiles[0]!.text;
    server = createServer(async ({ url = "/" }, response) => {
      if (url.startsWith("/wasm/")) {
        response.setHeader("content-type", "application/wasm");
        response.end(await readFile(new URL(url.slice("/wasm/".length), wasmFiles)));
      } else if (url === "/suite.js") {
        response.setHeader("content-type", "text/javascript");
        response.end(script);
      } else {
        response.setHeader("content-type", "text/html");
        response.end('<!doctype html><script type="module" src="/suite.js"></script>');
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await chromium.launch({
      timeout: 600_000,
      executablePath: executable,
      // WebGL by software: machines that test have no GPU.
      args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
    });
    page = await browser.newPage();
    page.setDefaultTimeout(600_000);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => "againstCpu" in globalThis);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it.each([
    { backend: "wasm", how: "againstDifferences", imprecise: [] },
    ...(process.env.EOSS_LONG === "1"
      ? [{ backend: "wasm", how: "againstPyTorch", imprecise: [] } as const]
      : []),
    // OpenGL guarantees three decimals of sin and cos: there tfjs' own values are no better.
    { backend: "webgl", how: "againstCpu", imprecise: ["elementwise: sin", "elementwise: cos"] },
  ] as const)("$backend $how", async ({ backend, how, imprecise }) => {
    const results = await page.evaluate(
      ([name, check, step]) => (globalThis as unknown as Suite)[check](name, step),
      [backend, how, STEP] as const,
    );
    const judged = results.filter(({ name }) => !(imprecise as readonly string[]).includes(name));
    const worst = Math.max(...judged.map(({ hvpError }) => hvpError));
    console.log(`${judged.length} cases on ${backend} ${how}: Hv ${worst.toExponential(1)}`);
    const failed = judged.filter(({ error }) => error !== undefined);
    expect(failed.map(({ name, error }) => `${name}: ${error}`)).toEqual([]);
    expect(results.length).toBeGreaterThan(
      how === "againstPyTorch" ? 100 : how === "againstCpu" ? 200 / STEP : 200,
    );
  });
});

type Suite = Record<
  "againstDifferences" | "againstCpu" | "againstPyTorch",
  (backend: string, step: number) => Promise<BrowserResult[]>
>;

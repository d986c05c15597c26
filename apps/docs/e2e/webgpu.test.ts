import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FolderRun, zipRuns } from "../src/playground/run/folder.js";
import { PlaygroundPage } from "./playgroundPage.js";
import { foreign, hasChromium, openPage, openSite, type Site } from "./site.js";

/** Machines that test have no GPU: Chromium computes in software. */
const SOFTWARE_WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

const SETTINGS =
  "data=digits&samples=40&width=6&lr=0.1&batch=8&steps=6&every=3&max-batches=8&seed=3&" +
  "tolerance=0.005&measure=fullbs,minibs,batch-sharpness,loss";

const cli = fileURLToPath(new URL("../../../packages/cli/bin/eoss.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "webgpu-page-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs to the end what a link says. */
async function ran(site: Site, hash: string) {
  const watched = await openPage(site, `/playground.html#${hash}`);
  const playground = await new PlaygroundPage(watched.page).ready();
  await playground.button("Run").click();
  await playground.status("ended");
  const [run] = await playground.exported();
  return { ...watched, playground, run: run! };
}

/** tfjs' engine, as far as a worker lets one see it. */
interface WithEngine {
  readonly _tfengine: { readonly backend: { readonly device: { destroy(): void } } };
}

const valuesOf = ({ records }: FolderRun) =>
  records.map(({ step, quantity, value }) => ({ at: `${quantity} at step ${step}`, value }));

describe.runIf(hasChromium)("the playground on WebGPU", () => {
  let site: Site;
  /** Why it cannot be tried. */
  let absent: string | undefined;

  beforeAll(async () => {
    site = await openSite(SOFTWARE_WEBGPU);
    const { page, context } = await openPage(site, "/playground.html");
    absent = await page.evaluate(async () => {
      const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
      if (gpu === undefined) return "this Chromium has no navigator.gpu";
      return (await gpu.requestAdapter()) ? undefined : "this Chromium gives no adapter";
    });
    await context.close();
    if (absent !== undefined) console.log(`skipped on WebGPU in the page: ${absent}`);
  });

  afterAll(() => site?.close());

  it("trains and measures as on wasm, names the card, and is opened again", async (test) => {
    test.skip(absent !== undefined, absent);
    const card = await ran(site, `${SETTINGS}&backend=webgpu`);
    const wasm = await ran(site, SETTINGS);
    const [ours, theirs] = [valuesOf(card.run), valuesOf(wasm.run)];
    expect(ours.map(({ at }) => at)).toEqual(theirs.map(({ at }) => at));
    expect(new Set(card.run.records.map(({ quantity }) => quantity))).toEqual(
      new Set(["fullbs", "minibs", "batch-sharpness", "loss", "step-loss"]),
    );
    const apart = ours.map(({ at, value }, index) => {
      const other = theirs[index]!.value!;
      return { at, apart: Math.abs(value! - other) / Math.abs(other) };
    });
    expect(apart.filter((one) => !(one.apart < 1e-4))).toEqual([]);
    console.log(`WebGPU and wasm: ${Math.max(...apart.map((one) => one.apart)).toExponential(1)}`);

    const { manifest } = card.run;
    expect(manifest.backend).toBe("webgpu");
    expect(manifest.versions.card).toMatch(/swiftshader/i);
    const shown = card.page.locator(".readout tbody tr", { hasText: "computed on" });
    expect(await shown.textContent()).toContain(`webgpu: ${manifest.versions.card}`);

    await card.playground.button("Reset").click();
    await card.page.getByText("Settings of the run").waitFor();
    await card.page
      .locator('input[type="file"]')
      .first()
      .setInputFiles({
        name: "run.zip",
        mimeType: "application/zip",
        buffer: Buffer.from(zipRuns([card.run])),
      });
    await card.playground.status("1 opened");
    expect(await shown.textContent()).toContain(manifest.versions.card);

    for (const [path, content] of Object.entries(unzipSync(zipRuns([card.run])))) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    execFileSync(process.execPath, [cli, "report", "run", "--out", "run.html"], { cwd: folder });
    expect(readFileSync(join(folder, "run.html"), "utf8")).toContain("MiniBS");

    for (const { errors, requests, context } of [card, wasm]) {
      expect(errors).toEqual([]);
      expect(foreign(requests, site.origin)).toEqual([]);
      await context.close();
    }
    // What the card's backend weighs, only those download who ask for it.
    const loadedBy = (requests: readonly string[]) => requests.filter((url) => /webgpu/i.test(url));
    expect(loadedBy(wasm.requests)).toEqual([]);
    expect(loadedBy(card.requests).length).toBeGreaterThan(0);
  });

  it("keeps what it has when the card is lost, says what to do, and runs again on wasm", async (test) => {
    test.skip(absent !== undefined, absent);
    const { page, context } = await openPage(site, `/playground.html#${SETTINGS}&backend=webgpu`);
    const playground = await new PlaygroundPage(page).ready();
    await playground.button("One step").click();
    await playground.steps(1);
    await playground.status("paused");
    await page.workers()[0]!.evaluate(() => {
      (globalThis as unknown as WithEngine)._tfengine.backend.device.destroy();
    });
    await playground.button("Go on").click();
    await page
      .getByText(/the graphics card (was lost|gives no numbers).*Export keeps them/)
      .waitFor();
    const [kept] = await playground.exported();
    expect(kept!.manifest.end).toMatchObject({ reason: "failed", step: 1 });
    expect(kept!.records.map(({ quantity }) => quantity)).toContain("fullbs");
    await page.getByText("Settings of the run").click();
    await page.getByLabel("backend", { exact: true }).selectOption("wasm");
    await playground.button("Run").click();
    await playground.status("ended");
    await context.close();
  });
});

describe.runIf(hasChromium)("without WebGPU", () => {
  it.each([
    [
      "the browser",
      ["--disable-features=WebGPU"],
      /This browser has no WebGPU|gives no graphics card/,
    ],
    [
      "a card",
      ["--disable-gpu", "--disable-software-rasterizer"],
      /gives no graphics card|no WebGPU/,
    ],
  ] as const)("%s: the page says so, and what to take", async (_, flags, words) => {
    const site = await openSite(flags);
    const { page } = await openPage(site, `/playground.html#${SETTINGS}&backend=webgpu`);
    const playground = await new PlaygroundPage(page).ready();
    await playground.button("Run").click();
    await page.getByText(words).waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("Choose the backend wasm");
    await site.close();
  });
});

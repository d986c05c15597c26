import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { strToU8, unzipSync, zipSync } from "fflate";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { syntheticRun } from "../../../packages/run/src/syntheticRun.fixture.js";
import { zipRuns } from "../src/playground/run/folder.js";
import { presets } from "../src/playground/state/presets.js";
import { decodeState } from "../src/playground/state/url.js";
import { PlaygroundPage, untimed } from "./playgroundPage.js";
import { foreign, hasChromium, openPage, openSite, type Site, type WatchedPage } from "./site.js";

const cli = fileURLToPath(new URL("../../../packages/cli/bin/eoss.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "playground-"));
const eoss = (...words: string[]) =>
  execFileSync(process.execPath, [cli, ...words], { cwd: folder, encoding: "utf8" });

describe.runIf(hasChromium)("the playground in Chromium", () => {
  let site: Site;
  let watched: WatchedPage;
  let playground: PlaygroundPage;

  beforeAll(async () => {
    site = await openSite();
  });

  afterAll(async () => {
    await site?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    watched = await openPage(site, "/playground.html");
    playground = await new PlaygroundPage(watched.page).ready();
  });

  afterEach(async () => {
    await watched.context.close();
    expect(watched.errors).toEqual([]);
    expect(foreign(watched.requests, site.origin)).toEqual([]);
  });

  /** Drops an archive of runs on the charts. */
  const dropped = (archive: number[]) =>
    watched.page.evaluate((bytes) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], "run.zip", { type: "application/zip" }));
      const target = document.querySelector(".playground .charts")!;
      target.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
    }, archive);

  it.each(presets.map(({ title }) => title))("%s: 200 steps, drawn", async (title) => {
    await playground.button(title).click();
    // One waits for single steps.
    if (presets.find((preset) => preset.title === title)!.byHand) {
      await playground.button("Run").click();
    }
    await playground.steps(200);
    expect(Math.min(...(await playground.colours()))).toBeGreaterThan(0);
    const rows = await watched.page.locator(".readout tbody tr").allTextContents();
    expect(rows.find((row) => row.startsWith("FullBS"))).toMatch(
      /FullBS[\d.]+\s±\s[\d.]+\s\([\d.]+\s×\s2\/η\)/,
    );
  });

  it("is there before tfjs' wasm is loaded, which comes with the first run", async () => {
    const wasm = () => watched.requests.filter((url) => url.endsWith(".wasm"));
    expect(wasm()).toEqual([]);
    await playground.button("One step").click();
    await playground.steps(1);
    expect(wasm()).toHaveLength(1);
  });

  it("replays a link to identical numbers, with what was changed on the way", async () => {
    await playground.button("Edge of stability").click();
    await playground.steps(30);
    await playground.setRate(0.35);
    await watched.page.locator(".changes li").waitFor();
    await playground.steps(90);
    await playground.button("Pause").click();
    await playground.status("paused");
    const [first] = await playground.exported();
    const address = watched.page.url();
    expect(decodeState(new URL(address).hash).settings.intervene).toEqual([
      expect.stringMatching(/^at=\d+ lr=0\.35$/),
    ]);

    const other = await openPage(site, new URL(address).pathname + new URL(address).hash);
    const replay = await new PlaygroundPage(other.page).ready();
    await replay.button("Run").click();
    await replay.steps(first!.manifest.end!.step);
    const [second] = await replay.exported();
    await other.context.close();
    expect(other.errors).toEqual([]);
    expect(untimed(second!).slice(0, first!.records.length)).toEqual(untimed(first!));
  });

  it("exports what eoss report reads, a twin included", async () => {
    await playground.button("Smaller batches, flatter minima").click();
    await playground.steps(60);
    await playground.button("Pause").click();
    await playground.status("paused");
    const runs = await playground.exported();
    expect(runs.map(({ name }) => name)).toEqual(["run", "twin"]);
    for (const [path, content] of Object.entries(unzipSync(zipRuns(runs)))) {
      execFileSync("mkdir", ["-p", join(folder, path, "..")]);
      writeFileSync(join(folder, path), content);
    }
    eoss("report", "run", "twin", "--out", "both.html");
    expect(readFileSync(join(folder, "both.html"), "utf8")).toContain("MiniBS");
  });

  it("draws a run of the command line that is dropped on it", async () => {
    eoss(
      ..."train --data digits --samples 60 --width 6 --lr 0.1 --batch 10 --steps 40 --every 10 --out cli".split(
        " ",
      ),
    );
    const files = ["run.json", "metrics.jsonl"].map((name) => [
      `cli/${name}`,
      strToU8(readFileSync(join(folder, "cli", name), "utf8")),
    ]);
    const archive = [...zipSync(Object.fromEntries(files))];
    await dropped(archive);
    await playground.status("1 opened");
    await watched.page.locator(".readout tbody tr").first().waitFor();
    expect(await watched.page.locator(".readout thead th").last().textContent()).toBe("cli");
    expect((await playground.colours())[0]).toBeGreaterThan(2);
  });

  it("shows a run from a stranger as texts and numbers", async () => {
    const hostile = `"><img src=x onerror=alert(1)>' onmouseover='alert(1)`;
    const { manifest, records } = syntheticRun({ steps: 40, every: 10 });
    const archive = zipRuns([
      {
        name: hostile,
        manifest: {
          ...manifest,
          config: { ...manifest.config, model: hostile, data: hostile, [hostile]: hostile },
          command: hostile,
          backend: hostile,
          dataset: { ...manifest.dataset, name: hostile, source: hostile },
          model: { ...manifest.model, name: hostile },
          end: { reason: "failed", step: 40, message: hostile },
        },
        records: records.flatMap((one) => [one, { ...one, quantity: hostile, status: hostile }]),
      },
    ]);
    const said: string[] = [];
    watched.page.on("dialog", (dialog) => {
      said.push(dialog.message());
      void dialog.dismiss();
    });
    await dropped([...archive]);
    await playground.status("1 opened");
    await watched.page.locator(".readout tbody tr").first().waitFor();
    const head = watched.page.locator(".readout thead th").last();
    expect(await head.textContent()).toBe(hostile);
    await head.hover();
    expect(await watched.page.locator(".playground").locator("img, script").count()).toBe(0);
    expect(said).toEqual([]);
  });

  it("a twin goes another way from where it is forked", async () => {
    await playground.button("Edge of stability").click();
    await playground.steps(25);
    await playground.button("Fork a twin").click();
    await watched.page.getByLabel("changes go to").waitFor();
    await playground.setRate(0.05);
    const change = watched.page.getByText(/twin: at step \d+: lr=0\.05/);
    const changed = Number(/step (\d+)/.exec((await change.textContent())!)![1]);
    await playground.button("Go on").click();
    await playground.steps(changed + 20);
    const [run, twin] = await playground.exported();
    const at = twin!.manifest.parent!.step;
    const lossAfter = (of: typeof run) =>
      of!.records.find(({ quantity, step }) => quantity === "step-loss" && step === at + 2)!.value;
    expect(lossAfter(twin)).not.toBe(lossAfter(run));
  });

  it("says when a run diverged, and begins again with half of η", async () => {
    await playground.setRate(400);
    await playground.button("Run").click();
    await watched.page.getByText(/no longer finite at step \d+; η = 400 is too large/).waitFor();
    await playground.button("Halve η and restart").click();
    expect(decodeState(new URL(watched.page.url()).hash).settings.lr).toBe(200);
  });

  it("keeps the rules of a run that are set in its form, and links to them", {
    timeout: 600_000,
  }, async () => {
    await watched.page.getByText("Settings of the run").click();
    const fill = async (label: string, text: string) => {
      const field = watched.page.getByLabel(label, { exact: true });
      await field.fill(text);
      await field.press("Enter");
    };
    await fill("schedule of η", "zigzag to=1");
    await watched.page.getByText(/schedule "lr=zigzag to=1".*zigzag/).waitFor();
    await fill("schedule of η", "linear to=0.1 steps=100");
    await fill("change at a plateau", "lr=0.05");
    await fill("stop at a loss of", "0.85");
    const { settings } = decodeState(new URL(watched.page.url()).hash);
    expect(settings).toMatchObject({
      schedule: ["lr=linear to=0.1 steps=100"],
      intervene: ["at=plateau lr=0.05"],
      "stop-loss": 0.85,
    });
    await watched.page.getByText("at a plateau: lr=0.05").waitFor();
    await playground.button("Run").click();
    await watched.page.getByText(/the training loss fell to 0\.\d/).waitFor();
    const [run] = await playground.exported();
    expect(run!.manifest.end!.reason).toBe("stop-loss");
    expect(run!.records.at(-1)!.step).toBe(run!.manifest.end!.step);
  });

  it("trains points that are drawn", async () => {
    await watched.page.getByText("Settings of the run").click();
    await watched.page.getByLabel("data", { exact: true }).selectOption("drawn");
    await playground.button("Run").click();
    await watched.page.getByText("draw points of both classes first").waitFor();
    const canvas = watched.page.locator("canvas.drawable");
    const { width, height } = (await canvas.boundingBox())!;
    for (const [label, x] of [
      ["0", 0.3],
      ["1", 0.7],
    ] as const) {
      await watched.page.getByLabel("class to draw").selectOption(label);
      for (const y of [0.3, 0.5, 0.7]) {
        await canvas.click({ position: { x: x * width, y: y * height } });
      }
    }
    expect(decodeState(new URL(watched.page.url()).hash).points).toHaveLength(6);
    await playground.button("Run").click();
    await playground.steps(50);
  });

  it.each(["webgl", "cpu"])("runs on %s too", async (backend) => {
    await watched.page.getByText("Settings of the run").click();
    await watched.page.getByLabel("backend", { exact: true }).selectOption(backend);
    await playground.button("One step").click();
    await playground.steps(1);
    const [run] = await playground.exported();
    expect(run!.manifest.backend).toBe(backend);
  });

  it.each(["light", "dark"] as const)("axe-core finds no serious problem, %s", async (theme) => {
    await watched.page.evaluate(
      (dark) => document.documentElement.classList.toggle("dark", dark),
      theme === "dark",
    );
    await playground.button("Appendix F by hand").click();
    await playground.button("Run").click();
    await playground.steps(20);
    await watched.page.getByText("Settings of the run").click();
    await watched.page.addScriptTag({ content: axe.source });
    const { violations } = await watched.page.evaluate(() =>
      (globalThis as unknown as { axe: typeof axe }).axe.run(),
    );
    const serious = violations.filter(
      ({ impact }) => impact === "serious" || impact === "critical",
    );
    expect(
      serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
    ).toEqual([]);
  });
});

/** tfjs' engine, as far as a worker lets one see it. */
interface WithEngine {
  readonly _tfengine: {
    readonly backend: { readonly gpgpu: { readonly gl: WebGLRenderingContext } };
  };
}

describe.runIf(hasChromium)("the graphics card", () => {
  it("may be taken away: the page says so, and runs again on wasm", async () => {
    const site = await openSite();
    const { page } = await openPage(site, "/playground.html");
    const playground = await new PlaygroundPage(page).ready();
    await page.getByText("Settings of the run").click();
    await page.getByLabel("backend", { exact: true }).selectOption("webgl");
    await playground.button("One step").click();
    await playground.steps(1);
    await page.workers()[0]!.evaluate(() => {
      const { gl } = (globalThis as unknown as WithEngine)._tfengine.backend.gpgpu;
      gl.getExtension("WEBGL_lose_context")!.loseContext();
    });
    await page.getByText("The browser closed the graphics context").waitFor();
    await page.getByLabel("backend", { exact: true }).selectOption("wasm");
    await playground.button("Run").click();
    await playground.steps(5);
    await site.close();
  });
});

describe.runIf(hasChromium)("without WebGL", () => {
  it("says so, and what to take", async () => {
    const site = await openSite(["--disable-gpu", "--disable-software-rasterizer"]);
    const { page } = await openPage(site, "/playground.html");
    const playground = await new PlaygroundPage(page).ready();
    await page.getByText("Settings of the run").click();
    await page.getByLabel("backend", { exact: true }).selectOption("webgl");
    await playground.button("Run").click();
    await page.getByText("This browser has no WebGL").waitFor();
    await site.close();
  });
});

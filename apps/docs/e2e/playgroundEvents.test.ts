/** What happens to a run of the playground, and how the page tells it. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { syntheticRun } from "../../../packages/run/src/syntheticRun.fixture.js";
import { zipRuns } from "../src/playground/run/folder.js";
import { decodeState } from "../src/playground/state/url.js";
import { LONG_RUN, PlaygroundPage } from "./playgroundPage.js";
import { hasChromium, openPage, openSite, type Site, type WatchedPage } from "./site.js";

/** It diverges within a few steps, each of them measured. */
const SOARING = "data=digits&samples=100&width=8&lr=5&batch=full&steps=200&every=1&top=1";

describe.runIf(hasChromium)("events of the playground in Chromium", () => {
  let site: Site;
  let watched: WatchedPage;
  let playground: PlaygroundPage;

  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site?.close());
  beforeEach(async () => {
    watched = await openPage(site, "/playground.html");
    playground = await new PlaygroundPage(watched.page).ready();
  });
  afterEach(async () => {
    await watched.context.close();
    expect(watched.errors).toEqual([]);
  });

  it("a link that is refused stays in the address, and the page says what is wrong", async () => {
    const link = "/playground.html#data=digits&lr=0.1&colour=red";
    const other = await openPage(site, link);
    await other.page.getByText('the address has "colour"').waitFor();
    expect(other.page.url()).toBe(site.origin + link);
    await other.context.close();
  });

  it("the preset for single steps makes single steps, as many as are asked for", async () => {
    await playground.button("Appendix F by hand").click();
    await playground.status("not started");
    await playground.button("One step").click();
    await playground.button("One step").click();
    await playground.steps(2);
    await playground.status("paused");
    const [run] = await playground.exported();
    const steps = (quantity: string) =>
      run!.records.filter((record) => record.quantity === quantity).map(({ step }) => step);
    expect(steps("step-loss")).toEqual([0, 1]);
    expect(steps("fullbs")).toEqual([0, 1, 2]);
  });

  it("run and twin keep pace: neither is further ahead than one measurement", async () => {
    await playground.button("Smaller batches, flatter minima").click();
    await watched.page.waitForFunction(() =>
      document.querySelector(".playground .steps")?.textContent?.includes("/"),
    );
    const apart: number[] = [];
    for (let looks = 0; looks < 40 || apart.length === 0; looks++) {
      const [run, twin] = await playground.counts();
      apart.push(Math.abs(run! - twin!));
      await watched.page.evaluate(() => new Promise(requestAnimationFrame));
    }
    await playground.steps(100);
    const [run, twin] = await playground.counts();
    apart.push(Math.abs(run! - twin!));
    expect(Math.max(...apart)).toBeLessThanOrEqual(50);
  });

  it("the slider says η and the threshold, and dragging it is one change", async () => {
    // It is not over while the slider is held, however fast the machine.
    await watched.page.goto(`${site.origin}/playground.html#${LONG_RUN}`);
    await playground.button("Run").click();
    await playground.steps(5);
    const slider = watched.page.getByLabel("step size η, slider");
    expect(await slider.getAttribute("aria-valuetext")).toBe("η = 0.2, 2/η = 10");
    const { x, y, width, height } = (await slider.boundingBox())!;
    const at = (part: number) => [x + part * width, y + height / 2] as const;
    await watched.page.mouse.move(...at(0.5));
    await watched.page.mouse.down();
    for (const part of [0.52, 0.55, 0.6, 0.65]) await watched.page.mouse.move(...at(part));
    const before = await playground.counts();
    await playground.steps(before[0]! + 5);
    // While it is held nothing is changed, and the run does not move it back.
    expect(await watched.page.locator(".changes li").count()).toBe(0);
    expect(await slider.getAttribute("aria-valuetext")).not.toContain("η = 0.2,");
    const chosen = await slider.getAttribute("aria-valuetext");
    // What it says, whenever it is drawn, until some time after the change is in force.
    const said = watched.page.evaluate(async () => {
      const slider = document.querySelector('[aria-label="step size η, slider"]')!;
      const seen = new Set<string | null>();
      for (let after = 0; after < 20; after += document.querySelector(".changes li") ? 1 : 0) {
        seen.add(slider.getAttribute("aria-valuetext"));
        await new Promise(requestAnimationFrame);
      }
      return [...seen];
    });
    await watched.page.mouse.up();
    await watched.page.locator(".changes li").waitFor();
    expect(await said).toEqual([chosen]);
    const { settings } = decodeState(new URL(watched.page.url()).hash);
    expect(settings.intervene).toHaveLength(1);
    const [lr] = /(?<=lr=)[\d.]+/.exec((settings.intervene as string[])[0]!)!;
    expect(await slider.getAttribute("aria-valuetext")).toContain(`η = ${lr}, 2/η = `);
  });

  it("the axis of the sharpness may be logarithmic, and says powers of ten", async () => {
    // Far above its threshold: on a linear axis the first steps would lie on the line at 0.
    await watched.page.goto(`${site.origin}/playground.html#${SOARING}`);
    await watched.page.reload();
    await playground.ready();
    await playground.button("Run").click();
    await watched.page.getByText("no longer finite").waitFor();
    const chart = watched.page.locator("figure").filter({ hasText: "in units of" }).first();
    const pixels = () =>
      chart.locator("canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const linear = await pixels();
    await chart.getByLabel("axis").selectOption("log");
    await expect.poll(pixels).not.toBe(linear);
    await chart.getByLabel("axis").selectOption("linear");
    await expect.poll(pixels).toBe(linear);
  });

  it("opened runs each have a dash and a name, and the controls say whose they are", async () => {
    const archive = zipRuns(
      ["one", "two", "three"].map((name, seed) => ({
        name,
        ...syntheticRun({ steps: 400, every: 20, seed: seed + 1 }),
      })),
    );
    await watched.page.evaluate(
      (bytes) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], "r.zip", { type: "application/zip" }));
        document
          .querySelector(".playground .charts")!
          .dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
      },
      [...archive],
    );
    await playground.status("3 opened");
    const legend = watched.page.locator("figure").filter({ hasText: "Sharpness" }).first();
    const runs = legend.locator(".legend li:has(svg)");
    expect((await runs.allTextContents()).sort()).toEqual(["one", "three", "two"]);
    const dashes = await runs
      .locator("line")
      .evaluateAll((lines) => lines.map((line) => line.getAttribute("stroke-dasharray")));
    expect(new Set(dashes).size).toBe(3);
    await watched.page.getByText("this is of the next run of this page").waitFor();
    await playground.button("Reset").click();
    await watched.page.getByText("Change it while it runs").waitFor();
  });
});

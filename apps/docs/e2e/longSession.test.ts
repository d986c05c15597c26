import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Frames, HITCH, watchFrames } from "./frames.js";
import { PlaygroundPage } from "./playgroundPage.js";
import { hasChromium, openPage, openSite, type Site } from "./site.js";

// What hours of training cost a reader's browser. EOSS_LONG=1 watches for ten minutes instead of one.
const MINUTES = process.env.EOSS_LONG ? 10 : 1;

/** It is not over while it is watched, however fast the machine, and has measured from the first step on. */
const RUN = "data=digits&samples=64&width=8&lr=0.1&batch=8&steps=10000000&every=20&measure=fullbs";

/** Megabytes (10⁶ bytes) of memory that all renderers of a browser hold: pages, workers and their WebAssembly. */
async function residentMegabytes(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const kilobytes = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))![1]));
  return (kilobytes.reduce((sum, each) => sum + each, 0) * 1024) / 1e6;
}

interface Moment {
  readonly steps: number;
  readonly megabytes: number;
  readonly frames: Frames;
}

describe.runIf(hasChromium && process.platform === "linux")("a run of many steps", () => {
  let site: Site;

  beforeAll(async () => {
    site = await openSite();
  });

  afterAll(() => site?.close());

  it("costs the same per frame as it goes on, and its memory is bounded", async () => {
    const { page, context, errors } = await openPage(site, `/playground.html#${RUN}`);
    const playground = await new PlaygroundPage(page).ready();
    await playground.button("Run").click();
    await playground.steps(500);
    const moments: Moment[] = [];
    const until = performance.now() + MINUTES * 60_000;
    while (moments.length < 3 || performance.now() < until) {
      const frames = await watchFrames(page, 2.5);
      const megabytes = await residentMegabytes(site.browser);
      const [steps] = await playground.counts();
      moments.push({ steps: steps!, megabytes, frames });
      await page.waitForTimeout(MINUTES * 4_000);
    }
    for (const { steps, megabytes, frames } of moments) {
      console.log(
        `step ${steps}: ${frames.framesPerSecond.toFixed(0)} frames a second, longest task ` +
          `${frames.longestTask.toFixed(0)} ms, ${megabytes.toFixed(0)} MB`,
      );
    }
    expect(await page.locator(".playground .status").textContent()).toBe("running");
    const last = moments.at(-1)!;
    expect(last.frames.longestTask).toBeLessThan(HITCH);
    // Starting up grows by some 100; a tensor that is kept at each step would be thousands.
    expect(last.megabytes).toBeLessThan(moments[0]!.megabytes + 300);
    expect(errors).toEqual([]);
    await context.close();
  });
});

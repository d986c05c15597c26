import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HITCH, watchFrames } from "./frames.js";
import { LONG_RUN, PlaygroundPage } from "./playgroundPage.js";
import { hasChromium, openPage, openSite, type Site } from "./site.js";

describe.runIf(hasChromium)("while a run trains in the worker", () => {
  let site: Site;

  beforeAll(async () => {
    site = await openSite();
  });

  afterAll(() => site?.close());

  it(`no task of the page computes for longer than ${HITCH} ms`, async () => {
    const { page, context } = await openPage(site, `/playground.html#${LONG_RUN}`);
    const playground = await new PlaygroundPage(page).ready();
    await playground.button("Run").click();
    await playground.steps(100);
    const frames = await watchFrames(page, 2.5);
    console.log(
      `${frames.framesPerSecond.toFixed(0)} frames a second, 95 % within ` +
        `${frames.percentile95.toFixed(0)} ms, longest ${frames.longest.toFixed(0)} ms; longest task ` +
        `${frames.longestTask.toFixed(0)} ms of processor time`,
    );
    expect(await page.locator(".playground .status").textContent()).toBe("running");
    expect(frames.longestTask).toBeLessThan(HITCH);
    await context.close();
  });

  it("such a task would be seen", async () => {
    const { page, context } = await openPage(site, "/playground.html");
    await new PlaygroundPage(page).ready();
    await page.evaluate(() => {
      // Counted, not timed: it computes for as long however busy the machine is. Again and again, so that
      // one lies within what is watched.
      setInterval(() => {
        let sum = 0;
        for (let i = 0; i < 3e8; i++) sum += Math.sqrt(i);
        document.title = String(sum);
      }, 50);
    });
    // Until one began and ended while it was watched: a busy machine may need several looks.
    const longest = async () => (await watchFrames(page, 3)).longestTask;
    await expect.poll(longest, { timeout: 300_000, interval: 100 }).toBeGreaterThan(HITCH);
    await context.close();
  });
});

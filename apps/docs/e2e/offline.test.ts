/** The playground without a network, after one visit with it. */

import { describe, expect, it } from "vitest";
import { PlaygroundPage } from "./playgroundPage.js";
import { hasChromium, openPage, openSite } from "./site.js";

describe.runIf(hasChromium)("the playground after the first visit", () => {
  it("opens and trains without a network, though nothing was trained before", async () => {
    const site = await openSite();
    const { page, context } = await openPage(site, "/playground.html", { serviceWorkers: "allow" });
    await new PlaygroundPage(page).ready();
    // Active: all files are kept.
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    await context.setOffline(true);
    await expect(page.evaluate(() => fetch("/index.html"))).rejects.toThrow();
    await page.goto(`${site.origin}/playground.html`);
    const playground = await new PlaygroundPage(page).ready();
    await playground.button("One step").click();
    await playground.steps(1);
    const [run] = await playground.exported();
    expect(run!.records.some(({ quantity }) => quantity === "fullbs")).toBe(true);
    await context.close();
    await site.close();
  });
});

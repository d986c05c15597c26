import axe from "axe-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pressWhen } from "./pressWhen.js";
import { foreign, hasChromium, openPage, openSite, type Site } from "./site.js";

const READ = [
  "/",
  "/start/tour.html",
  "/lesson.html",
  "/concepts/minibs-and-fullbs.html",
  "/concepts/noise-models.html",
  "/reference/cli.html",
  "/reference/accuracy.html",
  "/reference/glossary.html",
  "/reference/api/eigen/lanczos.html",
];

/** What is typed, and how the address of the first result begins. */
const SEARCHES = {
  "learning rate": "/concepts/",
  eta: "/concepts/",
  "step size": "/concepts/",
  cite: "/start/cite",
  "own data": "/guides/your-own-data",
  gpu: "/start/faq",
  jupyter: "/start/faq",
  compare: "/reference/",
  PyHessian: "/reference/compared",
  "custom optimizer": "/guides/write-an-optimizer",
  slurm: "/reference/sweeps",
  install: "/start/install",
  changelog: "/reference/changelog",
  interactive: "/lesson",
};

describe.runIf(hasChromium)("the pages in Chromium", () => {
  let site: Site;

  beforeAll(async () => {
    site = await openSite();
  });

  afterAll(() => site?.close());

  it.each(READ.flatMap((path) => [[path, "light"] as const, [path, "dark"] as const]))(
    "%s, %s: no serious problem for axe-core, no error, nothing from elsewhere",
    async (path, colorScheme) => {
      const { page, errors, requests, context } = await openPage(site, path, { colorScheme });
      await page.waitForLoadState("networkidle");
      await page.addScriptTag({ content: axe.source });
      const { violations } = await page.evaluate(() =>
        (globalThis as unknown as { axe: typeof axe }).axe.run(),
      );
      const serious = violations.filter(
        ({ impact }) => impact === "serious" || impact === "critical",
      );
      await context.close();
      expect(
        serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
      ).toEqual([]);
      expect(errors).toEqual([]);
      expect(foreign(requests, site.origin)).toEqual([]);
    },
  );

  it.each(READ)("%s fits a phone", async (path) => {
    const viewport = { width: 390, height: 844 };
    const { page, context } = await openPage(site, path, { viewport });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    await context.close();
    expect(width).toBeLessThanOrEqual(viewport.width);
  });

  it("finds words without a network, by keyboard alone", async () => {
    const { page, context, errors } = await openPage(site, "/start/tour.html");
    await page.waitForLoadState("networkidle");
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("Search").fill("Nesterov");
    await page.locator(".results .result").first().waitFor();
    await context.setOffline(true);
    await page.getByPlaceholder("Search").fill("self-stabilisation");
    const found = page.locator(".results .result", { hasText: "Edge of stability" });
    await found.first().waitFor();
    await context.setOffline(false);
    const target = await page.locator(".results .result.selected").getAttribute("href");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname + url.hash === target);
    await context.close();
    expect(errors).toEqual([]);
  });

  it("leads from the words that readers type to the page that they want", async () => {
    const { page, context } = await openPage(site, "/start/tour.html");
    await page.waitForLoadState("networkidle");
    await page.keyboard.press("Control+k");
    for (const [words, wanted] of Object.entries(SEARCHES)) {
      await page.getByPlaceholder("Search").fill(words);
      const first = page.locator(".results li:first-child .result");
      await expect
        .poll(() => first.getAttribute("href"), { message: words, timeout: 300_000 })
        .toMatch(new RegExp(`^${wanted}`));
    }
    await context.close();
  });

  it("trains on the start page when asked to", async () => {
    const { page, context, errors, requests } = await openPage(site, "/");
    await page.waitForLoadState("networkidle");
    expect(requests.filter((url) => url.endsWith(".wasm"))).toEqual([]);
    await page.getByRole("button", { name: "Train it here" }).click();
    const figure = page.locator(".live-figure");
    await pressWhen(figure, /step \d{3,} · η = 0\.2, 2\/η = 10/, "Double η");
    await page.getByText(/η = 0\.4, 2\/η = 5/).waitFor();
    const link = page.getByRole("link", { name: "Open this run in the playground" });
    await page.waitForFunction(() => /intervene=at/.test(document.body.innerHTML));
    expect(await link.getAttribute("href")).toMatch(/^\/playground\.html#.*lr%3D0\.4/);
    await context.close();
    expect(errors).toEqual([]);
    expect(foreign(requests, site.origin)).toEqual([]);
  });
});

import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pressWhen } from "./pressWhen.js";
import { hasChromium, openPage, openSite, type Site } from "./site.js";

const SCENES = ["parabola", "valley", "edge", "cloud", "batches", "changes", "noise", "results"];

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** The figure of a scene, once it is there. */
async function figureOf(page: Page, scene: string): Promise<Locator> {
  const figure = page.locator(`[data-scene=${scene}]`);
  await figure.scrollIntoViewIfNeeded();
  await figure.locator(":is(svg, button)").first().waitFor();
  return figure;
}

/** What a figure says just now. */
function sentenceOf(figure: Locator): Promise<string | null> {
  return figure.locator(".sentence p").first().textContent();
}

/** Waits until it says that; what is heard may still be what it said before. */
function says(figure: Locator, words: RegExp): Promise<void> {
  return figure.locator(".sentence p:first-child", { hasText: words }).waitFor();
}

/** Moves a slider by keys, as a reader without a mouse does. */
async function press(figure: Locator, label: string, key: string, times = 1): Promise<void> {
  const slider = figure.getByLabel(label, { exact: true });
  await slider.focus();
  for (let i = 0; i < times; i++) await slider.press(key);
}

/** Waits until the runs of a figure are at their end. */
async function ended(page: Page, scene: string): Promise<void> {
  await page.waitForFunction(
    (name) => document.querySelector<HTMLButtonElement>(`[data-scene=${name}] button`)?.disabled,
    scene,
  );
}

/** The middle of a drawing, moved by a part of its width and height. */
async function placeIn(figure: Locator, right: number, down: number): Promise<[number, number]> {
  const box = (await figure.locator("svg").first().boundingBox())!;
  return [box.x + box.width * (0.5 + right), box.y + box.height * (0.5 + down)];
}

async function drag(page: Page, figure: Locator, right: number): Promise<void> {
  await page.mouse.move(...(await placeIn(figure, 0, 0)));
  await page.mouse.down();
  await page.mouse.move(...(await placeIn(figure, right, 0)), { steps: 5 });
  await page.mouse.up();
}

describe.runIf(hasChromium)("the lesson", () => {
  let site: Site;

  beforeAll(async () => {
    site = await openSite();
  });

  afterAll(() => site?.close());

  it("shows its first figures without a network of tensors", async () => {
    const { page, context, errors, requests } = await openPage(site, "/lesson.html");
    await figureOf(page, "parabola");
    await page.waitForLoadState("networkidle");
    const bytes = requests.reduce((sum, url) => sum + site.size(new URL(url).pathname), 0);
    console.log(`the page with its first figure: ${Math.round(bytes / 1000)} kB`);
    expect(bytes).toBeLessThan(200_000);
    // Near the second one the third is loaded too, which trains networks when it is asked to.
    await figureOf(page, "valley");
    await page.waitForLoadState("networkidle");
    expect(requests.filter((url) => /wasm|worker/i.test(url))).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("parabola: below, at and above 2/λ, by keyboard and by dragging", async () => {
    const { page, context, errors } = await openPage(site, "/lesson.html");
    const figure = await figureOf(page, "parabola");
    await press(figure, "step size η", "Home");
    expect(await sentenceOf(figure)).toContain("from one side");
    await figure.getByRole("button", { name: "Set η to 2/λ" }).click();
    expect(await sentenceOf(figure)).toMatch(/2\/η = 2 is equal to λ.*1 − ηλ = −1\..*for ever/);
    await press(figure, "step size η", "ArrowRight");
    expect(await sentenceOf(figure)).toMatch(/is below λ.*longer than the last/);
    expect(await figure.getByLabel("step size η").getAttribute("aria-valuetext")).toBe("1.01");

    await figure.getByRole("button", { name: "To the start" }).click();
    await drag(page, figure, -0.2);
    expect(await sentenceOf(figure)).toMatch(/After 0 steps the distance is 1\.[0-9]+\.$/);
    await figure.getByRole("button", { name: "One step" }).click();
    expect(await sentenceOf(figure)).toContain("After 1 step the distance");
    const paused = pressWhen(figure, /After 3 steps/, "Pause");
    await figure.getByRole("button", { name: "Play" }).click();
    await paused;
    expect(await sentenceOf(figure)).toContain("After 3 steps");
    // The same words are heard, once they have come to rest.
    await page.waitForFunction(
      (node) => node?.textContent === node?.previousElementSibling?.textContent,
      await figure.getByRole("status").elementHandle(),
    );
    expect(errors).toEqual([]);
    await context.close();
  });

  it("valley: it ends where the sharpness is below 2/η, or leaves every bound", async () => {
    const { page, context, errors } = await openPage(site, "/lesson.html");
    const figure = await figureOf(page, "valley");
    await press(figure, "steps", "End");
    expect(await sentenceOf(figure)).toMatch(
      /at the start is [\d.]+, above 2\/η\. After 60 steps the sharpness is [\d.]+, below 2\/η/,
    );
    await press(figure, "start a", "End");
    await press(figure, "start b", "End");
    await press(figure, "step size η", "End");
    expect(await sentenceOf(figure)).toContain("leave every bound");
    await drag(page, figure, 0.1);
    expect(await sentenceOf(figure)).not.toContain("leave every bound");
    expect(errors).toEqual([]);
    await context.close();
  });

  it("edge: a large η stays at its 2/η, a small one never gets there", async () => {
    const { page, context, errors } = await openPage(site, "/lesson.html");
    const figure = await figureOf(page, "edge");
    await figure.getByRole("button", { name: "Train" }).click();
    await ended(page, "edge");
    const words = (await sentenceOf(figure))!;
    const relative = [...words.matchAll(/([\d.]+) times 2\/η/g)].map(([, text]) => Number(text));
    expect(relative).toHaveLength(3);
    expect(relative[0]).toBeLessThan(0.8);
    for (const value of relative.slice(1)) expect(Math.abs(value - 1)).toBeLessThan(0.15);
    await figure.getByRole("button", { name: "Start again" }).click();
    expect(await sentenceOf(figure)).toBe("Nothing has been trained yet.");
    expect(errors).toEqual([]);
    await context.close();
  });

  it("cloud: the smaller the batch, the sharper on average, and never below the whole", async () => {
    const { page, context, errors } = await openPage(site, "/lesson.html");
    const figure = await figureOf(page, "cloud");
    await says(figure, /b = 64: from/);
    await press(figure, "after steps", "ArrowRight");
    await says(figure, /After 500 of .*b = 64: from/);
    const words = (await sentenceOf(figure))!;
    const times = [...words.matchAll(/([\d.]+) times FullBS/g)].map(([, text]) => Number(text));
    expect(times).toHaveLength(4);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(times.at(-1)).toBeGreaterThan(1);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("batches: every batch size is at the same step, with what is at 2/η", async () => {
    const { page, context, errors } = await openPage(site, "/lesson.html");
    const figure = await figureOf(page, "batches");
    await figure.getByRole("button", { name: "To the next measurement" }).click();
    await says(figure, /At step 50, /);
    for (const size of ["4", "16", "64", "all"]) {
      expect(await sentenceOf(figure)).toMatch(
        new RegExp(`b = ${size}: MiniBS [\\d.]+, batch sharpness [\\d.]+, FullBS [\\d.]+; at 2/η`),
      );
    }
    expect(errors).toEqual([]);
    await context.close();
  });

  it("changes: η is doubled and b taken four times while it trains, and the overshoot is named", async () => {
    const { page, context, errors } = await openPage(site, "/lesson.html");
    const figure = await figureOf(page, "changes");
    expect(await figure.getByRole("button", { name: "Double η" }).isDisabled()).toBe(true);
    await figure.getByRole("button", { name: "Train" }).click();
    await pressWhen(figure, /Step (?:[2-9]\d\d|\d{4}), η = 0\.1, b = 16/, "Double η");
    const doubled = /η = 0\.2.*2\/η = 10\. At step \d+: η 0\.1 → 0\.2\..*times as much/;
    await pressWhen(figure, doubled, "Four times b");
    await says(figure, /b = 64.*b 16 → 64/);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("noise: three runs side by side", async () => {
    const { page, context, errors } = await openPage(site, "/lesson.html");
    const figure = await figureOf(page, "noise");
    await figure.getByRole("button", { name: "To the next measurement" }).click();
    await says(figure, /FullBS at step 50, .*SGD, b = 16: .*noise.*exact gradients: /);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("results: each scale, batch size by batch size", async () => {
    const { page, context, errors } = await openPage(site, "/lesson.html");
    const figure = await figureOf(page, "results");
    for (const scale of ["digits", "small, CIFAR-10", "the paper's, CIFAR-10"]) {
      await figure.getByLabel("scale", { exact: true }).selectOption({ label: scale });
      expect(await sentenceOf(figure)).toMatch(
        new RegExp(`^Scale ${scale} \\(.+\\), b = 4\\. In units of 2/η: MiniBS [\\d.]+`),
      );
      await press(figure, "batch size b", "End");
      expect(await sentenceOf(figure)).not.toContain("b = 4.");
    }
    expect(errors).toEqual([]);
    await context.close();
  });

  it("does not move by itself for those who want less motion", async () => {
    const { page, context } = await openPage(site, "/lesson.html", { reducedMotion: "reduce" });
    for (const scene of ["parabola", "valley"]) {
      const figure = await figureOf(page, scene);
      expect(await figure.getByRole("button", { name: "Play" }).count()).toBe(0);
      await figure.getByRole("button", { name: "One step" }).click();
    }
    await context.close();
  });

  it("fits a phone, with controls that a finger can hit", async () => {
    const { page, context } = await openPage(site, "/lesson.html", PHONE);
    for (const scene of SCENES) {
      const figure = await figureOf(page, scene);
      const heights = await figure
        .locator(":is(button, input, select)")
        .evaluateAll((nodes) => nodes.map((node) => node.getBoundingClientRect().height));
      expect(Math.min(...heights)).toBeGreaterThanOrEqual(40);
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(PHONE.viewport.width);
    await context.close();
  });
});

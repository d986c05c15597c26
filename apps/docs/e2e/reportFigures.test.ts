import { readFileSync } from "node:fs";
import { renderReport } from "@eoss/report";
import { withError } from "@eoss/run";
import { errorOf } from "@eoss/sharpness";
import type { Browser, Download, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { syntheticRun } from "../../../packages/run/src/syntheticRun.fixture.js";
import { hasChromium, launch } from "./site.js";

const run = syntheticRun({ steps: 2000, every: 100 });
const report = renderReport([run]);
const records = (quantity: string) => run.records.filter((record) => record.quantity === quantity);

/** What the page should say of a record. */
const textOf = (quantity: string, step: number) => {
  const record = records(quantity).find((one) => one.step === step)!;
  return `step ${step.toLocaleString("en-US")}: ${withError(record.value!, errorOf(record) ?? Number.NaN)}`;
};

describe.runIf(hasChromium)("figures of a report in Chromium", () => {
  let browser: Browser;
  let page: Page;
  let figure: Locator;
  const errors: string[] = [];

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  const open = async (options: Parameters<Browser["newPage"]>[0] = {}) => {
    page = await browser.newPage({ viewport: { width: 1000, height: 900 }, ...options });
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => errors.push(message.text()));
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url())) errors.push(request.url());
    });
    await page.setContent(report);
    figure = page.locator(".wide svg").first();
  };
  beforeEach(() => open());
  afterEach(async () => {
    await page.close();
    expect(errors.splice(0)).toEqual([]);
  });

  const tip = () => page.locator(".tip:visible span").allTextContents();
  const labels = (axis: "x" | "y") =>
    figure
      .locator(`[aria-label="${axis}-axis tick label"]`)
      .first()
      .locator("text")
      .allTextContents();
  /** The k-th vertex of a line, in pixels of the window. */
  const vertex = (label: string, k: number) =>
    figure.evaluate(
      (svg: SVGSVGElement, [name, index]) => {
        const path = svg.querySelector(`path[aria-label="${name}"]`)!;
        const numbers = path
          .getAttribute("d")!
          .match(/-?[\d.]+/g)!
          .map(Number);
        const at = new DOMPoint(numbers[2 * index]!, numbers[2 * index + 1]!);
        const { x, y } = at.matrixTransform(svg.getScreenCTM()!);
        return { x, y };
      },
      [label, k] as const,
    );
  const FULL = "full-batch sharpness (FullBS)";
  const hover = async (label: string, k: number) => {
    const { x, y } = await vertex(label, k);
    await page.mouse.move(x, y);
  };
  const drag = async (from: { x: number; y: number }, to: { x: number; y: number }) => {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 3 });
    await page.mouse.up();
  };

  it("what is folded unfolds, and is open on paper", async () => {
    const settings = page.locator("dl").first();
    // Chromium says of what is folded that it is not visible only by this.
    const isShown = () => settings.evaluate((list) => list.checkVisibility());
    expect(await isShown()).toBe(false);
    await page.emulateMedia({ media: "print" });
    expect(await isShown()).toBe(true);
    await page.emulateMedia({ media: "screen" });
    await page.getByText("Settings and environment").click();
    expect(await isShown()).toBe(true);
  });

  it("name the point under the mouse with its error and what it measures", async () => {
    for (const [label, quantity] of [
      [FULL, "fullbs"],
      ["mini-batch sharpness (MiniBS)", "minibs"],
    ] as const) {
      await hover(label, 10);
      expect(await tip()).toEqual([label, textOf(quantity, 1000), "sharpness (loss / parameter²)"]);
    }
    await page.mouse.move(1, 1);
    expect(await tip()).toEqual([]);
  });

  it("name every point for the keyboard, line by line", async () => {
    await figure.focus();
    await page.keyboard.press("ArrowRight");
    for (const { step } of records("minibs")) {
      expect((await tip())[1]).toBe(textOf("minibs", step));
      await page.keyboard.press("ArrowRight");
    }
    await page.keyboard.press("ArrowDown");
    expect((await tip()).slice(0, 2)).toEqual([FULL, textOf("fullbs", 2000)]);
    await page.keyboard.press("ArrowLeft");
    expect((await tip())[1]).toBe(textOf("fullbs", 1900));
  });

  it("zoom where one drags, with the same numbers at new places, and back", async () => {
    await page.mouse.move(1, 1);
    const before = await figure.innerHTML();
    const [from, to] = [await vertex(FULL, 10), await vertex(FULL, 15)];
    await drag({ x: from.x - 5, y: from.y - 40 }, { x: to.x + 5, y: to.y + 40 });
    expect((await labels("x")).map((text) => Number(text.replace(",", "")))).toSatisfy(
      (steps: number[]) => steps.every((step) => step >= 900 && step <= 1600) && steps.length > 1,
    );
    for (const k of [11, 14]) {
      await hover(FULL, k);
      expect((await tip())[1]).toBe(textOf("fullbs", 100 * k));
    }
    const cloud = figure.locator('path[aria-label^="single batches"]');
    expect(await cloud.getAttribute("clip-path")).toContain("url(#");
    // A tick of the new axis and a point at the same step stand one above the other.
    const ticks = figure.locator('[aria-label="x-axis tick label"] text');
    const at = (await labels("x")).indexOf("1,200");
    const tick = (await ticks.nth(at).boundingBox())!;
    expect(Math.abs(tick.x + tick.width / 2 - (await vertex(FULL, 12)).x)).toBeLessThan(1);
    await page.getByRole("button", { name: "Show the whole figure" }).first().click();
    expect(await figure.innerHTML()).toBe(before);
    await figure.focus();
    await page.keyboard.press("+");
    expect(await figure.innerHTML()).not.toBe(before);
    await page.keyboard.press("Escape");
    expect(await figure.innerHTML()).toBe(before);
  });

  it("keep their titles beside the frame, and all else within it, where they are zoomed", async () => {
    const other = [syntheticRun({ steps: 2000, every: 100, batchSize: 64 }), run];
    await page.setContent(renderReport(other));
    figure = page.locator(".panels svg").first();
    const texts = () =>
      figure.evaluate((svg: SVGSVGElement) =>
        [...svg.querySelectorAll('[aria-description="beside the frame"] text')].map((text) => {
          const { left, top } = text.getBoundingClientRect();
          return [text.textContent, Math.round(left), Math.round(top)];
        }),
      );
    const before = await texts();
    expect(before.map(([text]) => text)).toContain("↑ sharpness in units of 2/η");
    await figure.focus();
    await page.keyboard.press("+");
    expect(await texts()).toEqual(before);
    const free = await figure.evaluate(
      (svg: SVGSVGElement) =>
        [...svg.children].filter(
          (part) =>
            part.tagName !== "clipPath" &&
            !part.hasAttribute("clip-path") &&
            !/^[xy]-(axis|grid)/.test(part.getAttribute("aria-label") ?? "") &&
            part.getAttribute("aria-description") !== "beside the frame",
        ).length,
    );
    expect(free).toBe(0);
  });

  const downloaded = async (kind: string) => {
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: kind }).first().click();
    const download: Download = await waiting;
    return { name: download.suggestedFilename(), content: readFileSync(await download.path()) };
  };

  it("are files: SVG and PNG that stand alone, and every number as CSV", async () => {
    const svg = await downloaded("as SVG");
    expect(svg.name).toMatch(/^sharpness-against-training-steps-.*\.svg$/);
    const text = svg.content.toString();
    expect(text).not.toMatch(/var\(|data-figure|tabindex/);
    for (const name of [FULL, "batch sharpness", "2/η"]) expect(text).toContain(name);
    const png = await downloaded("as PNG");
    expect(png.content.subarray(1, 4).toString()).toBe("PNG");
    expect(png.content.readUInt32BE(16)).toBe(2 * 820);
    const csv = (await downloaded("numbers")).content.toString().trimEnd().split("\n");
    const drawn = ["minibs", "fullbs", "batch-sharpness"].flatMap(records);
    expect(csv).toHaveLength(1 + drawn.length);
    for (const [i, line] of csv.slice(1).entries()) {
      const [step, , value, error] = line.split(",").slice(-4);
      expect(Number(step)).toBe(drawn[i]!.step);
      const text = withError(drawn[i]!.value!, errorOf(drawn[i]!) ?? Number.NaN);
      expect(withError(Number(value), error === "" ? Number.NaN : Number(error))).toBe(text);
    }
  });

  it("are whole without a script, and of the theme in a file", async () => {
    await page.close();
    await open({ colorScheme: "dark" });
    expect((await downloaded("as SVG")).content.toString()).toContain('fill="#15181c"');
    await page.close();
    await open({ javaScriptEnabled: false });
    expect(await page.locator(".tools, .tip").count()).toBe(0);
    expect(await page.locator("figure svg:visible").count()).toBeGreaterThan(1);
  });
});

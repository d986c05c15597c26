import { renderSweepReport, type SweepNumbers } from "@eoss/experiments";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasChromium, launch } from "./site.js";

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(1)>" onmouseover="alert(1)`;

type Run = SweepNumbers["runs"][number];

/** A run of a sweep whose MiniBS settled at a multiple of the threshold, or did not settle. */
function run(name: string, batch: number | string, lr: number, minibs?: number): Run {
  const reading = { value: minibs!, standardError: 0.01, errorBound: 0, margin: 0.02 };
  return {
    name,
    settings: { batch, lr, model: HOSTILE },
    state: "done",
    step: 100,
    reason: HOSTILE,
    samples: 1536,
    batchSize: typeof batch === "number" ? batch : 1536,
    learningRate: lr,
    threshold: "2/η",
    plateaus: {},
    relative: minibs === undefined ? {} : { minibs: reading },
  } as Run;
}

const sweep: SweepNumbers = {
  directory: HOSTILE,
  varied: ["batch", "lr", "model"],
  common: { data: "digits", [HOSTILE]: HOSTILE },
  runs: [
    run("b16", 16, 0.2, 1.2),
    run("b128", 128, 0.2, 0.95),
    run("b4", 4, 0.2, 10.5),
    run("b128-fast", 128, 0.4),
    run("full", "full", 0.4, 0.9),
    run(HOSTILE, 4, 0.4, 9.5),
  ],
  curves: {},
};

describe.runIf(hasChromium)("the table of a sweep's report in Chromium", () => {
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    page = await browser.newPage();
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => errors.push(message.text()));
    page.on("request", ({ url }) => url().startsWith("data:") || errors.push(url()));
    page.on("dialog", (dialog) => {
      errors.push(`a script of the run says ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.setContent(renderSweepReport(sweep));
  });

  afterEach(async () => {
    await page.close();
    expect(errors.splice(0)).toEqual([]);
  });

  const shown = () => page.locator("#runs tbody tr:visible th").allTextContents();
  const status = () => page.getByRole("status").textContent();
  /** Once sorted, a head has an arrow behind its name. */
  const sortBy = (name: string) =>
    page.getByRole("button", { name: new RegExp(`^${name}\\W*$`) }).click();

  it("sorts numbers as numbers, both ways, with what has none last", async () => {
    await sortBy("MiniBS");
    expect(await shown()).toEqual(["full", "b128", "b16", HOSTILE, "b4", "b128-fast"]);
    await sortBy("MiniBS");
    expect(await shown()).toEqual(["b4", HOSTILE, "b16", "b128", "full", "b128-fast"]);
    const head = page.getByRole("columnheader", { name: "MiniBS" });
    expect(await head.getAttribute("aria-sort")).toBe("descending");
  });

  it("sorts batch sizes, with words behind, and keeps the order of what is alike", async () => {
    await sortBy("batch");
    expect(await shown()).toEqual(["b4", HOSTILE, "b16", "b128", "b128-fast", "full"]);
    await sortBy("lr");
    expect(await shown()).toEqual(["b16", "b128", "b4", "b128-fast", "full", HOSTILE]);
  });

  it("filters by settings and by words, and says how many are left", async () => {
    expect(await status()).toBe("6 of 6 runs");
    await page.getByLabel("batch").selectOption("128");
    expect(await shown()).toEqual(["b128", "b128-fast"]);
    expect(await status()).toBe("2 of 6 runs");
    await page.getByLabel("lr").selectOption("0.4");
    expect(await shown()).toEqual(["b128-fast"]);
    await page.getByLabel("batch").selectOption("all");
    await page.getByLabel("Filter", { exact: true }).fill("FULL");
    expect(await shown()).toEqual(["full"]);
    await page.getByLabel("Filter", { exact: true }).fill("nothing");
    expect(await status()).toBe("0 of 6 runs");
  });

  it("has the texts of runs as texts, and runs its own script alone", async () => {
    await page.getByText(HOSTILE).first().hover();
    expect(await page.locator("script").count()).toBe(2);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("#runs tbody tr").last().locator("th a").getAttribute("href")).toBe(
      `runs/${encodeURIComponent(HOSTILE)}/report.html`,
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PlaygroundPage } from "./playgroundPage.js";
import { hasChromium, openPage, openSite, type Site } from "./site.js";

const WIDTH = 390;
const FINGER = 40;

describe.runIf(hasChromium)("the playground on a phone", () => {
  let site: Site;

  beforeAll(async () => {
    site = await openSite();
  });

  afterAll(() => site?.close());

  it("has all of it within the page, large enough for a finger, and the run at hand", async () => {
    const { page, errors, context } = await openPage(site, "/playground.html", {
      viewport: { width: WIDTH, height: 844 },
      isMobile: true,
      hasTouch: true,
    });
    const playground = await new PlaygroundPage(page).ready();
    await playground.button("Smaller batches, flatter minima").click();
    await playground.steps(60);
    await page.getByText("Settings of the run").click();

    const found = await page.evaluate(
      ([width, finger]) => {
        const boxes = (selector: string) =>
          [...document.querySelectorAll<HTMLElement>(`.playground ${selector}`)]
            .map((node) => ({ node, box: node.getBoundingClientRect() }))
            .filter(({ node, box }) => box.width > 1 && getComputedStyle(node).opacity !== "0");
        const nameOf = ({ node, box }: { node: HTMLElement; box: DOMRect }) =>
          `${node.tagName} ${node.textContent?.slice(0, 24)} ${Math.round(box.width)} × ${Math.round(box.height)}`;
        const outside = ({ box }: { box: DOMRect }) => box.left < 0 || box.right > width;
        // The presets are a row to be swiped.
        const controls = boxes(":is(button, .button, select, input, summary):not(.presets *)");
        return {
          wide: document.documentElement.scrollWidth,
          small: controls.filter(({ box }) => box.height < finger).map(nameOf),
          outside: [...controls, ...boxes(":is(figure, canvas, fieldset)")]
            .filter(outside)
            .map(nameOf),
        };
      },
      [WIDTH, FINGER] as const,
    );
    expect(found).toEqual({ wide: WIDTH, small: [], outside: [] });

    await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2));
    const covered = await playground.button("Pause").evaluate((button) => {
      const { x, y, width, height } = button.getBoundingClientRect();
      return document.elementFromPoint(x + width / 2, y + height / 2) !== button;
    });
    expect(covered).toBe(false);
    expect(errors).toEqual([]);
    await context.close();
  });
});

import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { type FolderRun, runsIn } from "../src/playground/run/folder.js";

/** The settings of a run that is not over while it is watched, however fast the machine. */
export const LONG_RUN =
  "data=digits&samples=512&width=32,32&lr=0.2&batch=full&steps=100000&every=20&top=4";

/** What a test does with the playground, in the words of a reader. */
export class PlaygroundPage {
  constructor(readonly page: Page) {}

  async ready(): Promise<this> {
    await this.button("Run").waitFor();
    return this;
  }

  button(name: string) {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** Steps that the runs have made. */
  async counts(): Promise<number[]> {
    const text = (await this.page.locator(".playground .steps").textContent())!;
    return [...text.split(" of ")[0]!.matchAll(/[\d,]+/g)].map(([number]) =>
      Number(number.replaceAll(",", "")),
    );
  }

  /** Waits until the runs have made so many steps each. */
  async steps(count: number): Promise<void> {
    await this.page.waitForFunction((wanted) => {
      const text = document.querySelector(".playground .steps")?.textContent ?? "";
      const made = [...(text.split(" of ")[0] ?? "").matchAll(/[\d,]+/g)];
      const numbers = made.map(([number]) => Number(number.replaceAll(",", "")));
      return numbers.length > 0 && numbers.every((number) => number >= wanted);
    }, count);
  }

  async status(text: string): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => document.querySelector(".playground .status")?.textContent === wanted,
      text,
    );
  }

  /** Colours, other than that of the grid, with which each visible chart is drawn. */
  colours(): Promise<number[]> {
    return this.page.evaluate(() =>
      [
        ...document.querySelectorAll<HTMLCanvasElement>(".playground figure:not([hidden]) canvas"),
      ].map((canvas) => {
        const { width, height } = canvas;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
        const seen = new Set<number>();
        for (let i = 0; i < data.length; i += 4) {
          const [r, g, b, a] = data.slice(i, i + 4) as unknown as [number, number, number, number];
          // What is grey is axes and grid.
          if (a > 200 && Math.max(r, g, b) - Math.min(r, g, b) > 60)
            seen.add((r << 16) | (g << 8) | b);
        }
        return seen.size;
      }),
    );
  }

  async exported(): Promise<FolderRun[]> {
    const [download] = await Promise.all([
      this.page.waitForEvent("download"),
      this.button("Export").click(),
    ]);
    return runsIn({ "eoss-run.zip": new Uint8Array(readFileSync(await download.path())) });
  }

  async setRate(rate: number): Promise<void> {
    const input = this.page.getByLabel("step size η", { exact: true });
    await input.fill(String(rate));
    await input.press("Enter");
  }
}

/** Records without the time that they took. */
export function untimed({ records }: FolderRun) {
  return records.map((record) => ({ ...record, seconds: 0 }));
}

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, describe, expect, it } from "vitest";
import { addFigures, type FigureFlags, writeAskedFigures } from "./figuresOption.js";

const root = mkdtempSync(join(tmpdir(), "eoss-option-"));
afterAll(() => rmSync(root, { recursive: true }));

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="WIDTH" height="20"></svg>';

/** What a command with these words does: whether its work began, and at how many pixels it drew. */
async function ran(...words: string[]) {
  const widths: number[] = [];
  let began = false;
  const command = addFigures(new Command("x").exitOverride().configureOutput({ writeErr() {} }));
  command.action(async (flags: FigureFlags) => {
    began = true;
    await writeAskedFigures((width) => {
      widths.push(width);
      return [{ name: "a", svg: SVG.replace("WIDTH", String(width)), rows: [{ step: 1 }] }];
    }, flags);
  });
  const error = await command.parseAsync(words, { from: "user" }).then(
    () => undefined,
    ({ message }: Error) => message,
  );
  return { began, widths, error };
}

describe("--figures", () => {
  it("draws nothing unless it is asked for", async () => {
    expect(await ran()).toEqual({ began: true, widths: [], error: undefined });
  });

  it("writes each figure in its size", async () => {
    const out = join(root, "a", "b");
    const { widths } = await ran("--figures", out, "--figure-width", "3.25", "--font-size", "8");
    expect(widths).toEqual([(12 * 72 * 3.25) / 8]);
    expect(readdirSync(out).sort()).toEqual(["a.csv", "a.pdf", "a.png", "a.svg"]);
  });

  it("refuses sizes and folders before the work begins", async () => {
    const out = join(root, "c");
    const small = await ran("--figures", out, "--font-size", "2");
    expect(small).toMatchObject({
      began: false,
      error: expect.stringContaining("allowed: 4 to 24"),
    });
    expect((await ran("--figures", out, "--figure-width", "wide")).error).toContain("a number");
    expect(existsSync(out)).toBe(false);
    writeFileSync(out, "");
    expect((await ran("--figures", out)).began).toBe(false);
  });
});

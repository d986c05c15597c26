import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { codeBlocks, runProgram } from "./programs.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The JavaScript blocks of a README, each a program of its own. */
function programsOf(readme: string): { line: number; code: string }[] {
  const text = existsSync(readme) ? readFileSync(readme, "utf8") : "";
  return codeBlocks(text).filter(({ language }) => language === "js");
}

const packages = readdirSync(`${root}packages`).map((name) => ({
  name,
  folder: `${root}packages/${name}/`,
}));

describe.each(packages)("packages/$name/README.md", ({ folder }) => {
  it("exists", () => {
    expect(existsSync(`${folder}README.md`)).toBe(true);
  });

  const programs = programsOf(`${folder}README.md`);
  it.skipIf(programs.length === 0).each(programs)(
    "the program at line $line runs",
    async ({ code, line }) => {
      // Beside the package's own node_modules, so that it resolves what a user of the package has.
      const { code: exit, output } = await runProgram(
        code,
        folder,
        `.readme-${process.pid}-${line}.mjs`,
      );
      expect({ exit, output }).toEqual({ exit: 0, output });
    },
  );
});

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { codeBlocks, runProgram } from "./programs.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };

/** The programs of a README, each for itself; types are left out. */
function programsOf(readme: string): { line: number; code: string }[] {
  const text = existsSync(readme) ? readFileSync(readme, "utf8") : "";
  return codeBlocks(text)
    .filter(({ language, attributes }) => /^[jt]s$/.test(language) && !/^no-run/.test(attributes))
    .map(({ language, code, line }) => ({
      line,
      code: language === "js" ? code : ts.transpileModule(code, { compilerOptions }).outputText,
    }));
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

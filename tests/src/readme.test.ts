import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The JavaScript blocks of a README, each a program of its own. */
function blocks(readme: string): string[] {
  const text = existsSync(readme) ? readFileSync(readme, "utf8") : "";
  return [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code!);
}

const packages = readdirSync(`${root}packages`).map((name) => ({
  name,
  folder: `${root}packages/${name}/`,
}));

describe.each(packages)("packages/$name/README.md", ({ folder }) => {
  it("exists", () => {
    expect(existsSync(`${folder}README.md`)).toBe(true);
  });

  const programs = blocks(`${folder}README.md`).map((code, index) => ({ code, number: index + 1 }));
  it.skipIf(programs.length === 0).each(programs)("program $number runs", ({ code, number }) => {
    // Beside the package's own node_modules, so that it resolves what a user of the package has.
    const file = `${folder}.readme-${process.pid}-${number}.mjs`;
    writeFileSync(file, code);
    try {
      execFileSync(process.execPath, [file], { cwd: folder, timeout: 60_000, stdio: "pipe" });
    } finally {
      rmSync(file);
    }
  });
});

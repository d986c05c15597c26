import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

const lanes = new URL("../../scripts/lanes.mjs", import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), "eoss-lanes-"));
afterAll(() => rmSync(folder, { recursive: true }));

const node = (code: string) => `"${process.execPath}" -e "${code}"`;

/** What `inLanes` returns for some commands, and what it prints. */
function inLanes(commands: Record<string, string>): Promise<{ failed: string[]; printed: string }> {
  const jobs = Object.entries(commands).map(([name, command]) => ({ name, command, folder }));
  const program = join(folder, "program.mjs");
  writeFileSync(
    program,
    `import { inLanes } from ${JSON.stringify(lanes)};
    console.log(JSON.stringify(await inLanes(${JSON.stringify(jobs)})));`,
  );
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program], (error, stdout) => {
      if (error) return reject(error);
      const lines = stdout.trimEnd().split("\n");
      resolve({ failed: JSON.parse(lines.pop()!), printed: lines.join("\n") });
    });
  });
}

it("runs every command, shows what those printed that fail, and names them", async () => {
  const { failed, printed } = await inLanes({
    good: node("console.log('all is well')"),
    bad: node("console.log('this is wrong'); process.exit(3)"),
    killed: node("process.kill(process.pid, 'SIGKILL')"),
    missing: "no-such-program-is-here",
  });
  expect([...failed].sort()).toEqual(["bad", "killed", "missing"]);
  expect(printed).toMatch(/^ok {2}good \(\d+ s\)$/m);
  expect(printed).toMatch(/^FAILED {2}bad \(\d+ s\)$/m);
  expect(printed).toContain("this is wrong");
  expect(printed).not.toContain("all is well");
});

it("finds programs of the repository's own dependencies", async () => {
  expect((await inLanes({ types: "tsc --version", none: "true" })).failed).toEqual([]);
});

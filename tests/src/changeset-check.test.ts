import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("../../scripts/changeset-check.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "eoss-changesets-"));

const git = (...words: string[]) => {
  const author = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
  execFileSync("git", [...author, ...words], { cwd: folder, stdio: "pipe" });
};
const write = (file: string, text: string) => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
};
const check = () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, folder], {
    encoding: "utf8",
  });
  return { status, text: stdout + stderr };
};

beforeAll(() => {
  git("init", "--quiet", "--initial-branch=main");
  write(".changeset/config.json", '{ "baseBranch": "main" }');
  write("packages/one/package.json", '{ "name": "@eoss/one" }');
  write("packages/one/src/index.ts", "export const value = 1;\n");
  git("add", "--all");
  git("commit", "--quiet", "--message", "first");
  git("checkout", "--quiet", "-b", "topic");
});
beforeEach(() => {
  git("reset", "--quiet", "--hard", "main");
  git("clean", "--quiet", "--force", "-d");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the check of changesets", () => {
  it("asks for one where a published file changed, and takes it", () => {
    write("packages/one/src/index.ts", "export const value = 2;\n");
    const refused = check();
    expect(refused.status).toBe(1);
    expect(refused.text).toContain("changed since main without a changeset: packages/one");
    expect(refused.text).toContain("npx changeset");
    write(".changeset/two.md", '---\n"@eoss/other": patch\n---\n\n"@eoss/one": no name\n');
    expect(check().status).toBe(1);
    write(".changeset/two.md", '---\n"@eoss/one": patch\n---\n\nThe value is 2.\n');
    git("add", "--all");
    git("commit", "--quiet", "--message", "second");
    expect(check()).toMatchObject({ status: 0 });
  });

  it("asks for none for tests and documentation", () => {
    write("packages/one/src/index.test.ts", "// a test\n");
    write("packages/one/README.md", "# one\n");
    expect(check()).toMatchObject({ status: 0 });
  });

  it("asks for none where a new version has taken them up", () => {
    write("packages/one/package.json", '{ "name": "@eoss/one", "type": "module" }');
    expect(check()).toMatchObject({ status: 1 });
    write("packages/one/package.json", '{ "name": "@eoss/one", "version": "1.0.0" }');
    expect(check()).toMatchObject({ status: 0 });
  });

  it("says why it checks nothing where there is nothing to compare with", () => {
    write(".changeset/config.json", '{ "baseBranch": "trunk" }');
    const { status, text } = check();
    expect(status).toBe(0);
    expect(text).toContain("changesets are not checked: there is no branch trunk");
  });
});

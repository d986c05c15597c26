// Code of users that is broken, of each kind: it is refused before the first step, and what is said names the
// code and the rule. The installed command is tried on the same table by `npm run test:published`.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseTrainConfig } from "@eoss/run";
import { afterAll, describe, expect, it } from "vitest";
import { newFolders } from "../run/testRuns.fixture.js";
import { train } from "../run/train.js";

type Case = readonly [does: string, text: string, said: RegExp];
interface Kind {
  readonly cases: readonly Case[];
}
interface Table {
  readonly BROKEN: Readonly<Record<string, Kind>>;
  settingsWith(kind: Kind, file: string): Record<string, unknown>;
}
const table = new URL("../../../../scripts/broken/index.mjs", import.meta.url).href;
const { BROKEN, settingsWith } = (await import(table)) as Table;

// Inside of this package, where a file of somebody else finds what it imports.
const folder = mkdtempSync(join(process.cwd(), "broken-"));
afterAll(() => rmSync(folder, { recursive: true }));
const newFolder = newFolders("broken");
let count = 0;

describe.each(Object.entries(BROKEN))("a %s that", (_, kind) => {
  // Text that does not parse is refused by the test runner before Node sees it.
  it.each(kind.cases.filter(([does]) => does !== "is no JavaScript"))(
    "%s",
    async (_, text, said) => {
      const file = join(folder, `broken${count++}.mjs`);
      writeFileSync(file, text);
      const out = newFolder();
      const config = parseTrainConfig(settingsWith(kind, file));
      await expect(train(config, { out })).rejects.toThrow(said);
      expect(existsSync(join(out, "run.json"))).toBe(false);
    },
  );
});

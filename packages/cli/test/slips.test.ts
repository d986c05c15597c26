import { CommanderError } from "commander";
import { describe, expect, it, vi } from "vitest";
import { explain } from "../src/exit.js";
import { program } from "../src/program.js";

const TRAIN = ["train", "--data", "digits", "--batch", "8", "--steps", "4"];

async function complaintOf(name: string, words: readonly string[]): Promise<string> {
  let said = "";
  const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += text;
    return true;
  });
  try {
    await (await program([name])).parseAsync(["node", "eoss", ...words]);
  } catch (error) {
    if (!(error instanceof CommanderError)) said += explain(error).text;
  } finally {
    write.mockRestore();
  }
  return said;
}

describe("an option that is given twice", () => {
  it.each([
    ["train", [...TRAIN, "--lr", "1", "--lr", "2"], "--lr"],
    ["measure", ["measure", "run", "--at", "3", "--at", "4"], "--at"],
    ["report", ["report", "run", "--out", "a", "--out", "b"], "--out"],
  ])("is refused by %s", async (name, words, option) => {
    const said = await complaintOf(name, words);
    expect(said).toMatch(new RegExp(`'${option} .*' is given twice; give it once`));
  });

  it("but for those that are lists", async () => {
    const words = ["--lr", "-1", "--intervene", "at=1 lr=1", "--intervene", "at=2 lr=2"];
    expect(await complaintOf("train", [...TRAIN, ...words])).toContain("--lr (learning rate η)");
  });
});

it.each([
  ["EISDIR", "it is a folder: give a file"],
  ["ENOTDIR", "a part of the path is a file"],
  ["EACCES", "permission denied"],
  ["ENAMETOOLONG", "the name is too long"],
])("an error of the system about a path is one of the user's: %s", (code, words) => {
  const error = Object.assign(new Error("no"), { code, path: "here" });
  expect(explain(error)).toEqual({
    text: expect.stringContaining(`here (${code}): ${words}`),
    code: 2,
  });
});

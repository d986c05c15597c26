import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { quantities } from "@eoss/sharpness";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commands } from "../src/commands.js";

const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "eoss-completion-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a shell offers behind these words, the last of which is being typed. */
type Ask = (script: string, words: readonly string[]) => string[];

const lines = (text: string) => text.split("\n").filter((line) => line !== "");

const bash: Ask = (script, words) => {
  const code = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _eoss; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return lines(execFileSync("bash", ["-c", code, script, ...words], { encoding: "utf8" }));
};

/** Types into an interactive shell, presses the tabulator, and reads the last word that is then there. */
const zsh: Ask = (script, words) => {
  const settings = `
    PS1=
    autoload -Uz compinit && compinit -u -D
    source ${script}
    show() { print -r -- "line:$BUFFER:" }
    zle -N show
    bindkey '^X' show`;
  writeFileSync(join(folder, ".zshrc"), settings);
  const code = `
    zmodload zsh/zpty
    zpty shell zsh -i
    zpty -w -n shell "$1"$'\\t\\x18'
    zpty -r shell output '*line:*:*' && print -r -- "$output"`;
  const output = execFileSync("zsh", ["-f", "-c", code, script, words.join(" ")], {
    encoding: "utf8",
    env: { ...process.env, ZDOTDIR: folder },
    timeout: 600_000,
  });
  const line = output.match(/line:(.*?):/)?.[1] ?? "";
  return [line.trim().split(" ").at(-1)!];
};

const fish: Ask = (script, words) => {
  const code = `source ${script}; complete -C '${words.join(" ")}'`;
  const offered = execFileSync("fish", ["--no-config", "-c", code], {
    encoding: "utf8",
    cwd: folder,
    env: { ...process.env, HOME: folder },
  });
  return lines(offered).map((line) => line.split("\t")[0]!);
};

/** What the built program prints for a shell, in a file. */
function scriptFor(shell: string): string {
  const file = join(folder, shell);
  writeFileSync(file, execFileSync(process.execPath, [bin, "completion", shell]));
  return file;
}

const shells = [
  { shell: "bash", ask: bash },
  { shell: "fish", ask: fish },
];

describe.each(shells)("completion in $shell", ({ shell, ask }) => {
  const there = spawnSync(shell, ["--version"]).status === 0;
  let script = "";
  beforeAll(() => {
    if (there) script = scriptFor(shell);
  });
  const offered = (...typed: string[]) => ask(script, ["eoss", ...typed]).sort();

  it.skipIf(!there)("offers commands", () => {
    expect(offered("re")).toEqual(["repair", "report", "reproduce", "resume"]);
    expect(offered("")).toEqual(expect.arrayContaining(commands.map(({ name }) => name)));
    expect(offered("sweep", "c")).toEqual(["cancel", "collect"]);
    expect(offered("completion", "")).toEqual(["bash", "fish", "zsh"]);
  });

  it.skipIf(!there)("offers the flags of the command, and no others", () => {
    expect(offered("train", "--da")).toEqual([
      "--data",
      "--data-dir",
      "--data-options",
      "--data-seed",
    ]);
    expect(offered("sweep", "status", "--a")).toEqual(["--all"]);
    expect(offered("sweep", "--exec")).toEqual(["--executor"]);
    expect(offered("watch", "--da")).toEqual([]);
  });

  it.skipIf(!there)("offers the values that a flag can have", () => {
    expect(offered("train", "--sampler", "shuffled")).toEqual(["shuffled-epochs"]);
    expect(offered("train", "--lr", "0.1", "--certify", "")).toEqual(["all", "auto", "off"]);
    expect(offered("sweep", "spec.yaml", "--executor", "s")).toEqual(["slurm"]);
    expect(offered("train", "--data", "spi")).toEqual(["spirals"]);
  });

  it.skipIf(!there)("offers what is built in where other names and files can stand too", () => {
    expect(offered("train", "--model", "m")).toEqual(["mlp", "mlp-l"]);
    expect(offered("train", "--loss", "h")).toEqual(["hinge", "huber"]);
    expect(offered("train", "--help-model", "resn")).toEqual(["resnet10"]);
    expect(offered("train", "--optimizer", "heavy")).toEqual(["heavy-ball"]);
    expect(offered("reproduce", "1", "beyond-l")).toEqual(["beyond-loss"]);
    expect(offered("reproduce", "F")).toEqual(["F"]);
    expect(offered("quantities", "minib")).toEqual(["minibs"]);
  });

  it.skipIf(!there)("offers one more name behind the comma of a list", () => {
    expect(offered("measure", "runs/a", "--measure", "minib")).toEqual(["minibs"]);
    expect(offered("train", "--measure", "fullbs,los")).toEqual(["fullbs,loss"]);
    const all = offered("train", "--measure", "a,b,");
    expect(all.length).toBe(Object.keys(quantities).length);
  });
});

describe("completion in zsh", () => {
  const there = spawnSync("zsh", ["--version"]).status === 0;

  it.skipIf(!there)("completes a command, a flag and a value", () => {
    const script = scriptFor("zsh");
    const completed = (...typed: string[]) => zsh(script, ["eoss", ...typed]);
    expect(completed("repr")).toEqual(["reproduce"]);
    expect(completed("train", "--optim")).toEqual(["--optimizer"]);
    expect(completed("train", "--sampler", "shuffled")).toEqual(["shuffled-epochs"]);
    expect(completed("train", "--measure", "fullbs,minib")).toEqual(["fullbs,minibs"]);
  });
});

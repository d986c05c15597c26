import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import {
  type CodeBlock,
  codeBlocks,
  type Ended,
  runProcess,
  runProgram,
} from "../../../tests/src/programs.js";
import { checkSettingsFile } from "./checkSettingsFile.js";
import { CIFAR, provideCifar } from "./cifarFolder.js";
import { projectFolder } from "./projectFolder.js";
import { shellCommands } from "./shellLines.js";
import { withFlags } from "./withFlags.js";

const eoss = fileURLToPath(new URL("../../../packages/cli/bin/eoss.js", import.meta.url));

/** How a block may say that it ends, in the words of the command's help: exit codes. */
const ENDS: Readonly<Record<string, number>> = { fails: 1, refused: 2, diverges: 3 };

const endOf = ({ attributes }: CodeBlock) => ENDS[attributes.split(" ")[0]!] ?? 0;

/** What became of the code of a page. */
export interface PageResult {
  readonly ran: number;
  /** Each with its line and the reason. */
  readonly skipped: readonly string[];
  /** Each with its line and what went wrong. */
  readonly failures: readonly string[];
}

/**
 * Runs the code of a page from top to bottom in one new folder, so that what stands further down uses
 * what stands above.
 *
 * - `js`, `ts`: a program. If it begins with a comment that is a file name, it stays under that name.
 * - `sh`: `eoss ...`, `npx eoss ...` of a clone, and `node ...` run; what installs or begins with `npm`, `npx`, `git`
 *   or `cd` does not.
 * - `yaml`: a file of settings, of a sweep or a recipe, checked by what reads it; it stays likewise.
 * - `text output`: what the block above printed, line by line; `…` stands for anything.
 *
 * Behind the language may stand `no-run [reason]`; `fails`, `refused` or `diverges` where a block shall end so; and
 * `with [FLAGS]`, set in each `eoss` command: smaller settings for what would take long.
 */
export async function runPage(text: string): Promise<PageResult> {
  const folder = projectFolder();
  if (text.includes(`--data-dir ${CIFAR}`)) provideCifar(folder);
  const page = new PageRun(folder);
  try {
    for (const block of codeBlocks(text)) await page.run(block);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return page;
}

class PageRun implements PageResult {
  ran = 0;
  readonly skipped: string[] = [];
  readonly failures: string[] = [];
  /** What the block above printed. */
  #output = "";

  constructor(readonly folder: string) {}

  async run(block: CodeBlock): Promise<void> {
    const { language, line } = block;
    const reason = /^no-run(?: \[(.+)\])?/.exec(block.attributes);
    if (reason !== null) {
      if (reason[1] === undefined) this.failures.push(`line ${line}: no-run without a [reason]`);
      this.skipped.push(`line ${line}: ${reason[1]}`);
    } else if (language === "js" || language === "ts") await this.#program(block);
    else if (language === "sh") await this.#shell(block);
    else if (language === "yaml") this.#settings(block);
    else if (language === "text" && block.attributes === "output") this.#compare(block);
  }

  async #program(block: CodeBlock): Promise<void> {
    const { language, line } = block;
    const code =
      language === "js"
        ? block.code
        : ts.transpile(block.code, {
            module: ts.ModuleKind.ESNext,
            target: ts.ScriptTarget.ES2023,
          });
    const name = this.#keep(block, code, "//") ?? `block-${line}.mjs`;
    this.#ended(block, line, await runProgram(code, this.folder, name));
    this.#keep(block, code, "//");
  }

  async #shell(block: CodeBlock): Promise<void> {
    const more = /with \[(.+?)\]/.exec(block.attributes)?.[1];
    let output = "";
    for (const { text, offset } of shellCommands(block.code)) {
      const line = block.line + offset;
      const [, command, words] = /^(?:npx )?(eoss|node)\b(.*)$/.exec(text) ?? [];
      if (command === undefined) {
        if (/^(npm|npx|git|cd)\b/.test(text)) this.skipped.push(`line ${line}: by rule: ${text}`);
        else this.failures.push(`line ${line}: neither eoss, node nor an installation: ${text}`);
        continue;
      }
      const called = command === "eoss" ? `node ${eoss} ${withFlags(words!, more ?? "")}` : text;
      const ended = await runProcess("sh", ["-c", called], this.folder);
      this.#ended(block, line, ended);
      output += ended.output;
    }
    this.#output = output;
  }

  #settings(block: CodeBlock): void {
    const name = this.#keep(block, block.code, "#") ?? `block-${block.line}.yaml`;
    const file = join(this.folder, name);
    writeFileSync(file, block.code);
    this.ran += 1;
    const problem = problemOf(() => checkSettingsFile(file));
    if (endOf(block) > 0) {
      if (problem === undefined) this.failures.push(`line ${block.line}: nothing is wrong with it`);
    } else if (problem !== undefined) this.failures.push(`line ${block.line}: ${problem}`);
  }

  /** Keeps a block that begins with `// file.js` or `# file.yaml`. @returns the name */
  #keep({ code }: CodeBlock, content: string, comment: string): string | undefined {
    const name = new RegExp(`^${comment} ([\\w.-]+\\.\\w+)\\b`).exec(code)?.[1];
    if (name !== undefined) writeFileSync(join(this.folder, name), content);
    return name;
  }

  #ended(block: CodeBlock, line: number, { code, output }: Ended): void {
    this.ran += 1;
    this.#output = output;
    const expected = endOf(block);
    if (code !== expected) {
      this.failures.push(
        `line ${line}: exit code ${code}, not ${expected}:\n${output.slice(-1500)}`,
      );
    }
  }

  #compare({ code, line }: CodeBlock): void {
    let rest = squeezed(this.#output);
    for (const [offset, shown] of code.split("\n").entries()) {
      for (const piece of squeezed(shown).split("…")) {
        const at = rest.indexOf(piece.trim());
        if (at < 0) {
          this.failures.push(
            `line ${line + offset}: not printed: ${piece}\nbut: ${rest.slice(0, 500)}`,
          );
          return;
        }
        rest = rest.slice(at + piece.trim().length);
      }
    }
  }
}

function problemOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** With single spaces: where lines are broken and columns stand does not matter. */
const squeezed = (text: string) => text.replaceAll(/\s+/g, " ").trim();

import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** A fenced block of a Markdown text. */
export interface CodeBlock {
  readonly language: string;
  /** What stands behind the language on the line that opens the block. */
  readonly attributes: string;
  readonly code: string;
  /** The line of the text at which its code begins, from 1. */
  readonly line: number;
}

/** The fenced blocks of a text, in order; those of a list without its indentation. */
export function codeBlocks(text: string): CodeBlock[] {
  const fences = /^( *)```([\w-]+)([^\n]*)\n(.*?)^\1```[ ]*$/gms;
  return [...text.matchAll(fences)].map((match) => {
    const [, indent = "", language = "", attributes = "", code = ""] = match;
    return {
      language,
      attributes: attributes.trim(),
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      line: text.slice(0, match.index).split("\n").length + 1,
    };
  });
}

/** What a process printed, and how it ended. */
export interface Ended {
  readonly code: number;
  /** Of stdout and stderr. */
  readonly output: string;
}

/** Runs a JavaScript program as a file in a folder, so that it resolves what the folder has installed. */
export async function runProgram(code: string, folder: string, name: string): Promise<Ended> {
  const file = join(folder, name);
  writeFileSync(file, code);
  try {
    return await runProcess(process.execPath, [file], folder);
  } finally {
    rmSync(file);
  }
}

/**
 * Runs a process to its end. What it prints has no colours, not even where CI asks for them. It measures on one
 * thread where it does not ask for more: for a small network, starting a second takes longer than it saves.
 */
export async function runProcess(
  command: string,
  words: readonly string[],
  folder: string,
): Promise<Ended> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, words, {
      cwd: folder,
      timeout: 600_000,
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, EOSS_CORES: "1" },
      maxBuffer: 2 ** 26,
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout = "", stderr = "", message } = error as Partial<Record<string, unknown>>;
    const output = `${stdout}${stderr}`;
    return typeof code === "number" ? { code, output } : { code: 1, output: `${output}${message}` };
  }
}

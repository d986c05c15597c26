/** The examples of the doc comments: each runs, and what it says comes out. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as eigen from "./index.js";

const source = fileURLToPath(new URL(".", import.meta.url));

/** The examples of all sources: where each stands, and its program. */
const examples = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .flatMap((file) => {
    const comments = readFileSync(join(source, file), "utf8").match(/\/\*\*[\s\S]*?\*\//g) ?? [];
    return comments.flatMap((comment) => {
      const text = comment.replace(/^\s*\*\/?/gm, "").replace(/\*\/$/, "");
      const [, program] = text.match(/@example([\s\S]*?)(?=\n\s*@\w|$)/) ?? [];
      return program === undefined ? [] : [[file, program.trim()] as const];
    });
  });

/** An expression, and after it what it is: `f(2); // 4`. */
const CLAIM = /^(?!const |let |\/\/)(.*?);? *\/\/ (.*)$/gm;

/** "2 + √2" and "Float64Array [3, 1]" as programs. */
function written(text: string): unknown {
  const program = text.replace("Float64Array ", "").replace(/√\(?([\d/]+)\)?/g, "Math.sqrt($1)");
  return new Function(`return ${program}`)();
}

const plain = (value: unknown): unknown =>
  ArrayBuffer.isView(value)
    ? Array.from(value as Float64Array)
    : Array.isArray(value)
      ? value.map(plain)
      : value;

describe("examples of doc comments", () => {
  it("are many", () => expect(examples.length).toBeGreaterThan(40));

  it.each(examples)("%s: %s", (_, program) => {
    const found: [unknown, string][] = [];
    const checked = program.replace(CLAIM, (_line, expression, text) => {
      return `claim(${expression}, ${JSON.stringify(text)});`;
    });
    const names = Object.keys(eigen);
    const values = Object.values(eigen);
    const claim = (value: unknown, text: string) => found.push([plain(value), text]);
    new Function(...names, "claim", `"use strict";\n${checked}`)(...values, claim);
    expect(found).not.toEqual([]);
    for (const [value, text] of found) close(value, written(text));
  });
});

/** Numbers to five digits of what is written, arrays entry by entry. */
function close(value: unknown, wanted: unknown): void {
  if (Array.isArray(wanted)) {
    expect(value).toHaveLength(wanted.length);
    for (const [i, one] of wanted.entries()) close((value as unknown[])[i], one);
  } else if (typeof wanted === "number") {
    expect(Math.abs((value as number) - wanted)).toBeLessThanOrEqual(
      1e-5 * Math.max(1, Math.abs(wanted)),
    );
  } else expect(value).toBe(wanted);
}

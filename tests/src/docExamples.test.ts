/** The examples of the doc comments: each that says what comes out runs, and that comes out. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as data from "@eoss/data";
import * as eigen from "@eoss/eigen";
import * as hvp from "@eoss/hvp";
import * as models from "@eoss/models";
import * as noise from "@eoss/noise";
import * as rng from "@eoss/rng";
import * as sgd from "@eoss/sgd";
import * as sharpness from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import "@tensorflow/tfjs-backend-cpu";

/** Packages whose examples run, with what a reader imports, and the number that are there at the least. */
const PACKAGES = { eigen, hvp, rng, sgd, noise, models, data, sharpness: { ...sgd, ...sharpness } };
const LEAST: Readonly<Record<keyof typeof PACKAGES, number>> = {
  eigen: 41,
  hvp: 13,
  rng: 2,
  sgd: 4,
  noise: 2,
  models: 2,
  data: 8,
  sharpness: 11,
};

/** The examples of all sources of a package: where each stands, and its program. */
function examplesOf(name: string): (readonly [file: string, program: string])[] {
  const source = fileURLToPath(new URL(`../../packages/${name}/src/`, import.meta.url));
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .flatMap((file) => {
      const comments = readFileSync(join(source, file), "utf8").match(/\/\*\*[\s\S]*?\*\//g) ?? [];
      return comments.flatMap((comment) => {
        const text = comment.replace(/^\s*\*(?!\/) ?/gm, "").replace(/\s*\*\/$/, "");
        const [, program] = text.match(/@example([\s\S]*?)(?=\n\s*@\w|$)/) ?? [];
        return program === undefined ? [] : [[file, program.trim()] as const];
      });
    });
}

/** An expression at the beginning of a line, and after it what it is: `f(2); // 4`. */
const CLAIM = /^(?!const |let |for |await |console|export |\/\/|\s)(.*?);? *\/\/ (.*)$/gm;

/** "2 + √2" and "Float64Array [3, 1]" as programs. */
function written(text: string): unknown {
  const program = text
    .replace(/(Float(64|32)|Int32)Array /g, "")
    .replace(/√\(?([\d/]+)\)?/g, "Math.sqrt($1)");
  return new Function(`return ${program}`)();
}

const plain = (value: unknown): unknown =>
  ArrayBuffer.isView(value)
    ? Array.from(value as Float64Array)
    : Array.isArray(value)
      ? value.map(plain)
      : value;

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe.each(Object.entries(PACKAGES))("examples of %s", (name, exports) => {
  const all = examplesOf(name);
  // A definition of a plug-in, or what needs the network, says nothing that could be compared.
  const claiming = all.filter(([, program]) => new RegExp(CLAIM).test(program));

  it("are there", () => {
    expect(claiming.length).toBeGreaterThanOrEqual(LEAST[name as keyof typeof LEAST]);
    if (name === "eigen") expect(claiming).toHaveLength(all.length);
  });

  it.each(claiming)("%s: %s", (_, program) => {
    const found: [unknown, string][] = [];
    const checked = program.replace(CLAIM, (_line, expression, text) => {
      return `claim(${expression}, ${JSON.stringify(text)});`;
    });
    const known = { ...exports, tf };
    const claim = (value: unknown, text: string) => found.push([plain(value), text]);
    new Function(...Object.keys(known), "claim", `"use strict";\n${checked}`)(
      ...Object.values(known),
      claim,
    );
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

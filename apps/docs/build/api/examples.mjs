// Examples: from the comments of the sources, and from the READMEs, whose programs are run.
import { readFileSync } from "node:fs";
import { fence } from "../markdown.mjs";
import { tagged } from "./comments.mjs";

const BLOCK = /^```(?:ts|js)\n([\s\S]*?)^```$/gm;

/** What a README says about exports: the place where each is named first, and the shortest program with it. */
export function readmeOf(file) {
  const text = readFileSync(file, "utf8");
  const programs = [...text.matchAll(BLOCK)]
    .map(([, program]) => program.trim())
    .sort((a, b) => a.length - b.length);
  const named = (name) => new RegExp(`(?<![\\w./@-])${name}(?![\\w/-])`);
  return {
    place(name) {
      const place = text.search(named(name));
      return place === -1 ? Number.POSITIVE_INFINITY : place;
    },
    program: (name) => programs.find((program) => imports(program, name)),
  };
}

/** An example of an export: that of its comment, or a program of the README. */
export function exampleOf(reflection, comment, readme) {
  const [written] = tagged(comment, "@example");
  if (written !== undefined) return written.startsWith("```") ? written : fence(written);
  const program = readme.program(reflection.name);
  return program && fence(program);
}

function imports(program, name) {
  return [...program.matchAll(/import\s*\{([^}]*)\}\s*from\s*"@eoss\//g)].some(([, names]) =>
    names.split(",").some((one) => one.trim().replace(/^type /, "") === name),
  );
}

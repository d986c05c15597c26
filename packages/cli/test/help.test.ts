import type { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";
import { commands } from "../src/commands.js";
import { program } from "../src/program.js";

const SECTIONS = [
  "NAME",
  "SYNOPSIS",
  "DESCRIPTION",
  "COMMANDS",
  "ARGUMENTS",
  "OPTIONS",
  "EXAMPLES",
  "EXIT CODES",
  "FILES",
  "ENVIRONMENT",
  "SEE ALSO",
];

/** A page cut at its headings. */
function sectionsOf(page: string): Map<string, string> {
  const parts = page.split(/^(?=[A-Z])/m).map((part): [string, string] => {
    const end = part.indexOf("\n");
    return [part.slice(0, end), part.slice(end + 1)];
  });
  return new Map(parts);
}

/** A command and all below it, with what one types for them. */
function family(command: Command, name: string): Array<[string, Command]> {
  const below = command.commands.flatMap((part) => family(part, `${name} ${part.name()}`));
  return [[name, command], ...below];
}

const pages = new Map<string, Command>();

beforeAll(async () => {
  pages.set("eoss", await program([]));
  for (const { name } of commands) {
    const root = await program([name]);
    const command = root.commands.find((part) => part.name() === name)!;
    for (const [path, part] of family(command, `eoss ${name}`)) pages.set(path, part);
  }
});

describe.each(["eoss", ...commands.map(({ name }) => `eoss ${name}`)])("%s --help", (root) => {
  const members = () => [...pages].filter(([path]) => path === root || path.startsWith(`${root} `));
  const each = (check: (path: string, command: Command, sections: Map<string, string>) => void) => {
    const shown = root === "eoss" ? [["eoss", pages.get("eoss")!] as const] : members();
    for (const [path, command] of shown) {
      check(path, command, sectionsOf(command.helpInformation()));
    }
  };

  it("has the sections of a manual page, in their order", () => {
    each((path, _, sections) => {
      const order = [...sections.keys()];
      expect(order, path).toEqual(SECTIONS.filter((title) => sections.has(title)));
      const always = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT CODES"];
      expect(order, path).toEqual(expect.arrayContaining([...always, "SEE ALSO"]));
      expect(sections.get("NAME"), path).toMatch(new RegExp(`^  ${path} - \\S.*\n`));
      expect(sections.get("SYNOPSIS"), path).toContain(`  ${path} `);
      expect(sections.get("DESCRIPTION"), path).toMatch(/^ {2}[A-Z][\s\S]*\.\n/);
      expect(sections.get("EXIT CODES"), path).toMatch(/0 .*\n {2}1 .*\n {2}2 /);
    });
  });

  it("fits 80 columns and has no colours where there is no terminal", () => {
    each((path, command) => {
      const page = command.helpInformation();
      const long = page.split("\n").filter((line) => [...line].length > 80);
      expect(long, path).toEqual([]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(page, path).not.toMatch(/\u001b/);
    });
  });

  it("names in examples and below SEE ALSO only what there is", () => {
    each((path, _, sections) => {
      const examples = sections.get("EXAMPLES")!.replace(/\\\n\s+/g, " ");
      expect(examples, path).toContain(`  ${path}`);
      for (const line of examples.trim().split("\n")) {
        const command = called(line);
        expect(command, line).toBeDefined();
        const known = command!.createHelp().visibleOptions(command!);
        const flags = line.replace(/"[^"]*"/g, "").match(/ --[a-z-]+/g) ?? [];
        for (const flag of flags) {
          expect(
            known.map(({ long }) => long),
            line,
          ).toContain(flag.trim());
        }
      }
      for (const other of sections.get("SEE ALSO")!.trim().split(/,\s+/)) {
        expect(pages.has(other.replace(/\s+/g, " ").replace(/ --help$/, "")), other).toBe(true);
      }
    });
  });
});

/** The command that a line calls: the longest that its first words name. */
function called(line: string): Command | undefined {
  const words = line.trim().split(/\s+/);
  const names = [3, 2, 1].map((count) => words.slice(0, count).join(" "));
  return pages.get(names.find((name) => pages.has(name)) ?? "");
}

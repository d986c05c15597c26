import type { Argument, Command, Help } from "commander";
import pc from "picocolors";
import { EXIT, EXIT_MEANING, type ExitName } from "../exit.js";

/** What a manual page says beyond what commander knows of a command. */
export interface Manual {
  /** Lines as they are typed; comments in parentheses. */
  readonly examples: readonly string[];
  /** How the command can end other than `done`, `failed` and `usage`. */
  readonly exits?: readonly ExitName[];
  /** What it reads and writes, by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Commands, as one types them behind `eoss`. */
  readonly seeAlso: readonly string[];
}

type Rows = ReadonlyArray<readonly [term: string, description: string]>;

const WIDTH = 80;
const INDENT = 2;
/** Descriptions begin here; a longer term has a line to itself. */
const COLUMN = 26;

/**
 * Gives a command the help of a manual page: name, synopsis, description, commands, arguments, options,
 * examples, exit codes, files, environment, see also; those that are empty are left out. Its summary is
 * the line of the name, its description the prose.
 */
export function manual(command: Command, page: Manual): Command {
  return command.configureHelp({
    formatHelp: (shown, helper) => formatManual(shown, helper, page),
    styleTitle: (title) => pc.bold(title),
  });
}

function formatManual(command: Command, helper: Help, page: Manual): string {
  const { examples, exits = [], files = {}, environment = {}, seeAlso } = page;
  const width = Math.min(helper.helpWidth ?? WIDTH, WIDTH);
  const indented = (lines: readonly string[]) => lines.map((line) => " ".repeat(INDENT) + line);
  const prose = (text: string) => indented(helper.boxWrap(text, width - INDENT).split("\n"));
  const list = (rows: Rows) => indented(rows.flatMap((row) => item(row, width - INDENT, helper)));
  const codes = (["done", "failed", "usage", ...exits] as const).map((exit): [string, string] => [
    String(EXIT[exit]),
    EXIT_MEANING[exit],
  ]);
  const pages = seeAlso.map((other) => `eoss ${other} --help`).join(", ");

  const sections: ReadonlyArray<readonly [string, readonly string[]]> = [
    ["NAME", prose(`${fullName(command)} - ${command.summary()}`)],
    ["SYNOPSIS", prose(synopsis(command, helper))],
    ["DESCRIPTION", prose(command.description())],
    ["COMMANDS", list(commandRows(command, helper))],
    ["ARGUMENTS", list(helper.visibleArguments(command).map(argumentRow))],
    ["OPTIONS", list(optionRows(command, helper))],
    ["EXAMPLES", indented(examples)],
    ["EXIT CODES", list(codes)],
    ["FILES", list(Object.entries(files))],
    ["ENVIRONMENT", list(Object.entries(environment))],
    ["SEE ALSO", seeAlso.length > 0 ? prose(pages) : []],
  ];
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `${helper.styleTitle(title)}\n${lines.join("\n")}\n`)
    .join("\n");
}

function fullName(command: Command): string {
  const name = command.name();
  return command.parent ? `${fullName(command.parent)} ${name}` : name;
}

/** `help` is left out: `--help` is there at each command. */
function commandRows(command: Command, helper: Help): Rows {
  return helper
    .visibleCommands(command)
    .filter((part) => part.name() !== "help")
    .map((part) => [part.name(), part.summary()]);
}

/** Options that have to be there stand in it by name. */
function synopsis(command: Command, helper: Help): string {
  const words = command.registeredArguments.map(argumentTerm);
  const mandatory = command.options.filter((option) => option.mandatory).map(({ flags }) => flags);
  const parts = helper.visibleCommands(command).length > 0 && words.length === 0;
  return [fullName(command), ...(parts ? ["<command>"] : words), ...mandatory, "[options]"].join(
    " ",
  );
}

function argumentTerm(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}

function argumentRow(argument: Argument): [string, string] {
  return [argumentTerm(argument), argument.description];
}

function optionRows(command: Command, helper: Help): Rows {
  return helper.visibleOptions(command).map((option) => {
    const { description, argChoices, defaultValue } = option;
    const standard = defaultValue === undefined ? "" : ` (default: ${defaultValue})`;
    const choices = argChoices === undefined ? "" : `; one of ${argChoices.join(", ")}`;
    return [helper.optionTerm(option), `${description}${standard}${choices}`];
  });
}

function item([term, description]: Rows[number], width: number, helper: Help): string[] {
  const lines = helper.boxWrap(description, width - COLUMN).split("\n");
  const pad = " ".repeat(COLUMN);
  if (term.length > COLUMN - 2) return [term, ...lines.map((line) => pad + line)];
  return lines.map((line, index) => (index === 0 ? term.padEnd(COLUMN) : pad) + line);
}

import type { Command, Option } from "commander";
import { type Values, valuesOf } from "./suggestions.js";

/** What can stand behind the words of a command. */
export interface CommandWords {
  /** What one types behind `eoss`, e.g. `sweep status`; the program itself is "". */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly flags: readonly Flag[];
  /** What its first argument can be. */
  readonly values: Values;
}

interface Word {
  readonly name: string;
  readonly summary: string;
}

interface Flag extends Word {
  readonly takesValue: boolean;
  readonly values: Values;
}

/** The words of a command and of all below it; every command has to be loaded. */
export function wordsOf(command: Command, path = ""): CommandWords[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command).filter((part) => part.name() !== "help");
  const [argument] = command.registeredArguments;
  const words = {
    path,
    commands: below.map((part) => ({ name: part.name(), summary: part.summary() })),
    flags: help.visibleOptions(command).map(flagOf),
    values: argument ? valuesOf(argument) : NONE,
  };
  return [words, ...below.flatMap((part) => wordsOf(part, `${path} ${part.name()}`.trim()))];
}

const NONE: Values = { names: [], isOpen: false, isList: false };

function flagOf(option: Option): Flag {
  const { long, short, description, required, optional } = option;
  return {
    name: long ?? short!,
    summary: description,
    takesValue: required || optional,
    values: valuesOf(option),
  };
}

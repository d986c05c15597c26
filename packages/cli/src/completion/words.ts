import type { Command, Option } from "commander";

/** What can stand behind the words of a command. */
export interface CommandWords {
  /** What one types behind `eoss`, e.g. `sweep status`; the program itself is "". */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly flags: readonly Flag[];
  /** What its first argument can be, if that can be listed. */
  readonly choices: readonly string[];
}

interface Word {
  readonly name: string;
  readonly summary: string;
}

interface Flag extends Word {
  readonly takesValue: boolean;
  /** The values there are; none where a value is free, or a file. */
  readonly choices: readonly string[];
}

/** The words of a command and of all below it; every command has to be loaded. */
export function wordsOf(command: Command, path = ""): CommandWords[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command).filter((part) => part.name() !== "help");
  const words = {
    path,
    commands: below.map((part) => ({ name: part.name(), summary: part.summary() })),
    flags: help.visibleOptions(command).map(flagOf),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
  return [words, ...below.flatMap((part) => wordsOf(part, `${path} ${part.name()}`.trim()))];
}

function flagOf({ long, short, description, required, optional, argChoices = [] }: Option): Flag {
  return {
    name: long ?? short!,
    summary: description,
    takesValue: required || optional,
    choices: argChoices,
  };
}

import { type Command, Option } from "commander";

const repeatable = new WeakSet<Option>();

/** An option that may stand several times on a command line; its value is the list of all. */
export function repeatableOption(flags: string, description: string): Option {
  const option = new Option(flags, description).argParser(
    (text: string, before: string[] | undefined) => [...(before ?? []), text],
  );
  repeatable.add(option);
  return option;
}

/** Makes a command and its subcommands refuse an option with a value that stands there twice. */
export function refuseRepeats(command: Command): void {
  for (const option of command.options) {
    if (option.isBoolean() || option.variadic || repeatable.has(option)) continue;
    let given = 0;
    command.on(`option:${option.name()}`, () => {
      given += 1;
      if (given > 1) command.error(`error: option '${option.flags}' is given twice; give it once`);
    });
  }
  for (const inner of command.commands) refuseRepeats(inner);
}

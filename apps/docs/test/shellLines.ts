/** A command of a shell block, and the line of the block on which it begins, from 0. */
export interface ShellCommand {
  readonly text: string;
  readonly offset: number;
}

/** The commands of a block: continued lines joined, comments gone. */
export function shellCommands(code: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let continued: ShellCommand | undefined;
  for (const [offset, line] of code.split("\n").entries()) {
    const words = withoutComment(line).trim();
    const begun = continued ?? { text: "", offset };
    const command = { ...begun, text: `${begun.text} ${words.replace(/\\$/, "")}`.trim() };
    continued = words.endsWith("\\") ? command : undefined;
    if (continued === undefined && command.text !== "") commands.push(command);
  }
  return commands;
}

/** Without ` # ...` at the end, unless that stands in quotes, as in "package#name" it does not. */
function withoutComment(line: string): string {
  return /^((?:"[^"]*"|'[^']*'|[^"'#]|(?<=\S)#)*)/.exec(line)?.[1] ?? line;
}

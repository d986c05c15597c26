import type { CommandWords } from "./words.js";

/** Completion for fish, with descriptions. */
export function fishScript(commands: readonly CommandWords[]): string {
  return [
    "# Completion of eoss for fish: eoss completion fish | source",
    CALLED,
    ...commands.flatMap(rules),
    "",
  ].join("\n");
}

/** Whether the words before the cursor, without flags, begin with a path and name no command below it. */
const CALLED = `function __eoss_called
    set -l words (commandline -opc)[2..-1]
    set -l path $argv[1]
    set -l below $argv[2..-1]
    set -l count (count (string split -n ' ' -- $path))
    test (count $words) -ge $count; or return 1
    if test $count -gt 0
        test "$words[1..$count]" = "$path"; or return 1
    end
    set -l next (math $count + 1)
    test (count $words) -lt $next; and return 0
    not contains -- $words[$next] $below
end`;

function rules({ path, commands, flags, choices }: CommandWords): string[] {
  const below = commands.map(({ name }) => name).join(" ");
  const when = `complete -c eoss -n "__eoss_called '${path}' ${below}"`;
  return [
    ...commands.map(({ name, summary }) => `${when} -f -a ${name} -d ${quoted(summary)}`),
    ...(choices.length > 0 ? [`${when} -f -a ${quoted(choices.join(" "))}`] : []),
    ...flags.map(({ name, summary, takesValue, choices: values }) => {
      const listed = values.length > 0 ? ` -x -a ${quoted(values.join(" "))}` : "";
      const value = takesValue ? listed || " -r" : "";
      return `${when} -l ${name.replace(/^--/, "")}${value} -d ${quoted(summary)}`;
    }),
  ];
}

const quoted = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;

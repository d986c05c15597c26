import type { Values } from "./suggestions.js";
import type { CommandWords } from "./words.js";

/** Completion for fish, with descriptions. */
export function fishScript(commands: readonly CommandWords[]): string {
  return [
    "# Completion of eoss for fish: eoss completion fish | source",
    CALLED,
    LIST,
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

/** Names behind what stands there up to the last comma. */
const LIST = `function __eoss_list
    set -l before (string match -r '.*,' -- (commandline -ct))
    printf '%s\\n' "$before"$argv
end`;

function rules({ path, commands, flags, values }: CommandWords): string[] {
  const below = commands.map(({ name }) => name).join(" ");
  const when = `complete -c eoss -n "__eoss_called '${path}' ${below}"`;
  return [
    ...commands.map(({ name, summary }) => `${when} -f -a ${name} -d ${quoted(summary)}`),
    ...(values.names.length > 0 ? [`${when}${values.isOpen ? "" : " -f"}${offered(values)}`] : []),
    ...flags.map(({ name, summary, takesValue, values }) => {
      const value = takesValue ? `${values.isOpen ? " -r" : " -x"}${offered(values)}` : "";
      return `${when} -l ${name.replace(/^--/, "")}${value} -d ${quoted(summary)}`;
    }),
  ];
}

function offered({ names, isList }: Values): string {
  if (names.length === 0) return "";
  return ` -a ${quoted(isList ? `(__eoss_list ${names.join(" ")})` : names.join(" "))}`;
}

const quoted = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;

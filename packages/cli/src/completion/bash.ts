import type { CommandWords } from "./words.js";

/**
 * Completion for bash. Where a file can stand, or a value that cannot be listed, the function has
 * nothing to say, and bash completes file names.
 */
export function bashScript(commands: readonly CommandWords[]): string {
  const paths = commands.filter(({ path }) => path !== "").map(({ path }) => `"${path}"`);
  return `# Completion of eoss for bash: source <(eoss completion bash)
_eoss() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local called="" next="" values="" list="" words="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${called:+$called }\${COMP_WORDS[i]}"
    case "$next" in
      ${paths.join("|")}) called="$next" ;;
    esac
  done
  # Behind a flag stands its value.
  case "$called $before" in
${commands.flatMap(valueCases).join("\n")}
  esac
  if [ -n "$values" ]; then
    if [ "$list" = yes ]; then before="\${word%"\${word##*,}"}"; else before=""; fi
    if [ "$values" != "*" ]; then
      COMPREPLY=($(compgen -P "$before" -W "$values" -- "\${word#"$before"}"))
    fi
    return
  fi
  case "$called" in
${commands.map(wordCase).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _eoss eoss
`;
}

/** A flag whose value cannot be listed has the value \`*\`. */
function valueCases({ path, flags }: CommandWords): string[] {
  return flags
    .filter(({ takesValue }) => takesValue)
    .map(({ name, values: { names, isList } }) => {
      const values = names.length > 0 ? names.join(" ") : "*";
      return `    "${path} ${name}") values="${values}"${isList ? " list=yes" : ""} ;;`;
    });
}

/** Flags only where one begins to type one: before that, commands, names or files. */
function wordCase({ path, commands, flags, values }: CommandWords): string {
  const first = [...commands.map(({ name }) => name), ...values.names].join(" ");
  const dashed = flags.map(({ name }) => name).join(" ");
  return `    "${path}") case "$word" in -*) words="${dashed}" ;; *) words="${first}" ;; esac ;;`;
}

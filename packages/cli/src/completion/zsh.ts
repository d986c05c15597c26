import { bashScript } from "./bash.js";
import type { CommandWords } from "./words.js";

/** Completion for zsh: that for bash, which zsh understands by a module of its own. */
export function zshScript(commands: readonly CommandWords[]): string {
  return `# Completion of eoss for zsh: source <(eoss completion zsh)
autoload -Uz compinit bashcompinit
(( \${+functions[compdef]} )) || compinit
bashcompinit
${bashScript(commands)}`;
}

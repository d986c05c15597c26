import { Argument, Command } from "commander";
import { commands } from "../commands.js";
import { bashScript } from "../completion/bash.js";
import { fishScript } from "../completion/fish.js";
import { type CommandWords, wordsOf } from "../completion/words.js";
import { zshScript } from "../completion/zsh.js";
import { program } from "../program.js";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";

const PAGE: Manual = {
  examples: [
    "eoss completion bash > ~/.local/share/bash-completion/completions/eoss",
    "eoss completion zsh >> ~/.zshrc",
    "eoss completion fish > ~/.config/fish/completions/eoss.fish",
  ],
  seeAlso: ["train"],
};

const scripts: Readonly<Record<string, (words: readonly CommandWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** `eoss completion`: a script that knows every command, flag and listed value of this version. */
export function completionCommand(): Command {
  return manual(new Command("completion"), PAGE)
    .description(
      "Prints a script with which a shell completes commands, flags and their values. It covers this " +
        "version: print it again after an update.",
    )
    .addArgument(new Argument("<SHELL>", "bash, zsh or fish").choices(Object.keys(scripts)))
    .action(async (shell: string) => {
      const whole = await program(commands.map(({ name }) => name));
      print(scripts[shell]!(wordsOf(whole)));
    });
}

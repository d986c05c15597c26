import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type TorchData, torchData, torchScript } from "@eoss/experiments";
import { ConfigError } from "@eoss/run";
import { Argument, Command, Option } from "commander";
import pc from "picocolors";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";

const PAGE: Manual = {
  examples: ["eoss init torch", "eoss init torch --data cifar10 --out train.py"],
  files: {
    "PATH.py": "the program (default torch_digits.py or torch_cifar10.py); never overwritten",
  },
  seeAlso: ["train", "report", "data"],
};

/** `eoss init`: a program in another framework, to begin with. */
export function initCommand(): Command {
  return manual(new Command("init"), PAGE)
    .description(
      "Writes a program that trains the network of the paper with PyTorch, at the settings of its first " +
        "figure, and measures it in its own loop. It runs as it is, on a GPU where there is one, with the " +
        "Python package of eoss.",
    )
    .addArgument(new Argument("<FRAMEWORK>", "torch").choices(["torch"]))
    .addOption(
      new Option("--data <NAME>", "what to train on").choices(torchData).default(torchData[0]),
    )
    .option("--out <PATH>", "file to write")
    .action((framework: string, flags: { data: TorchData; out?: string }) => {
      const out = flags.out ?? `${framework}_${flags.data}.py`;
      write(out, torchScript(flags.data));
      print(`${pc.bold(out)}: run it with  python ${out}`);
    });
}

/** @throws ConfigError where there is something already, or nothing can be written */
function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true });
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      code === "EEXIST"
        ? `${path} exists: remove it, or give --out another name`
        : `${path} cannot be written (${message})`,
    );
  }
}

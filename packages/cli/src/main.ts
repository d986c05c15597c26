/** The program `eoss`: runs a command line, and turns errors into messages and exit codes. */

import { CommanderError } from "commander";
import { EXIT, explain } from "./exit.js";
import { program } from "./program.js";
import { say } from "./ui/print.js";
import { guardStreams } from "./ui/streams.js";

guardStreams();

try {
  const [first, second] = process.argv.slice(2);
  const called = first === "help" ? second : first;
  await (await program(called === undefined ? [] : [called])).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed the help or the complaint already.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    const { text, code } = explain(error);
    say(text);
    process.exitCode = code;
    // What was given up may still hold the process, with a timer or a connection.
    if ((error as Error).name === "PluginTimeError") process.exit();
  }
}

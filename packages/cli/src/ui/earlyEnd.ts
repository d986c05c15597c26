import { earlyEndText } from "@eoss/lab";
import { EXIT } from "../exit.js";
import { say } from "./print.js";

/**
 * Watches over the end of the process: code of users that calls `process.exit`, or waits for what never
 * comes, makes no success of work that was not done.
 *
 * @returns is told that the work is done
 */
export function watchEnd(): () => void {
  let isDone = false;
  process.on("exit", (code) => {
    // With 13 Node ends where something is waited for that cannot come any more.
    const text = isDone || (code !== 0 && code !== 13) ? undefined : earlyEndText();
    if (text === undefined) return;
    say(`eoss: ${text}`);
    process.exitCode = EXIT.failed;
  });
  return () => {
    isDone = true;
  };
}

import { earlyEndText } from "@eoss/lab";
import { loadedText } from "@eoss/lab/internal";
import { EXIT, explain } from "../exit.js";
import { say } from "./print.js";

/**
 * Watches over the end of the process: code of users that calls `process.exit`, or waits for what never
 * comes, makes no success of work that was not done; and what it began and did not wait for is named when it fails.
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
  process.on("unhandledRejection", (error) => {
    const whose = loadedText();
    const reason = error instanceof Error ? error.message : String(error);
    const text = `work that nobody waited for failed${whose}: ${reason}. Await what is asked for`;
    say(whose === "" ? explain(error).text : `eoss: ${text}`);
    process.exit(EXIT.failed);
  });
  return () => {
    isDone = true;
  };
}

import { EXIT } from "../exit.js";
import { isWorkUnderWay } from "./interrupt.js";
import { say } from "./print.js";

/**
 * What happens when nobody reads stdout or stderr any more, or they cannot be written. Work goes on,
 * in silence: a run is not lost with its terminal. What only prints ends.
 */
export function guardStreams(): void {
  // Progress is all that is lost.
  process.stderr.on("error", () => {});
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    // `eoss ... | head` closes the pipe: that is no error. A terminal that is gone gives EIO.
    const isGone = code === "EPIPE" || (code === "EIO" && process.stdout.isTTY);
    if (!isGone) {
      say(`eoss: stdout cannot be written (${code})`);
      process.exitCode = EXIT.failed;
    }
    if (!isWorkUnderWay()) process.exit();
  });
}

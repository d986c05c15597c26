import { spawn } from "node:child_process";
import { availableParallelism, totalmem } from "node:os";
import { delimiter, join } from "node:path";
import { root } from "./workspace.mjs";

/** Bytes of memory that a lane may need: tests hold data sets, and start processes. */
const MEMORY = 2 ** 31;

/** As many commands at a time as there are cores, and memory for. */
const lanes = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / MEMORY)));

/**
 * Runs commands in lanes: as soon as one ends, its lane takes the next. With the longest first, all
 * lanes end at about the same time. What a command prints is shown if it fails.
 *
 * @param jobs each a `name`, a `command` line and the `folder` that it runs in; programs of the
 *   folder's and the root's dependencies are on its PATH
 * @returns names of the commands that failed
 */
export async function inLanes(jobs) {
  const waiting = [...jobs];
  const failed = [];
  const lane = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const began = performance.now();
      const { code, printed } = await output(job);
      if (code !== 0) {
        failed.push(job.name);
        process.stdout.write(printed);
      }
      const seconds = Math.round((performance.now() - began) / 1000);
      console.log(`${code === 0 ? "ok" : "FAILED"}  ${job.name} (${seconds} s)`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return failed;
}

/** What a command prints, and its exit code. */
function output({ command, folder }) {
  const programs = [folder, root].map((parent) => join(parent, "node_modules", ".bin"));
  const child = spawn(command, {
    cwd: folder,
    shell: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: [...programs, process.env.PATH].join(delimiter) },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      printed += text;
    });
  }
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: 1, printed: `${error.message}\n` }));
    child.on("close", (code) => resolve({ code: code ?? 1, printed }));
  });
}

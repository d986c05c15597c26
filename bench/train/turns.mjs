import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/** Long enough for the threads of one side to stop spinning before the other begins, in ms. */
const PAUSE = 400;

/**
 * A process that is asked, a line of JSON at a time, to make `{ network, batch, steps }` training
 * steps, and answers with the ms that each took, `{ wall, cpu }`. In between it waits.
 */
export function contestant(name, command, args) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((_, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${name} ended with exit code ${code}`)));
  });
  ended.catch(() => {});
  return {
    name,
    async times(task) {
      child.stdin.write(`${JSON.stringify(task)}\n`);
      const { value } = await Promise.race([nextTimes(answers), ended]);
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}

/** A backend may print lines of its own. */
async function nextTimes(answers) {
  for (;;) {
    const answer = await answers.next();
    if (answer.done || answer.value.startsWith("[")) return answer;
  }
}

/** Lets the contestants take turns, and gives for each best and median, its first turn left out. */
export async function inTurns(contestants, task, turns) {
  const times = contestants.map(() => []);
  for (let turn = 0; turn <= turns; turn++) {
    for (const [index, each] of contestants.entries()) {
      const taken = await each.times(task);
      if (turn > 0) times[index].push(...taken);
      await sleep(PAUSE);
    }
  }
  return times.map((taken) => ({
    ...bestAndMedian(taken.map(({ wall }) => wall)),
    cpu: bestAndMedian(taken.map(({ cpu }) => cpu)),
  }));
}

export function bestAndMedian(times) {
  const sorted = times.toSorted((a, b) => a - b);
  return { best: sorted[0], median: sorted[sorted.length >> 1] };
}

// A user of `npm run test:published` whose own code is broken, of each kind: what the installed command says of
// it before the first step. One line that names the file or what it defines, what is wrong and what to do; no
// stack, the exit code of a wrong file, and no run folder.
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { BROKEN, settingsWith } from "./broken/index.mjs";

const USAGE = 2;

/** @param user who has the command installed globally */
export async function brokenFiles(user) {
  const cases = Object.entries(BROKEN).flatMap(([name, kind]) =>
    kind.cases.map(([does, text, said]) => ({ name, kind, does, text, said })),
  );
  const waiting = cases.map((one, number) => ({ ...one, number }));
  const faults = [];
  const worker = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const fault = await faultOf(user, one);
      if (fault !== undefined) faults.push(`a ${one.name} that ${one.does}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  if (faults.length > 0) throw new Error(faults.join("\n"));
  console.log(`broken files: ${cases.length}, and what is said of each`);
}

/** What is wrong with what the command says of a broken file; undefined if nothing. */
async function faultOf({ folder, prefix, env }, { kind, text, said, number }) {
  const file = `./broken${number}.mjs`;
  writeFileSync(join(folder, file), text);
  const out = `broken-${number}`;
  const flags = Object.entries({ ...settingsWith(kind, file), out }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const { code, stderr } = await started(join(prefix, "bin", "eoss"), ["train", ...flags], {
    ...{ cwd: folder, env, timeout: 120_000 },
  });
  const shown = JSON.stringify(stderr.slice(-600));
  if (code !== USAGE) return `exit code ${code}, not ${USAGE}: ${shown}`;
  if (!said.test(stderr)) return `${shown} is not ${said}`;
  if (/\n\s+at |unexpected error/.test(stderr)) return `a stack: ${shown}`;
  if (existsSync(join(folder, out, "run.json"))) return "a run folder is there";
  return undefined;
}

function started(program, words, options) {
  return new Promise((resolve) => {
    execFile(program, words, options, (error, _, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stderr });
    });
  });
}

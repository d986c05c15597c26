import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commands } from "../src/commands.js";

const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = realpathSync(mkdtempSync(join(tmpdir(), "eoss-hostile-")));
afterAll(() => rmSync(root, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function eoss(cwd: string, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const { EOSS_PACKAGES: _, ...env } = process.env;
    // On one thread: a second takes longer to start than these runs take.
    const options = { cwd, env: { ...env, NO_COLOR: "1", EOSS_CORES: "1" }, timeout: TIMEOUT };
    execFile(process.execPath, [bin, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, output: stdout + stderr });
    });
  });
}

const TIMEOUT = 600_000; // ms

const SETTINGS =
  "--data digits --samples 50 --width 4 --lr 0.1 --steps 8 --every 4 --measure fullbs";

/** A line for each command, in a folder with a run in `run` and a sweep in `sweep`. */
const LINES = [
  "resume run --steps 12",
  "query SELECT~*~FROM~metrics run",
  "report run",
  "export run --to csv",
  "sweep collect sweep",
  // From here on with EOSS_LONG alone: each is a process of its own.
  "fork run --at 4 --lr 0.2 --out fork",
  "measure run --at 4 --measure fullbs",
  "static --run run --at 4 --batches 10",
  "watch run",
  "repair run",
  "report sweep",
  "table run",
  "repair run",
  ...["parquet", "tensorboard", "vega", "wandb"].map((to) => `export run --to ${to}`),
  `compare ${SETTINGS} --batch 5,10 --out compared`,
  "sweep sweep/sweep.yaml --out sweep --jobs 1",
  "sweep status sweep",
  "sweep cancel sweep",
  "sweep task sweep 1",
  "reproduce 5 --dry-run --out reproduced",
  "demo --out run",
  "import results results.txt --out imported",
  `import weights weights.npy ${SETTINGS} --batch 10 --out imported`,
  `train ${SETTINGS} --batch 10 --out run`,
  "quantities",
  "plugins",
  "verify --data digits --width 4",
  "doctor",
  "init torch",
  "completion bash",
  "data cifar10 --data-dir nothing --help",
];
const LONG = Boolean(process.env.EOSS_LONG);
const TRIED = LONG ? LINES : LINES.slice(0, 5);

async function everyCommand(cwd: string): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const open = [...TRIED];
  const next = async (): Promise<void> => {
    for (let line = open.shift(); line !== undefined; line = open.shift()) {
      const words = line.split(" ").map((word) => word.replaceAll("~", " "));
      outcomes.set(line, await eoss(cwd, ...words));
    }
  };
  await Promise.all([next(), next()]);
  return outcomes;
}

const SPEC =
  "base: { data: digits, samples: 50, width: [4], lr: 0.1, batch: 10, steps: 4, every: 2, measure: [fullbs] }\nlist: { a: {} }\n";

beforeAll(async () => {
  const train = `train ${SETTINGS} --batch 10 --checkpoint-every 4 --keep all --out run`;
  const home = join(root, "sound");
  mkdirSync(join(home, "sweep"), { recursive: true });
  expect(await eoss(home, ...train.split(" "))).toMatchObject({ code: 0 });
  writeFileSync(join(home, "sweep", "sweep.yaml"), SPEC);
  writeFileSync(join(home, "results.txt"), "# columns: step loss\n0 1.5\n1 1.4\n");
}, TIMEOUT);

it("every command is tried", () => {
  const tried = new Set(LINES.map((line) => line.split(" ")[0]));
  expect(commands.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
});

/** Packages that eoss looks for and that may not be there. */
const OPTIONAL = [
  "@duckdb/node-api",
  "@resvg/resvg-js",
  "@tensorflow/tfjs-node",
  "@tensorflow/tfjs-node-gpu",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
  "@tensorflow/tfjs-core",
  "@eoss/lab",
  "webgpu",
];

/** What commands write, and would write under a name that can be known before. */
const WRITTEN = [
  ...["lock", "checkpoints", "report.html", "metrics.jsonl", "failure.json"].map(inRun),
  ...["run.json.tmp", "report.html.tmp", "metrics.jsonl.tmp", "lock.tmp"].map(inRun),
  ...["report.html", "runs.csv", "runs.json", "slurm", "runs"].map((name) => join("sweep", name)),
  ...["metrics.csv", "metrics.parquet", "metrics.vl.json"],
];

describe("a folder of a stranger", () => {
  it(
    "runs no code, wherever one stands",
    async () => {
      const home = join(root, "code", "above", "home");
      cpSync(join(root, "sound"), home, { recursive: true });
      const mark = join(root, "it-ran");
      for (const folder of [home, join(home, "run"), join(home, ".."), join(root, "code")]) {
        for (const name of OPTIONAL) {
          const at = join(folder, "node_modules", name);
          mkdirSync(at, { recursive: true });
          writeFileSync(join(at, "package.json"), JSON.stringify({ name, main: "./index.js" }));
          const code = `require("node:fs").writeFileSync(${JSON.stringify(mark)}, __filename);`;
          writeFileSync(join(at, "index.js"), code);
        }
      }
      const file = join(home, "run", "run.json");
      const manifest = JSON.parse(readFileSync(file, "utf8"));
      manifest.backend = "node";
      manifest.config.backend = "node";
      writeFileSync(file, JSON.stringify(manifest));
      const outcomes = await everyCommand(home);
      expect(existsSync(mark) && readFileSync(mark, "utf8")).toBe(false);
      for (const line of TRIED.filter((one) => /^(resume|fork|measure|static) /.test(one))) {
        expect(outcomes.get(line)!.output).toMatch(/node backend is not installed/);
      }
      // Inside of the run as well.
      const inside = await eoss(join(home, "run"), "doctor", "--json");
      expect(JSON.parse(inside.output).backends).toContainEqual(
        expect.objectContaining({ name: "node", advice: expect.any(String) }),
      );
      expect(existsSync(mark)).toBe(false);
    },
    TIMEOUT,
  );

  /** Copies what is sound, with links at some names to files and folders of a victim. */
  function linked(title: string, names: readonly string[]) {
    const [home, victim] = [join(root, title), join(root, `${title}-victim`)];
    mkdirSync(victim);
    cpSync(join(root, "sound"), home, { recursive: true });
    for (const [i, name] of names.entries()) {
      const [path, target] = [join(home, name), join(victim, String(i))];
      const isFolder = !name.includes(".") && name !== inRun("lock");
      if (existsSync(path)) cpSync(path, target, { recursive: true });
      else if (isFolder) {
        mkdirSync(target);
        writeFileSync(join(target, "failure.json"), "theirs");
        // Half of the files lead to something that is there.
      } else if (i % 2 === 0) writeFileSync(target, "theirs");
      rmSync(path, { force: true, recursive: true });
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(target, path);
    }
    return { home, victim, before: contentOf(victim) };
  }

  it.skipIf(process.platform === "win32")(
    "leads no command outside by its links",
    async () => {
      const { home, victim, before } = linked("links", WRITTEN);
      const outcomes = await everyCommand(home);
      const writes =
        /^(resume|report run|sweep sweep|sweep collect|export run --to (csv|par|vega))/;
      for (const [line, { code, output }] of outcomes) {
        if (!writes.test(line)) continue;
        expect([line, code === 0, output]).toEqual([line, false, expect.stringMatching(/link/)]);
      }
      expect(contentOf(victim)).toEqual(before);
    },
    TIMEOUT,
  );

  it.skipIf(process.platform === "win32").each(
    // One at a time: the first that is met hides the others.
    LONG ? WRITTEN.filter((name) => /^(run|sweep)\b/.test(name)) : [join("run", "checkpoints")],
  )(
    "leads nothing outside by a link at %s",
    async (name) => {
      const { home, victim, before } = linked(name.replaceAll(/\W/g, "-"), [name]);
      const command = name.startsWith("run") ? LINES[0]! : "sweep sweep/sweep.yaml --out sweep";
      await eoss(home, ...command.split(" "));
      expect(contentOf(victim)).toEqual(before);
    },
    TIMEOUT,
  );
});

function inRun(name: string): string {
  return join("run", name);
}

/** Every file below a folder, with its text and the time when it was changed. */
function contentOf(folder: string, below = ""): Map<string, string> {
  const content = new Map<string, string>();
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const name = join(below, entry.name);
    const path = join(folder, name);
    if (entry.isDirectory()) {
      content.set(name, "folder");
      for (const [inner, text] of contentOf(folder, name)) content.set(inner, text);
    } else content.set(name, `${statSync(path).mtimeMs} ${readFileSync(path, "utf8")}`);
  }
  return content;
}

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** What a contributor would publish. */
const THIRD_PARTY_MODEL = `
import { defineModel } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

export default defineModel({
  name: "scaled",
  description: "one matrix, outputs scaled",
  options: z.object({ scale: z.number().default(2).describe("factor on the outputs") }),
  build: ({ inputShape, classes }, { scale }) => {
    const inputs = inputShape.reduce((product, n) => product * n, 1);
    return {
      parameters: [{ name: "w", shape: [inputs, classes], role: "kernel", fanIn: inputs }],
      apply: ({ w }, x) => tf.mul(scale, tf.matMul(tf.reshape(x, [x.shape[0], inputs]), w)),
    };
  },
});
`;

/** What a contributor of a measurement would publish. */
const THIRD_PARTY_QUANTITY = `
import { defineQuantity } from "@eoss/sharpness";

export default defineQuantity({
  name: "batch-loss",
  description: "mean loss of a batch",
  over: "batches",
  unit: "loss",
  needs: [],
  cost: "one forward pass a batch",
  sample: (batch) => ({ value: batch.loss(), products: 0, status: "exact" }),
});
`;

/** The built program, as users run it. */
const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "eoss-cli-"));
afterAll(() => rmSync(root, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function eoss(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    // On one thread: a second takes longer to start than these runs take.
    const own = { NO_COLOR: "1", XDG_CACHE_HOME: join(root, "cache"), EOSS_CORES: "1" };
    const env = { ...process.env, ...own };
    execFile(process.execPath, [bin, ...args], { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const SMALL =
  "train --data digits --samples 100 --width 8 --init-scale 0.3 --lr 0.1 --batch 10 --steps 12 --every 6 --tolerance 0.3 --backend cpu";
/** A small training; what is given replaces what it has. */
function smallArgs(...more: string[]): string[] {
  const [command, ...flags] = SMALL.split(" ");
  const kept = flags.filter((_, i) => !more.includes(flags[i - (i % 2)]!));
  return [command!, ...kept, ...more];
}
const small = (...more: string[]) => eoss(...smallArgs(...more));

describe("help", () => {
  it("lists the commands, with examples and exit codes", async () => {
    const { code, stdout } = await eoss("--help");
    expect(code).toBe(0);
    for (const word of ["demo", "train", "report", "doctor", "data", "EXAMPLES", "EXIT CODES"]) {
      expect(stdout).toContain(word);
    }
  });

  it("of train documents every setting with its default", async () => {
    const { stdout } = await eoss("train", "--help");
    const text = stdout.replace(/\s+/g, " ");
    expect(text).toContain("--batch <N|full> batch size b; full is gradient descent");
    expect(text).toContain(
      "--tolerance <T> relative error at which a measurement is good enough (default: 0.02)",
    );
    expect(text).toContain(
      "--measure <NAMES> quantities, separated by commas, each a name, ./file.js, package or package#export; " +
        "eoss quantities describes them (default: fullbs,minibs,batch-sharpness,loss)",
    );
  });
});

describe("train", () => {
  let run: Outcome;
  beforeAll(async () => {
    run = await small("--out", "first", "--json");
  });

  it("--json prints only one JSON summary on stdout", () => {
    expect(run.code).toBe(0);
    const summary = JSON.parse(run.stdout);
    expect(summary).toMatchObject({
      directory: "first",
      end: { reason: "completed", step: 12 },
      stabilityThreshold: 20,
      quantities: { minibs: { measurements: 3 } },
    });
  });

  it("tells its progress on stderr in plain lines when that is no terminal", () => {
    expect(run.stderr).toMatch(/^step \d+\/12 · (measuring|loss)/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(run.stderr + run.stdout).not.toMatch(/\u001b/);
  });

  it("--log writes event files for TensorBoard, one for each session", async () => {
    const log = ["--log", "tensorboard"];
    expect((await small("--out", "logged", ...log)).code).toBe(0);
    expect((await eoss("resume", "logged", "--steps", "14", ...log)).code).toBe(0);
    const twin = await eoss("fork", "logged", "--at", "6", "--lr", "0.05", "--out", "twin", ...log);
    expect(twin.code).toBe(0);
    const events = ["logged", "twin"].map((run) =>
      readdirSync(join(root, run)).filter((name) => name.startsWith("events.out.tfevents.")),
    );
    expect(events.map(({ length }) => length)).toEqual([2, 1]);
    for (const name of events[0]!)
      expect(readFileSync(join(root, "logged", name), "latin1")).toContain("minibs/threshold");
  });

  it("refuses a folder that holds a run, and leaves that as it was", async () => {
    const before = readFileSync(join(root, "first/metrics.jsonl"), "utf8");
    const { code, stderr, stdout } = await small("--out", "first");
    expect(code).toBe(2);
    expect(stderr).toBe(
      'eoss: first already holds a run; choose another --out, or resume it with "eoss resume first"\n',
    );
    expect(stdout).toBe("");
    expect(readFileSync(join(root, "first/metrics.jsonl"), "utf8")).toBe(before);
  });

  it("says which flag is wrong, its value, and what is allowed", async () => {
    const { code, stderr } = await small("--lr", "fast");
    expect(code).toBe(2);
    expect(stderr).toBe(
      'eoss: --lr (learning rate η) cannot be "fast"; allowed: a number above 0\n',
    );
    const unknown = await small("--learning-rate", "1");
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("unknown option '--learning-rate'");
    const missing = await eoss("train", "--data", "digits");
    expect(missing.stderr).toMatch(/--lr \(learning rate η\) is missing/);
  });

  it("takes a config file, which flags override", async () => {
    writeFileSync(
      join(root, "run.yaml"),
      "data: digits\nsamples: 100\nwidth: [8]\nlr: 0.1\nbatch: 10\nsteps: 3\nmeasure: []\nbackend: cpu\n",
    );
    const { code, stdout } = await eoss(
      ..."train --config run.yaml --batch full --out configured --json".split(" "),
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ batchSize: 100, end: { step: 3 } });
  });

  it("names the file of a wrong setting", async () => {
    writeFileSync(join(root, "wrong.yaml"), "data: digits\nlr: 0.1\nbatch: ten\nsteps: 3\n");
    expect((await eoss("train", "--config", "wrong.yaml")).stderr).toMatch(
      /^eoss: wrong\.yaml: batch .* cannot be "ten"; allowed: an integer from 1 up, or "full"/,
    );
    writeFileSync(join(root, "unknown.json"), '{"data": "digits", "learningRate": 0.1}');
    expect((await eoss("train", "--config", "unknown.json")).stderr).toMatch(
      /^eoss: unknown\.json: learningRate: unknown setting; allowed: data,/,
    );
  });

  it("says what data are missing and where they go", async () => {
    const { code, stderr } = await eoss(
      ..."train --data cifar10 --data-dir nowhere --lr 0.1 --batch 4 --steps 1".split(" "),
    );
    expect(code).toBe(2);
    expect(stderr).toContain("nowhere");
    expect(stderr).toContain("data_batch_1.bin");
  });

  it("exits with 3 after a divergence, with a report", async () => {
    const { code, stdout } = await small("--lr", "1e4", "--measure", "loss", "--out", "diverged");
    expect(code).toBe(3);
    expect(stdout).toMatch(/diverged: the loss was no longer finite at step \d+; .* lower --lr/);
    expect(
      readFileSync(join(root, "diverged/report.html"), "utf8").includes("Diverged at step"),
    ).toBe(true);
  });

  it("ends cleanly at Ctrl-C", async () => {
    const args = smallArgs(..."--steps 100000000 --measure loss --out stopped".split(" "));
    const child: ChildProcess = spawn(process.execPath, [bin, ...args], { cwd: root });
    let stdout = "";
    child.stdout!.on("data", (chunk) => (stdout += chunk));
    child.stderr!.once("data", () => child.kill("SIGINT"));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
    expect(stdout).toContain("interrupted after");
    const manifest = JSON.parse(readFileSync(join(root, "stopped/run.json"), "utf8"));
    expect(manifest.end.reason).toBe("interrupted");
    expect(readFileSync(join(root, "stopped/report.html"), "utf8")).toContain("</html>");
  });
});

describe("a run that goes on", () => {
  beforeAll(async () => {
    const { code } = await small("--out", "parent", "--measure", "loss", "--time-limit", "0.001s");
    expect(code).toBe(0);
  });

  it("after its time limit, by resume", async () => {
    const stopped = JSON.parse(readFileSync(join(root, "parent/run.json"), "utf8"));
    expect(stopped.end).toMatchObject({ reason: "time-limit" });
    const { code, stdout } = await eoss(..."resume parent --time-limit 1h".split(" "));
    expect(code).toBe(0);
    expect(stdout).toMatch(/completed: 12 steps were made/);
    const over = await eoss("resume", "parent");
    expect(over.code).toBe(2);
    expect(over.stderr).toMatch(
      /the run has completed its 12 steps; to extend it, resume it with --steps N/,
    );
  });

  it("as a twin with other settings, by fork", async () => {
    const args = "fork parent --at 6 --lr 0.05 --optimizer".split(" ");
    const { code, stdout } = await eoss(...args, "heavy-ball momentum=0.5", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ directory: "parent-fork6", end: { step: 12 } });
    const { intervene } = JSON.parse(
      readFileSync(join(root, "parent-fork6/run.json"), "utf8"),
    ).config;
    expect(intervene).toEqual(["at=6 lr=0.05 optimizer=heavy-ball momentum=0.5"]);
    const late = await eoss(..."fork parent --at 12".split(" "));
    expect(late.stderr).toMatch(/--at is 12; allowed: a step from 0, .* below 12/);
  });

  it("under the eyes of another process, by watch", async () => {
    const { code, stdout } = await eoss("watch", "parent");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^step 0 · loss [\d.]+\nstep 6 · loss [\d.]+\n/);
    expect(stdout).toMatch(/completed: 12 steps were made\n$/);
    const { stdout: lines } = await eoss("watch", "parent", "--json");
    const records = (text: string) =>
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    const written = readFileSync(join(root, "parent/metrics.jsonl"), "utf8");
    expect(records(lines)).toEqual(records(written));
  });
});

describe("measuring after the fact", () => {
  it("at a step, of any quantity", async () => {
    const { code, stdout } = await eoss(..."measure parent --at 6 --measure accuracy".split(" "));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^step 6, b = 10, η = 0\.1\n/);
    expect(stdout).toMatch(/accuracy +0\.\d+/);
    const wrong = await eoss(..."measure parent --at noon".split(" "));
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("allowed: a step from 0 up, init, final");
  });

  it("against the batch size", async () => {
    const args = "static --run parent --at final --batches 1,5,20 --tolerance 0.2".split(" ");
    const { code, stdout } = await eoss(...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^step 12, n = 100, FullBS/);
    expect(stdout).toMatch(/gap ∝ b\^\(−α\): α = /);
    const { stdout: json } = await eoss(...args, "--json");
    expect(JSON.parse(json).points.map((point: { batchSize: number }) => point.batchSize)).toEqual([
      1, 5, 20,
    ]);
  });
});

describe("a quantity of somebody else", () => {
  it("is one file: described, measured, recorded, reported", async () => {
    // Beside the program, so that the file finds the packages that a user would have installed.
    const file = join(dirname(bin), ".test-quantity.mjs");
    writeFileSync(file, THIRD_PARTY_QUANTITY);
    try {
      const { stdout } = await eoss("quantities", file);
      expect(stdout).toMatch(
        /batch-loss +batches +loss +none +one forward pass a batch +mean loss of a/,
      );
      const run = await small("--measure", `loss,${file}`, "--out", "quantity", "--json");
      expect(JSON.parse(run.stdout).quantities["batch-loss"]).toMatchObject({ measurements: 3 });
      const records = readFileSync(join(root, "quantity/metrics.jsonl"), "utf8");
      expect(records).toMatch(
        /"quantity":"batch-loss","value":[\d.]+,"unit":"loss","matrix":"none","over":"batches","standardError"/,
      );
      expect(readFileSync(join(root, "quantity/report.html"), "utf8")).toContain("batch-loss");
    } finally {
      rmSync(file);
    }
  });

  it("that is none is refused with the rule it breaks", async () => {
    writeFileSync(join(root, "no-quantity.mjs"), "export default { name: 'x' };");
    const { code, stderr } = await small("--measure", "./no-quantity.mjs", "--out", "none");
    expect(code).toBe(2);
    expect(stderr).toMatch(/no-quantity\.mjs is not a quantity: `description` must be a text/);
  });

  it("stands beside those that are built in", async () => {
    const { stdout } = await eoss("quantities", "--json");
    const names = JSON.parse(stdout).map(({ name }: { name: string }) => name);
    expect(names).toContain("minibs");
    expect(names).toContain("gap");
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("models", () => {
  it("come from a file, with options of their own", async () => {
    // Beside the program, so that the file finds the packages that a user would have installed.
    const file = join(dirname(bin), ".test-model.mjs");
    writeFileSync(file, THIRD_PARTY_MODEL);
    try {
      const help = await eoss("train", "--help-model", file);
      expect(help.stdout.replace(/\s+/g, " ")).toContain("scale number 2 factor on the outputs");
      const model = ["--model", file, "--model-options", "scale: 3", "--samples", "40"];
      const verified = await eoss("verify", ...model, "--backend", "cpu");
      expect(verified.code).toBe(0);
      expect(verified.stderr).toMatch(/^checking .* with mse on 40 samples \.\.\.\n$/);
      expect(verified.stdout).toMatch(/\bw\b.*\n(.|\n)*verdict: agrees/);
      const run =
        "train --data digits --lr 0.001 --batch 10 --steps 2 --measure loss --json --out third";
      const trained = await eoss(...run.split(" "), ...model);
      expect(JSON.parse(trained.stdout)).toMatchObject({ end: { reason: "completed" } });
      const other = run.replace("--out third", "--out fourth").split(" ");
      const wrong = await eoss(...other, "--model", file, "--model-options", "depth: 3");
      expect(wrong.code).toBe(2);
      expect(wrong.stderr).toContain('the network scaled has no option "depth"; it has: scale');
    } finally {
      rmSync(file);
    }
  });

  it("that are none are refused with the rule they break", async () => {
    writeFileSync(join(root, "no-model.mjs"), "export default { name: 'x' };");
    const { code, stderr } = await eoss("verify", "--model", "./no-model.mjs");
    expect(code).toBe(2);
    expect(stderr).toMatch(/no-model\.mjs is not a model: `description` must be a text/);
    expect((await eoss("verify", "--model", "perceptron")).stderr).toMatch(
      /cannot load the model "perceptron": there is no package perceptron in .* or beside eoss/,
    );
  });

  it("of several ops are verified; options that do not fit are named", async () => {
    const cnn = "verify --model cnn --samples 2 --activation tanh --json --model-options".split(
      " ",
    );
    const { code, stdout } = await eoss(...cnn, "channels: [2, 2, 3], width: 6, padding: same");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).verdict).not.toBe("disagrees");
    const wrong = await eoss(...cnn, "padding: wide");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/options of the network cnn: .*padding/s);
  });
});

describe("report", () => {
  it("of two runs is one file that loads nothing", async () => {
    await small("--out", "second", "--seed", "1", "--measure", "minibs,loss");
    const { code, stdout } = await eoss("report", "first", "second", "--out", "both.html");
    expect(code).toBe(0);
    expect(stdout).toBe("report: both.html\n");
    const html = readFileSync(join(root, "both.html"), "utf8");
    expect(html).toContain("2/η");
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it("of what is no run folder says what one is", async () => {
    const { code, stderr } = await eoss("report", "nowhere");
    expect(code).toBe(2);
    expect(stderr).toMatch(/nowhere is not a run folder: it has no run\.json/);
  });
});

describe("doctor", () => {
  it("finds its own backends sound, and says how to add the others", async () => {
    const { code, stdout } = await eoss("doctor", "--json");
    expect(code).toBe(0);
    const { healthy, backends, native } = JSON.parse(stdout);
    if (native.name === undefined) expect(native.advice).toMatch(/install/);
    else expect(native.gigaflops).toBeGreaterThan(0);
    expect(healthy).toBe(true);
    const names = backends.map(({ name }: { name: string }) => name);
    expect(names).toEqual(["wasm", "cpu", "node", "node-gpu", "webgpu"]);
    for (const { name, productError, advice } of backends) {
      if (["wasm", "cpu"].includes(name)) expect(productError).toBeLessThan(1e-6);
      else expect(advice ?? productError).toBeDefined();
    }
    const gpu = backends.find(({ name }: { name: string }) => name === "node-gpu");
    if (gpu.advice === undefined) return;
    expect(gpu.advice).toBe("npm install @tensorflow/tfjs-node-gpu");
    const { code: refused, stderr } = await small("--backend", "node-gpu", "--out", "gpu");
    expect(refused).toBe(2);
    expect(stderr).toMatch(
      /node-gpu backend is not installed; install it beside eoss: npm install @tensorflow/,
    );
  });
});

describe("data", () => {
  it("refuses an archive that is not the official one, and leaves no files", async () => {
    const server = createServer((_, response) => response.end("not an archive")).listen(
      0,
      "127.0.0.1",
    );
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cifar-10-binary.tar.gz`;
    const { code, stderr } = await eoss("data", "cifar10", "--data-dir", "images", "--url", url);
    server.close();
    expect(code).toBe(2);
    expect(stderr).toMatch(/checksum|md5/i);
    expect(stderr).toContain("data_batch_1.bin");
  });

  it("knows what can be fetched", async () => {
    const { code, stderr } = await eoss("data", "digits", "--data-dir", "images");
    expect(code).toBe(2);
    expect(stderr).toContain('nothing to download for "digits"; allowed: cifar10');
  });
});

describe("reproduce", () => {
  const RECIPE = `figure: mine
title: Mine
see: something
base: { data: digits, samples: 60, width: [6], lr: 0.1, steps: 12, every: 2, tolerance: 0.3, backend: cpu }
grid: { batch: [8, 16] }
scales: { digits: {} }
plots: [{ kind: steps, name: sharpness, of: [minibs, fullbs] }]
claims: [{ claim: low, kind: level, of: minibs, at: start, within: [0, 100] }]
`;

  it("says what it would make, makes it in processes, and gives verdicts", async () => {
    writeFileSync(join(root, "mine.yaml"), RECIPE);
    const dry = await eoss("reproduce", "./mine.yaml", "--out", "mine", "--dry-run");
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/2 of 2 runs and 0 of 0 static curves to make/);
    expect(dry.stdout).toMatch(/about \d.* \(\d from (short trials|the time of single products)/);
    expect(existsSync(join(root, "mine"))).toBe(false);
    const made = await eoss("reproduce", "./mine.yaml", "--out", "mine", "--jobs", "2", "--json");
    expect(made.code).toBe(0);
    const { claims, report } = JSON.parse(made.stdout);
    expect(claims[0]).toMatchObject({ figure: "mine", claim: "low", verdict: "holds" });
    expect(claims[0].measured).toHaveLength(2);
    expect(readFileSync(join(root, report), "utf8")).toContain("eoss reproduce ./mine.yaml");
    const again = await eoss("reproduce", "./mine.yaml", "--out", "mine", "--dry-run", "--json");
    expect(JSON.parse(again.stdout).runs.map(({ state }: { state: string }) => state)).toEqual([
      "done",
      "done",
    ]);
  });

  it("names file, line and key of a mistake, and the figures there are", async () => {
    writeFileSync(join(root, "bad.yaml"), RECIPE.replace("[8, 16]", "[8, many]"));
    const bad = await eoss("reproduce", "./bad.yaml");
    expect(bad.code).toBe(2);
    expect(bad.stderr).toMatch(/bad\.yaml:5: grid\.batch.* "many"; allowed/);
    const dataless = await eoss("reproduce", "2", "--scale", "small", "--jobs", "2");
    expect(dataless.code).toBe(2);
    expect(dataless.stderr).toMatch(/eoss: cifar10 is read from files: .*--data-dir DIR/);
    const unknown = await eoss("reproduce", "99");
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/unknown figure "99"; allowed: .*2/);
  });
});

describe("compare", () => {
  const SETTINGS =
    "--data digits --samples 60 --width 6 --lr 0.1 --batch 8 --steps 24 --every 1 --tolerance 0.3 --backend cpu";

  it("trains variants side by side, and says where they settle", async () => {
    const words = [...SETTINGS.split(" "), "--measure", "fullbs,loss", "--out", "compared"];
    const made = await eoss("compare", ...words, "--noise", "none,isotropic", "--jobs", "2");
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(/b = 8, noise isotropic +\S+\s±\s\S+/);
    expect(made.stdout).toMatch(
      /^Settings in which the variants differ\n +noise\n[─ ]+\nb = 8, noise none +none\nb = 8, noise isotropic +isotropic\n/,
    );
    expect(made.stdout).toMatch(/Difference from b = 8, noise none/);
    expect(readFileSync(join(root, "compared", "report.html"), "utf8")).toContain("isotropic");
    const variants = JSON.parse(readFileSync(join(root, "compared", "comparison.json"), "utf8"));
    expect(variants[1].quantities.fullbs).toMatchObject({
      unit: "threshold",
      level: { value: expect.any(Number) },
      difference: { value: expect.any(Number) },
    });
  });

  it("names the flag that is wrong or missing", async () => {
    const wrong = await eoss("compare", ...SETTINGS.split(" "), "--seed", "1,many");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/--seed .* "many"; allowed/);
    const alone = await eoss("compare", ...SETTINGS.split(" "));
    expect(alone.code).toBe(2);
    expect(alone.stderr).toMatch(/there is only one run, so there is nothing to compare/);
  });
});

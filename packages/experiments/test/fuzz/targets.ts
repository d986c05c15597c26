import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isLocked, readAncestors, readConfigFile, readRun, watchRun } from "@eoss/lab";
import { comparisonFigureSvg, renderReport, summarize } from "@eoss/report";
import { parseTrainConfig, planOf } from "@eoss/run";
import { usableCheckpoint } from "../../../lab/src/folder/binding.js";
import { newestCheckpoint, writeCheckpoint } from "../../../lab/src/folder/checkpoint.js";
import { SourceFile } from "../../../lab/src/folder/sourceFile.js";
import { checkTrust } from "../../../lab/src/plugins/trust.js";
import { configOf } from "../../../lab/src/run/resume.js";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { recipesFolder } from "../../src/folders.js";
import { readFigureRecords } from "../../src/recipes/figureRecord.js";
import { reproductionPage } from "../../src/recipes/page.js";
import { parseRecipe } from "../../src/recipes/recipe.js";
import { collectSweep } from "../../src/sweep/collect.js";
import { sweepNumbers } from "../../src/sweep/report/numbers.js";
import { renderSweepReport } from "../../src/sweep/report/report.js";
import { readSubmissions } from "../../src/sweep/slurm/submissions.js";
import { planSweep } from "../../src/sweep/sweep.js";
import { type Dice, JSON_SNIPPETS, mutatedBytes, mutatedJson, YAML_SNIPPETS } from "./mutate.js";

/** Where a case has its files, and the module that must never be loaded. */
export interface Place {
  readonly folder: string;
  readonly canary: string;
}

/** A kind of input: makes a mutated one in the folder, and reads it as the product does. */
export type Target = (dice: Dice, place: Place) => void | Promise<void>;

/** Warnings are messages too: who reads them is shown what an error would say. */
export class Complaint extends Error {}

const sound = syntheticRun({ steps: 40, every: 5, batchesEach: 3 });
const busy = syntheticRun({
  steps: 40,
  every: 5,
  batchesEach: 3,
  seed: 2,
  plan: {
    learningRate: {
      kind: "warm-up",
      from: 0,
      steps: 5,
      after: { kind: "cosine", from: 0.2, to: 0.1, steps: 30 },
    },
    batchSize: { kind: "steps", initial: 16, changes: [{ at: 20, value: 32 }] },
    optimizer: { name: "heavy-ball", momentum: 0.9 },
    interventions: [
      { at: 10, learningRate: 0.1 },
      { at: "plateau", batchSize: 64, noise: "isotropic" },
    ],
  },
  plateaus: [{ step: 25, quantity: "minibs", since: 15 }],
  parent: { directory: "../sound", step: 0 },
});
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
export const manifests = [sound, busy].map(({ manifest }) => plain(manifest));
export const metrics = sound.records
  .concat(
    sound.records
      .filter(({ quantity }) => quantity === "fullbs")
      .map((record) => ({
        ...record,
        quantity: "spectrum",
        parts: { top: { value: [3, 2, 1], errorBound: [0.1, 0.1, 0.1] }, gap: { value: 1 } },
      })),
  )
  .map((record) => plain(record));
export const linesOf = (records: readonly unknown[]) =>
  records.map((one) => `${JSON.stringify(one)}\n`).join("");

/** Text mutated as bytes, or as what it means. */
export function mutated(dice: Dice, content: unknown, { canary }: Place): string | Buffer {
  return dice.chance(0.3)
    ? mutatedBytes(dice, Buffer.from(JSON.stringify(content)), JSON_SNIPPETS)
    : mutatedJson(dice, content, canary);
}

export function write(path: string, content: string | Uint8Array): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
}

/** All that is done with the folder of a run without being told to load code. */
function useRun(folder: string): void {
  const run = readRun(folder);
  renderReport([run], { ancestors: readAncestors([run]) });
  summarize(run, "");
  comparisonFigureSvg([run, sound]);
  const config = configOf(folder, run.manifest);
  checkTrust(folder, config, {});
  planOf(config, run.manifest.dataset.samples);
}

const runJson: Target = (dice, place) => {
  write(join(place.folder, "run.json"), mutated(dice, dice.one(manifests), place));
  write(join(place.folder, "metrics.jsonl"), linesOf(metrics));
  useRun(place.folder);
};

/** Records some of which are others. */
export function mutatedRecords(dice: Dice, { canary }: Place): string | Buffer {
  const lines = metrics.map((record) => JSON.stringify(record));
  if (dice.chance(0.3)) {
    return mutatedBytes(dice, Buffer.from(`${lines.join("\n")}\n`), JSON_SNIPPETS);
  }
  for (let times = dice.one([1, 1, 1, 2, 4]); times > 0; times--) {
    const at = dice.below(lines.length);
    lines[at] = mutatedJson(dice, metrics[at], canary);
  }
  return `${lines.join("\n")}\n`;
}

const metricsJsonl: Target = async (dice, place) => {
  write(join(place.folder, "run.json"), JSON.stringify(dice.one(manifests)));
  write(join(place.folder, "metrics.jsonl"), mutatedRecords(dice, place));
  if (dice.chance(0.2)) for await (const _ of watchRun(place.folder)) break;
  useRun(place.folder);
};

/** Tensors with something else in their header, or anywhere. */
export function mutatedSafetensors(dice: Dice, bytes: Uint8Array, canary: string): Uint8Array {
  if (dice.chance(0.4)) return mutatedBytes(dice, bytes, JSON_SNIPPETS);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString());
  const text = Buffer.from(mutatedJson(dice, header, canary));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, bytes.subarray(8 + length)]);
}

/** A checkpoint whose checksums are right in half of the cases, as a stranger can make them. */
const checkpoint: Target = (dice, { folder, canary }) => {
  const tensor = { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) };
  writeCheckpoint(folder, {
    state: { step: 7, start: 0, params: { "a/w": tensor }, slots: { velocity: { "a/w": tensor } } },
    optimizer: "heavy-ball",
    plateaus: [3],
    noise: { step: 5, variance: Float32Array.of(1, 2) },
    memory: new Map([["minibs", Float32Array.of(1, 2)]]),
    records: { bytes: 0 },
  });
  const files = ["json", "safetensors"].map((end) => join(folder, "checkpoints", `step-7.${end}`));
  let { checksum, ...description } = JSON.parse(readFileSync(files[0]!, "utf8"));
  let bytes: Uint8Array = readFileSync(files[1]!);
  const signed = dice.chance(0.7);
  if (dice.chance(0.6)) {
    bytes = mutatedSafetensors(dice, bytes, canary);
    if (signed) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      description.tensors = { bytes: bytes.length, sha256 };
    }
  } else if (dice.chance(0.7)) {
    try {
      description = JSON.parse(mutatedJson(dice, description, canary)) ?? {};
    } catch {
      // What is no JSON has no checksum.
    }
  }
  if (signed) checksum = createHash("sha256").update(textOf(description)).digest("hex");
  let text = textOf({ checksum, ...description });
  if (dice.chance(0.2))
    text = mutatedBytes(dice, Buffer.from(text), JSON_SNIPPETS).toString("latin1");
  write(files[0]!, text);
  write(files[1]!, bytes);
  const warn = (message: string) => {
    throw new Complaint(message);
  };
  newestCheckpoint(folder, Number.POSITIVE_INFINITY, warn);
  usableCheckpoint(folder, {}, Number.POSITIVE_INFINITY, warn);
};

/** Nesting that the stack cannot hold cannot be signed either. */
function textOf(content: unknown): string {
  try {
    return JSON.stringify(content);
  } catch {
    return "{}";
  }
}

const recipes = ["figure-2", "figure-3", "figure-8", "beyond-momentum"].map((name) =>
  readFileSync(join(recipesFolder, `${name}.yaml`)),
);
const sweep =
  Buffer.from(`base: { data: digits, samples: 200, width: [16], lr: 0.1, steps: 50, every: 25 }
grid: { batch: [10, full], seed: [0, 1] }
list: { plain: {}, momentum: { optimizer: heavy-ball momentum=0.9, schedule: ["lr=cosine to=0 steps=50"] } }
memory: 500M
slurm: { partition: long, time: "02:00:00", cpus: 2, sbatch: ["--nice=10"], setup: "module load nodejs" }
`);

/** YAML mutated as text, or written as JSON, which is YAML too. */
function mutatedYaml(dice: Dice, text: Buffer, { canary }: Place): string | Buffer {
  if (dice.chance(0.6)) return mutatedBytes(dice, text, YAML_SNIPPETS);
  return mutatedJson(dice, new SourceFile("sound", text.toString()).value, canary);
}

const recipe: Target = (dice, place) => {
  const file = join(place.folder, "recipe.yaml");
  write(file, mutatedYaml(dice, dice.one(recipes), place));
  parseRecipe(SourceFile.read(file), dice.one(["digits", "small", "paper"]));
};

const sweepYaml: Target = (dice, place) => {
  const file = join(place.folder, "sweep.yaml");
  write(file, mutatedYaml(dice, sweep, place));
  planSweep(file, place.folder);
};

const configYaml: Target = (dice, place) => {
  const file = join(place.folder, "config.yaml");
  write(file, mutatedJson(dice, parsedConfig, place.canary));
  parseTrainConfig(readConfigFile(file), (key) => `${file}: ${key}`);
};
const parsedConfig = plain(sound.manifest.config);

/** The smaller files beside runs. */
const others: Target = (dice, place) => {
  const { folder } = place;
  const pick = dice.below(3);
  if (pick === 0) {
    const record = {
      formatVersion: 1,
      recipe: { figure: "1", title: "t", see: "s", scale: "digits" },
      command: "c",
      claims: [],
      plots: [{ name: "p", svg: '<svg width="1"><path d="M0,0"/></svg>' }],
      files: ["figures/1/a.csv"],
      runs: [
        {
          name: "a",
          directory: "runs/a",
          end: null,
          backend: "cpu",
          versions: {},
          command: "",
          seed: 0,
        },
      ],
      missing: [],
    };
    const file = join(folder, "figures", "1", "figure.json");
    write(file, mutated(dice, record, place));
    reproductionPage(
      readFigureRecords(folder, (message) => {
        throw new Complaint(message);
      }),
    );
  } else if (pick === 1) {
    const owner = { pid: 1, host: "elsewhere", started: "12" };
    write(join(folder, "lock"), mutated(dice, owner, place));
    isLocked(folder);
  } else {
    const submission = { number: 1, jobName: "eoss-x", job: "12", tasks: [["a"], ["b", "c"]] };
    write(join(folder, "slurm", "1.json"), mutated(dice, submission, place));
    readSubmissions(folder);
  }
};

const sweepOfThree = `base: { data: digits, samples: 1536, steps: 40 }
grid: { batch: [4, 16], lr: [0.2, 0.4] }
list: { plain: {}, narrow: { width: [8] } }
`;

/** A sweep that is made in part, with something wrong in one of its runs. */
const sweepFolder: Target = async (dice, place) => {
  const { folder } = place;
  const file = join(folder, "sweep.yaml");
  write(file, sweepOfThree);
  const { runs } = planSweep(file, folder);
  const wrong = dice.below(4);
  for (const [i, { config, out }] of runs.slice(0, 4).entries()) {
    const { batch: batchSize, lr: learningRate } = config;
    const manifest = { ...sound.manifest, config, batchSize };
    const made = plain({ ...manifest, plan: { ...manifest.plan, learningRate, batchSize } });
    const pick = i === wrong ? dice.below(3) : undefined;
    write(join(out, "run.json"), pick === 0 ? mutated(dice, made, place) : JSON.stringify(made));
    const records = pick === 1 ? mutatedRecords(dice, place) : linesOf(metrics);
    write(join(out, "metrics.jsonl"), records);
    const failure = { name: "Error", message: "m" };
    if (pick === 2) write(join(out, "failure.json"), mutated(dice, failure, place));
  }
  await collectSweep(folder);
  renderSweepReport(sweepNumbers(folder));
};

/** Each as often as it stands here. */
export const targets: readonly (readonly [name: string, target: Target])[] = [
  ["run.json", runJson],
  ["metrics.jsonl", metricsJsonl],
  ["run.json", runJson],
  ["metrics.jsonl", metricsJsonl],
  ["checkpoint", checkpoint],
  ["checkpoint", checkpoint],
  ["recipe", recipe],
  ["sweep.yaml", sweepYaml],
  ["config.yaml", configYaml],
  ["sweep folder", sweepFolder],
  ["others", others],
];

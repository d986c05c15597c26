import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { installed } from "@eoss/lab";
import { parseTrainConfig } from "@eoss/run";
import { unzipSync, zipSync } from "fflate";
import { links, locks } from "../../../experiments/test/fuzz/folders.js";
import { type Dice, mutatedBytes } from "../../../experiments/test/fuzz/mutate.js";
import {
  linesOf,
  manifests,
  metrics,
  mutated,
  mutatedRecords,
  mutatedSafetensors,
  type Place,
  type Target,
  targets as targetsOfLab,
  write,
} from "../../../experiments/test/fuzz/targets.js";
import { exportFormats, exportRuns } from "../../src/export/exportRuns.js";
import { importWeights } from "../../src/import/importWeights.js";
import { type ImportedResults, importResults } from "../../src/import/results/importResults.js";
import { query } from "../../src/query/query.js";
import { flatRows, runTable } from "../../src/table/runTable.js";
import { linkedReads, sqlText } from "./strangers.js";

/** Names of folders that mean something to SQL, to patterns of files or to a shell. */
const FOLDERS = [
  "run",
  "it's",
  "'; CREATE TABLE injected (x INT); --",
  '"; DROP TABLE runs; --',
  "a[1]*?{b,c}",
  "50%\\$(echo)`x`",
  "-rf --to csv",
  "<script>&",
];

/** A run in which something is wrong, in the records or in what stands above them. */
function mutatedRun(dice: Dice, place: Place): string {
  const run = join(place.folder, "runs", dice.one(FOLDERS));
  const inRecords = dice.chance(0.5);
  const manifest = dice.one(manifests);
  write(
    join(run, "run.json"),
    inRecords ? JSON.stringify(manifest) : mutated(dice, manifest, place),
  );
  write(join(run, "metrics.jsonl"), inRecords ? mutatedRecords(dice, place) : linesOf(metrics));
  write(join(place.folder, "runs", "sound", "run.json"), JSON.stringify(manifests[0]));
  return join(place.folder, "runs");
}

const table: Target = (dice, place) => {
  flatRows(runTable([mutatedRun(dice, place)]));
};

const exported: Target = (dice, place) => {
  const runs = mutatedRun(dice, place);
  exportRuns([runs], { to: dice.one(exportFormats), out: join(place.folder, "out") });
};

const TABLES = "SELECT table_name FROM information_schema.tables ORDER BY 1";
const QUERIES = ["SELECT * FROM runs", "SELECT * FROM metrics", "SELECT * FROM steps", TABLES];

/** What a run says is never SQL: the queries are right, so that none is ever misunderstood. */
const sql: Target = async (dice, place) => {
  const runs = mutatedRun(dice, place);
  try {
    const question = dice.one(QUERIES);
    const { rows } = await query(question, [runs]);
    if (question === TABLES && rows.join() !== "metrics,parts,runs,steps") {
      throw new Error(`there are the tables ${rows}`);
    }
  } catch (error) {
    if (/^(Parser|Binder|Catalog) Error/.test((error as Error).message)) {
      throw new Error(`a value became SQL: ${(error as Error).message}`);
    }
    throw error;
  }
  if (existsSync("injected.csv")) throw new Error("a value became SQL: it wrote a file");
};

const fixtures = join(process.cwd(), "test/fixtures");
const safetensors = readFileSync(join(fixtures, "torch-mlp.safetensors"));
const arrays = unzipSync(readFileSync(join(fixtures, "torch-mlp.npz")));
const config = parseTrainConfig({
  ...{ data: "digits", samples: 20, width: [24, 24], lr: 0.1, batch: 4, steps: 1 },
  ...{ backend: "cpu", workers: 1 },
});

/** What stands in headers of arrays where it is least expected. */
const NPY_SNIPPETS = [
  ...["(4000000000,)", "(0, 99999999999999999999)", "(,)", "(-1, 2)", "(1.5,)", "()", "((2,),)"],
  ...["'<f4'", "'<f8'", "'|O'", "'>f4'", "True", "False", "'shape': ", "\0", "(", "'"],
  `(${"1,".repeat(5000)})`,
];

function mutatedNpy(dice: Dice, bytes: Uint8Array): Uint8Array {
  if (dice.chance(0.4)) return mutatedBytes(dice, bytes, NPY_SNIPPETS);
  const start = 10 + Buffer.from(bytes).readUInt16LE(8);
  const part = dice.one([/'descr': '[^']*'/, /\([^)]*\)/, /True|False/, /'<f[48]'/]);
  const header = Buffer.from(bytes.subarray(10, start)).toString("latin1");
  const text = Buffer.from(
    header.replace(part, () => dice.one(NPY_SNIPPETS)),
    "latin1",
  );
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([bytes.subarray(0, 8), length, text, bytes.subarray(start)]);
}

function mutatedNpz(dice: Dice): Uint8Array {
  const files = new Map<string, Uint8Array>(Object.entries(arrays));
  const name = dice.one([...files.keys()]);
  const bytes = files.get(name)!;
  const way = dice.below(5);
  if (way === 0) files.delete(name);
  if (way === 1) files.set(dice.one(["../x.npy", "/x.npy", "__proto__.npy", "\u001b.npy"]), bytes);
  if (way === 2) files.set(name, mutatedNpy(dice, bytes));
  const archive = zipSync(Object.fromEntries(files), { level: dice.one([0, 6]) });
  return way < 3 ? archive : mutatedBytes(dice, archive, ["PK\x01\x02", "PK\x03\x04"]);
}

const weights: Target = async (dice, { folder, canary }) => {
  const file = join(folder, "weights");
  const pick = dice.below(3);
  if (pick === 0) write(file, mutatedSafetensors(dice, safetensors, canary));
  else if (pick === 1) write(file, mutatedNpz(dice));
  else write(file, mutatedNpy(dice, dice.one(Object.values(arrays))));
  const layout = dice.one(["torch", "torch", "tf", undefined] as const);
  await importWeights(file, config, { out: join(folder, "run"), layout });
};

const RESULTS = Buffer.from(`# Edge of Stochastic Stability.
# Dataset: cifar10, model mlp, lr 0.05, batch size 4, gd_noise None
# Arguments: Namespace(batch=4, lr=0.05, loss='mse', dataset='cifar10', classes=[1, 9], num_data=64, model='mlp')
# (0) epoch, (1) step, (2) batch loss, (3) full loss, (4) lambda max, (5) hessian trace
000, 00000, 1.012345, 1.000125,   4.25,   nan
000, 00001, 0.987654,     nan,    nan,    1.5
`);

const RESULTS_SNIPPETS = [
  ...[
    "nan",
    "-inf",
    "1e999",
    "0x10",
    ", ",
    "\n",
    "\r\n",
    "# (0) ",
    "(1) step",
    "\u001b[2J",
    "__proto__=",
  ],
  ...[
    "lr=-1",
    "lr=1e-400",
    "batch=0",
    "batch=1e99",
    "num_data=[1]",
    "momentum=1",
    "adam=True",
    "'\\",
  ],
];

/** What is imported is a sound run. */
const results: Target = (dice, { folder }) => {
  const file = join(folder, "results.txt");
  write(file, mutatedBytes(dice, RESULTS, RESULTS_SNIPPETS));
  const [{ directory }] = importResults([file], { out: join(folder, "run") }) as [ImportedResults];
  try {
    runTable([directory]);
  } catch (error) {
    throw new Error(`an imported run cannot be read: ${(error as Error).message}`);
  }
};

/** Queries need DuckDB, which is optional. */
const hasDuckDB = installed("@duckdb/node-api", import.meta.url) !== undefined;
if (!hasDuckDB) console.log("queries are left out: there is no @duckdb/node-api");

/** Each as often as it stands here; those of lab twice. */
export const targets: readonly (readonly [name: string, target: Target])[] = [
  ...targetsOfLab,
  ["weights", weights],
  ["results", results],
  ["export", exported],
  ["table", table],
  ["locks", locks],
  ["links", links],
  ...targetsOfLab,
  ["weights", weights],
  ["export", exported],
  ["locks", locks],
  ["links", links],
  ["links read", linkedReads],
  ...(hasDuckDB
    ? ([
        ["query", sql],
        ["sql", sqlText],
      ] as const)
    : []),
];

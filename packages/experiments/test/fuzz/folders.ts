import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { keepAside } from "../../../lab/src/folder/aside.js";
import { usableCheckpoint } from "../../../lab/src/folder/binding.js";
import { pruneCheckpoints, writeCheckpoint } from "../../../lab/src/folder/checkpoint.js";
import { loadFinish } from "../../../lab/src/folder/finish.js";
import { isLocked, RunLock } from "../../../lab/src/folder/lock.js";
import { ownerHere } from "../../../lab/src/folder/owner.js";
import { readManifest } from "../../../lab/src/folder/read.js";
import { repair } from "../../../lab/src/folder/repair.js";
import { RunStore } from "../../../lab/src/folder/store.js";
import { type Dice, JSON_SNIPPETS, mutatedBytes, mutatedJson } from "./mutate.js";
import { linesOf, manifests, metrics, type Place, type Target, write } from "./targets.js";

// Folders in which names are not what they seem: links that lead out, locks that somebody forged.

const finish = await loadFinish();

/** What stands in the folder of the victim; no reading shows it, and no writing changes it. */
export const SECRET = "the-victims-own-words";

/** A folder of somebody else, beside that of the case. */
export class Victim {
  readonly folder: string;
  readonly #before: string;

  constructor({ folder }: Place) {
    this.folder = join(folder, "victim");
    const manifest = manifests[0] as { config: object; dataset: object };
    const config = { ...manifest.config, "data-dir": SECRET };
    const dataset = { ...manifest.dataset, name: SECRET };
    write(join(this.folder, "run.json"), JSON.stringify({ ...manifest, config, dataset }));
    const records = metrics.map((record) => ({ ...(record as object), quantity: SECRET }));
    write(join(this.folder, "metrics.jsonl"), linesOf(records));
    write(join(this.folder, "file"), SECRET);
    write(join(this.folder, "folder", "file"), SECRET);
    this.#before = contentOf(this.folder);
  }

  /** @throws Error if something was changed */
  check(): void {
    const now = contentOf(this.folder);
    if (now !== this.#before) throw new Error(`it wrote outside: ${now}`);
  }
}

/** Every name below a folder, and what it holds. */
export function contentOf(folder: string): string {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const stats = lstatSync(path);
      if (stats.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`;
      return `${name}: ${stats.isDirectory() ? contentOf(path) : readFileSync(path, "latin1")}`;
    })
    .join("\n");
}

/** Puts links in the place of some names of a folder, to what is the victim's, its own or not there. */
export function putLinks(dice: Dice, folder: string, names: readonly string[], victim: string) {
  for (let times = dice.one([1, 1, 2, 3]); times > 0; times--) {
    const path = join(folder, dice.one(names));
    const own = `${path}.own`;
    const targets = [
      ...["file", "folder", "run.json", "metrics.jsonl", "new", ""].map((name) =>
        join(victim, name),
      ),
      ...["/dev/null", "/dev/zero", "/proc/self/mem", path, own],
    ];
    const above = lstatSync(dirname(path), { throwIfNoEntry: false });
    if (above?.isSymbolicLink()) continue;
    if (existsSync(path) && !existsSync(own)) renameSync(path, own);
    else rmSync(path, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(dice.one(targets), path);
  }
}

export const RUN_NAMES = ["run.json", "metrics.jsonl", "report.html", "checkpoints", "aside"];
const WRITTEN = [
  ...RUN_NAMES,
  ...["lock", "lock.stale", "initial.safetensors", "failure.json"],
  ...["checkpoints/step-7.json", "checkpoints/step-7.safetensors", "aside/metrics-1.jsonl"],
];

const tensor = { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) };
const checkpointOf = (step: number) => ({
  ...{ optimizer: "sgd", plateaus: [], memory: new Map(), records: { bytes: 0 } },
  state: { step, start: 0, params: { "a/w": tensor }, slots: {} },
});

/** All that writes a run folder, in one with links. */
export const links: Target = (dice, place) => {
  const run = join(place.folder, "run");
  const victim = new Victim(place);
  write(join(run, "run.json"), JSON.stringify(dice.one(manifests)));
  write(join(run, "metrics.jsonl"), linesOf(metrics));
  writeCheckpoint(run, checkpointOf(7));
  putLinks(dice, run, WRITTEN, victim.folder);
  const ways = [
    () => void repair(run),
    () => void finish(run),
    () => void keepAside(run, "metrics.jsonl", "x"),
    () => writeCheckpoint(run, checkpointOf(8)),
    () => pruneCheckpoints(run, 1),
    () => void usableCheckpoint(run, {}, Number.POSITIVE_INFINITY, () => {}),
    () => {
      const manifest = readManifest(run);
      const store = RunStore.reopen(run, manifest, manifest, undefined, () => {});
      store.append({ step: 0, quantity: "loss", value: 1 } as never);
      store.close({ reason: "completed", step: 1, message: "m" }, "2024-01-01T00:00:00Z");
    },
  ];
  try {
    dice.one(ways)();
  } finally {
    victim.check();
  }
};

/** Tokens that mean something in the name of a file. */
const TOKENS = ["stale", "../victim/file", "a/../../victim/file", "", ".", "x".repeat(300), "\0"];

/** Locks of living and dead owners, forged ones, and what lies beside them. */
export const locks: Target = (dice, place) => {
  const run = join(place.folder, "run");
  const victim = new Victim(place);
  const lock = join(run, "lock");
  const forged = dice.chance(0.7);
  const owner = forged
    ? {
        ...ownerHere(dice.one(TOKENS)),
        ...dice.one([{ pid: 2 ** 22 + 1 }, { host: "elsewhere", boot: "x" }, { started: "1" }, {}]),
      }
    : ownerHere("alive");
  const isOther = forged && dice.chance(0.5);
  const text = isOther
    ? dice.chance(0.3)
      ? mutatedBytes(dice, Buffer.from(JSON.stringify(owner)), JSON_SNIPPETS)
      : mutatedJson(dice, owner, place.canary)
    : JSON.stringify(owner);
  write(lock, text);
  const then = new Date(Date.now() - 1000 * dice.one([0, 0, 6, 130, 1e6, -1e6]));
  utimesSync(lock, then, then);
  if (dice.chance(0.4)) mkdirSync(join(run, dice.one(["lock.a", "lock.stale", "lock."])));
  if (dice.chance(0.3)) write(join(run, "lock.rest"), "x");
  if (dice.chance(0.2)) putLinks(dice, run, ["lock", "lock.stale", "lock.rest"], victim.folder);
  else if (!forged && !isLocked(run)) throw new Error("a living owner is taken for a dead one");
  try {
    const own = RunLock.acquire(run);
    const taken = readFileSync(lock, "utf8");
    if (taken !== own.text) throw new Error(`the lock holds something else: ${taken}`);
    own.check();
    if (!isLocked(run)) throw new Error("the lock does not hold");
    own.release();
    if (existsSync(lock)) throw new Error("the lock is still there");
  } finally {
    victim.check();
  }
};

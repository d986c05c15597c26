/** What runs and curves take on this machine, kept from call to call in the user's cache folder. */

import { readFileSync } from "node:fs";
import { availableParallelism, cpus, homedir } from "node:os";
import { join } from "node:path";
import { makeFolder, version, writeWhole } from "@eoss/lab";
import { z } from "zod";
import type { RunCost } from "./costs.js";
import type { NetworkCosts } from "./productCosts.js";

const FILE = "costs.json";

const seconds = z.number().min(0);
const tableSchema = z.object({
  formatVersion: z.literal(1),
  /** What it was measured on and with: another machine or version measures again. */
  measuredOn: z.string(),
  /** By network, as `networkOf` has it. */
  networks: z.record(z.string(), z.object({ call: seconds, sample: seconds, step: seconds })),
  /** Of runs by kind, as `kindOf` has it; of curves by key: one measurement, no step. */
  trials: z.record(z.string(), z.object({ step: seconds, measurement: seconds })),
});
type Table = z.output<typeof tableSchema>;

/** Costs that were measured once. What cannot be read or written is measured again. */
export class CostTable {
  readonly networks: Map<string, NetworkCosts>;
  readonly trials: Map<string, RunCost>;
  readonly #folder: string;

  /** @param folder of the table; default: `eoss` in the user's cache folder */
  constructor(folder: string = cacheFolder()) {
    this.#folder = folder;
    const { networks = {}, trials = {} } = readTable(join(folder, FILE)) ?? {};
    this.networks = new Map(Object.entries(networks));
    this.trials = new Map(Object.entries(trials));
  }

  /** @param kept whether what is known under a key is to be kept */
  write(kept: (key: string) => boolean): void {
    const ofKept = <T>(map: ReadonlyMap<string, T>) =>
      Object.fromEntries([...map].filter(([key]) => kept(key)));
    const table: Table = {
      ...{ formatVersion: 1, measuredOn },
      ...{ networks: ofKept(this.networks), trials: ofKept(this.trials) },
    };
    try {
      makeFolder(this.#folder);
      writeWhole(join(this.#folder, FILE), `${JSON.stringify(table, null, 1)}\n`);
    } catch {
      // An estimate needs no folder: the next call measures again.
    }
  }
}

/** A table of this machine and these versions; undefined where there is none. */
function readTable(file: string): Table | undefined {
  try {
    const table = tableSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    return table.measuredOn === measuredOn ? table : undefined;
  } catch {
    return undefined;
  }
}

/** Where programs keep what can be made again: XDG_CACHE_HOME, LOCALAPPDATA or ~/.cache. */
function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  return join(XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), ".cache"), "eoss");
}

const measuredOn = [
  cpus()[0]?.model ?? "unknown processor",
  `${availableParallelism()} cores`,
  `${process.platform} ${process.arch}`,
  `eoss ${version}`,
  `node ${process.versions.node}`,
].join(", ");

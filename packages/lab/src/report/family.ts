import { resolve } from "node:path";
import { RunFolderError } from "../run/parse.js";
import { type Run, readRun } from "../run/read.js";
import { changesOf, firstStep } from "../run/regimes.js";
import { changeText, distinct } from "./labels.js";
import { integer } from "./numbers.js";
import { forkStyle, type LineStyle, rootStyle } from "./palette.js";

/** A run among its relatives. */
export interface Member {
  readonly run: Run;
  /** Its look, and what it does: "as before", "η 0.2 → 0.1 at 4,000". */
  readonly style: LineStyle;
}

/** The folder of the run that a fork left; null if the run is no fork. */
function parentFolder({ directory, manifest: { parent } }: Run): string | null {
  return parent ? resolve(directory, parent.directory) : null;
}

/**
 * The ancestors of some runs that are not among them, as far as their folders are still there and
 * hold a run that can be the ancestor.
 */
export function readAncestors(runs: readonly Run[]): Run[] {
  const known = new Set(runs.map(({ directory }) => resolve(directory)));
  const found: Run[] = [];
  const left = [...runs];
  for (let run = left.pop(); run !== undefined; run = left.pop()) {
    const folder = parentFolder(run);
    if (folder === null || known.has(folder)) continue;
    known.add(folder);
    const ancestor = readable(folder);
    if (ancestor === null || !canBeParent(ancestor, run)) continue;
    found.push(ancestor);
    left.push(ancestor);
  }
  return found;
}

/**
 * The runs in groups of relatives, each group in the order of its forks, the groups in the order of
 * their first runs. A run without relatives is a group alone.
 */
export function familiesOf(runs: readonly Run[]): Run[][] {
  const byFolder = new Map(runs.map((run) => [resolve(run.directory), run]));
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const root = rootFolder(run, byFolder);
    groups.set(root, [...(groups.get(root) ?? []), run]);
  }
  return [...groups.values()].map((group) =>
    [...group].sort((a, b) => generation(a) - generation(b) || firstStep(a) - firstStep(b)),
  );
}

/** Relatives with their looks: the first keeps the colour of text unless it is a fork itself. */
export function membersOf(family: readonly Run[]): Member[] {
  const [first] = family;
  const root = first?.manifest.parent === undefined ? first : undefined;
  const common = new Set(root ? wordsOf(root) : []);
  const labels = distinct(
    family.map(
      (run) =>
        wordsOf(run)
          .filter((text) => !common.has(text))
          .join(", ") || "as before",
    ),
    family,
  );
  return family.map((run, i) => ({
    run,
    style: run === root ? rootStyle(labels[i]!) : forkStyle(labels[i]!, root ? i - 1 : i),
  }));
}

/** A fork can begin at step 0 too, and comes after its parent all the same. */
function generation({ manifest }: Run): number {
  return manifest.parent === undefined ? 0 : 1;
}

/** What a run changed, and where: "η 0.2 → 0.1 at 4,000" */
function wordsOf(run: Run): string[] {
  return changesOf(run).map(
    (change) => `${changeText(change, run.manifest.dataset.samples)} at ${integer(change.step)}`,
  );
}

function rootFolder(run: Run, runs: ReadonlyMap<string, Run>): string {
  const path = [resolve(run.directory)];
  for (let at: Run | undefined = run; at !== undefined; at = runs.get(path.at(-1)!)) {
    const folder = parentFolder(at);
    if (folder === null || path.includes(folder)) break;
    path.push(folder);
  }
  return path.at(-1)!;
}

function readable(folder: string): Run | null {
  try {
    return readRun(folder);
  } catch (error) {
    if (error instanceof RunFolderError) return null;
    throw error;
  }
}

/** Another run may have come to the place of the parent: a fork shares its start and its data. */
function canBeParent({ manifest: parent }: Run, { manifest: fork }: Run): boolean {
  const key = ({ seeds, dataset, model }: Run["manifest"]) =>
    JSON.stringify([seeds.seed, dataset.name, dataset.samples, model.name, model.parameters]);
  return key(parent) === key(fork);
}

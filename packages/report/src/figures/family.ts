import type { OpenedRun } from "@eoss/run";
import { integer } from "@eoss/run/internal";
import { changeText, distinct } from "../text/labels.js";
import { forkStyle, type LineStyle, rootStyle } from "./palette.js";

/** A run among its relatives. */
export interface Member {
  readonly run: OpenedRun;
  /** Its look, and what it does: "as before", "η 0.2 → 0.1 at 4,000". */
  readonly style: LineStyle;
}

/**
 * The runs in groups of relatives, each group in the order of its forks, the groups in the order of
 * their first runs. A run without relatives is a group alone.
 */
export function familiesOf(runs: readonly OpenedRun[]): OpenedRun[][] {
  const byFolder = new Map(runs.map((run) => [placeOf(run), run]));
  const groups = new Map<string, OpenedRun[]>();
  for (const run of runs) {
    const root = rootFolder(run, byFolder);
    groups.set(root, [...(groups.get(root) ?? []), run]);
  }
  return [...groups.values()].map((group) =>
    [...group].sort((a, b) => generation(a) - generation(b) || a.firstStep - b.firstStep),
  );
}

/** Relatives with their looks: the first keeps the colour of text unless it is a fork itself. */
export function membersOf(family: readonly OpenedRun[]): Member[] {
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
function generation({ manifest }: OpenedRun): number {
  return manifest.parent === undefined ? 0 : 1;
}

/** What a run changed, and where: "η 0.2 → 0.1 at 4,000" */
function wordsOf(run: OpenedRun): string[] {
  return run.changes.map(
    (change) => `${changeText(change, run.manifest.dataset.samples)} at ${integer(change.step)}`,
  );
}

/** What tells the folder of a run from others. */
function placeOf({ path, directory }: OpenedRun): string {
  return path ?? directory;
}

function rootFolder(run: OpenedRun, runs: ReadonlyMap<string, OpenedRun>): string {
  const path = [placeOf(run)];
  for (let at: OpenedRun | undefined = run; at !== undefined; at = runs.get(path.at(-1)!)) {
    const folder = at.parentPath;
    if (folder === undefined || path.includes(folder)) break;
    path.push(folder);
  }
  return path.at(-1)!;
}

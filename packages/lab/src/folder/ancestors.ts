import { type Run, RunFolderError } from "@eoss/run";
import { readRun } from "./read.js";

/**
 * The ancestors of some runs that are not among them, as far as their folders are still there and
 * hold a run that can be the ancestor.
 */
export function readAncestors(runs: readonly Run[]): Run[] {
  const known = new Set(runs.map(({ path, directory }) => path ?? directory));
  const found: Run[] = [];
  const left = [...runs];
  for (let run = left.pop(); run !== undefined; run = left.pop()) {
    const folder = run.parentPath;
    if (folder === undefined || known.has(folder)) continue;
    known.add(folder);
    const ancestor = readable(folder);
    if (ancestor === null || !canBeParent(ancestor, run)) continue;
    found.push(ancestor);
    left.push(ancestor);
  }
  return found;
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
    JSON.stringify([
      seeds.init ?? seeds.seed,
      dataset.name,
      dataset.samples,
      model.name,
      model.parameters,
    ]);
  return key(parent) === key(fork);
}

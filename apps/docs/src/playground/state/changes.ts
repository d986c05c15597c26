/** What can be changed while a run goes on, as texts: a number, "full", a name with options. */
export interface Changes {
  readonly lr?: string;
  readonly batch?: string;
  readonly optimizer?: string;
  readonly noise?: string;
}

/** The words of `--intervene`, e.g. `at=300 lr=0.4`. */
function encodeChanges(at: number, { lr, batch, optimizer, noise }: Changes): string {
  return [
    `at=${at}`,
    ...(lr === undefined ? [] : [`lr=${lr}`]),
    ...(batch === undefined ? [] : [`batch=${batch}`]),
    // Its options are words of the intervention; those of a noise stand behind commas.
    ...(optimizer === undefined ? [] : [`optimizer=${optimizer}`]),
    ...(noise === undefined ? [] : [`noise=${noise.trim().replaceAll(/\s+/g, ",")}`]),
  ].join(" ");
}

/** Where an intervention takes effect, and the names of what it changes. */
export function decodeChanges(words: string): {
  at: number | "plateau";
  names: readonly string[];
} {
  const pairs = words
    .trim()
    .split(/\s+/)
    .map((word) => word.split("="));
  const at = pairs.find(([name]) => name === "at")?.[1];
  return {
    at: at === "plateau" ? at : Number(at),
    names: pairs.flatMap(([name]) => (name === "at" ? [] : [name!])),
  };
}

/** A list of interventions with one more, which replaces what had said the same of the same step. */
export function withChanges(list: readonly string[], at: number, changes: Changes): string[] {
  const added = encodeChanges(at, changes);
  const { names } = decodeChanges(added);
  const kept = list.filter((words) => {
    const other = decodeChanges(words);
    return other.at !== at || !other.names.every((name) => names.includes(name));
  });
  return [...kept, added];
}

import { dirname } from "node:path";
import { absolutePaths, hash, type Path, type SourceFile, strictKeys } from "@eoss/lab/internal";
import { withoutFolders } from "@eoss/report/internal";
import { ConfigError, parseTrainConfig, type TrainConfig, trainFields } from "@eoss/run";
import { cut, settingValue, shortJson } from "@eoss/run/internal";
import { z } from "zod";

/** The message for a value of another type. */
const expecting = (text: string) => ({
  error: ({ code }: { readonly code: string }) => (code === "invalid_type" ? text : undefined),
});

const settings = z.record(
  z.string(),
  z.unknown(),
  expecting("expected settings by their flag names, such as { lr: 0.1, batch: 8 }"),
);
const values = z
  .array(z.unknown(), expecting("expected a list of values, such as [8, 16]"))
  .min(1, "the list is empty");
const name = z
  .string()
  .regex(
    /^\w[\w.-]*$/,
    "a name has only letters, digits, _ . and -, and begins with a letter, a digit or _",
  );

/**
 * Several runs as data. `base` holds the settings that all have, under their flag names; `list` names
 * variants, each with settings of its own; `grid` crosses every variant with lists of values.
 *
 * ```yaml
 * base: { data: digits, lr: 0.2, steps: 4000 }
 * grid: { batch: [16, 64, full] }
 * ```
 */
export const runSpecSchema = strictKeys({
  base: settings.optional(),
  grid: z
    .record(
      z.string(),
      values,
      expecting("expected settings with lists of values, such as { batch: [8, 16] }"),
    )
    .optional(),
  list: z
    .record(
      name,
      settings,
      expecting("expected variants by name, such as { small: { width: [8] } }"),
    )
    .optional(),
});

export type RunSpec = z.infer<typeof runSpecSchema>;

/**
 * The runs of a specification by name: that of the variant, then what the grid sets, e.g.
 * `adam-b16-lr0.1`.
 *
 * @param source where the specification stands, for messages
 * @param places paths in the file under which `base`, `grid` and `list` stand, the strongest first
 * @throws ConfigError naming file, line and key of a setting that does not fit
 */
export function expandRuns(
  { base = {}, grid = {}, list = {} }: RunSpec,
  source: SourceFile,
  places: readonly Path[] = [[]],
): Map<string, TrainConfig> {
  const variants = Object.entries(list).length > 0 ? Object.entries(list) : [["", {}] as const];
  checkCount(grid, variants.length, source, places);
  const runs = new Map<string, TrainConfig>();
  const words = wordsOf(grid);
  for (const [variant, own] of variants) {
    for (const cell of crossed(grid)) {
      const nameOf = (key: string) => {
        const ways = [
          ["grid", key],
          ["list", variant, key],
          ["base", key],
        ];
        const paths = ways.flatMap((way) => places.map((place) => [...place, ...way]));
        return source.place(paths.find((path) => source.has(path)) ?? [...places[0]!, "base", key]);
      };
      const label = runName([
        variant,
        ...Object.entries(cell).map((part) => cellName(part, words)),
      ]);
      if (runs.has(label)) {
        const place = source.place([...places[0]!, Object.keys(cell).length > 0 ? "grid" : "list"]);
        throw new ConfigError(
          `${place}: two runs would be called "${label}": give each value once, or name the ` +
            "variants in a list",
        );
      }
      const config = parseTrainConfig({ ...base, ...own, ...cell }, nameOf);
      runs.set(label, absolutePaths(config, dirname(source.file)));
    }
  }
  return runs;
}

/** A few lists of some length make more runs than there is memory for. */
const MOST_RUNS = 100_000;

function checkCount(
  grid: NonNullable<RunSpec["grid"]>,
  variants: number,
  source: SourceFile,
  [place = []]: readonly Path[],
): void {
  const count = Object.values(grid).reduce((product, { length }) => product * length, variants);
  if (count <= MOST_RUNS) return;
  throw new ConfigError(
    `${source.place([...place, "grid"])}: the grid has ${count} runs; allowed: up to ${MOST_RUNS}`,
  );
}

/** Every combination of one value from each list. */
function crossed(grid: Readonly<Record<string, readonly unknown[]>>): Record<string, unknown>[] {
  return Object.entries(grid).reduce<Record<string, unknown>[]>(
    (cells, [key, values]) =>
      cells.flatMap((cell) => values.map((value) => ({ ...cell, [key]: value }))),
    [{}],
  );
}

/** Longer names are cut, and made distinct by a hash: file systems take 255 bytes. */
const LONGEST_NAME = 120;

function runName(parts: readonly string[]): string {
  const name = parts.filter(Boolean).join("-").replace(/^\W+/, "") || "run";
  if (name.length <= LONGEST_NAME) return name;
  return `${name.slice(0, LONGEST_NAME - 11)}-${hash(name)}`;
}

/** The values of each list as names have them: of files without folders, unless two differ in these alone. */
function wordsOf(grid: NonNullable<RunSpec["grid"]>): ReadonlyMap<string, Map<unknown, string>> {
  return new Map(
    Object.entries(grid).map(([key, values]) => {
      // Without the brackets of a list.
      const texts = values.map((value) =>
        typeof value === "object" ? JSON.stringify(value).slice(1, -1) : String(value),
      );
      const short = texts.map(withoutFolders);
      const chosen = new Set(short).size === new Set(texts).size ? short : texts;
      return [key, new Map(values.map((value, i) => [value, chosen[i]!]))];
    }),
  );
}

function cellName(
  [key, value]: [string, unknown],
  words: ReadonlyMap<string, ReadonlyMap<unknown, string>>,
): string {
  // A negative number keeps its sign.
  const text = words
    .get(key)!
    .get(value)!
    .replace(/[^\w.-]+/g, "-");
  return key === "batch" ? `b${text}` : `${key}${text}`;
}

/** @throws ConfigError at a place in a file where a name stands that is none of the known ones */
export function checkName(known: Iterable<string>, wanted: string, place: string): void {
  const names = [...known];
  if (names.includes(wanted)) return;
  throw new ConfigError(
    `${place}: unknown name "${cut(wanted, 80)}"; allowed: ${names.join(", ")}`,
  );
}

/**
 * The settings that a file gives out of a few allowed ones.
 *
 * @param file whose folder paths begin at
 * @throws ConfigError naming the place
 */
export function pickSettings(
  raw: Readonly<Record<string, unknown>>,
  allowed: ReadonlyArray<keyof typeof trainFields>,
  file: string,
  placeOf: (key: string) => string,
): Partial<TrainConfig> {
  const settings: Partial<TrainConfig> = Object.fromEntries(
    Object.entries(raw).map(([key, value]) => {
      if (!(allowed as readonly string[]).includes(key)) {
        throw new ConfigError(
          `${placeOf(key)}: cannot be changed here; allowed: ${allowed.join(", ")}`,
        );
      }
      const field = trainFields[key as keyof typeof trainFields];
      const result = field.schema.safeParse(settingValue(field, value));
      if (result.success) return [key, result.data];
      throw new ConfigError(
        `${placeOf(key)} (${field.description}) cannot be ${shortJson(value)}; allowed: ${field.allowed}`,
      );
    }),
  );
  return absolutePaths(settings, dirname(file));
}

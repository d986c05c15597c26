/** A number of the tables, in units of 2/η. */
export interface Level {
  readonly value: number;
  /** Half the width of its interval; left out where the table gives none. */
  readonly error?: number;
  /** What the table says beside it: "still rising", "drifting", "too few points". */
  readonly note?: string;
}

export const LEVELS = ["minibs", "batch-sharpness", "fullbs"] as const;
export type LevelName = (typeof LEVELS)[number];

/** Where the sharpnesses of one batch size stood. */
interface BatchResult {
  /** "4", or "all samples", as it is shown. */
  readonly batch: string;
  readonly levels: Readonly<Partial<Record<LevelName, Level>>>;
}

/** The runs of figure 2 at one scale. */
export interface ScaleResults {
  readonly name: string;
  /** Data and network, in the words of the document. */
  readonly setting: string;
  readonly batches: readonly BatchResult[];
}

/**
 * The levels of figure 2 from `docs/reproduction.md`: two tables of verdicts, and that of the runs in the paper's own
 * setting.
 *
 * @throws Error naming what the document no longer has
 */
export function resultsOf(document: string): ScaleResults[] {
  // Spaces that do not break are spaces.
  const [intro, ...sections] = document.replaceAll("\u00a0", " ").split(/^## /m);
  const section = (title: RegExp) =>
    sections.find((text) => title.test(text)) ?? missing(`a section ${title}`);
  const digits = section(/^The paper's figures, scale digits/);
  const small = section(/^The paper's figures, scale small/);
  const paper = section(/^The paper's own setting/);
  const digitsSetting = /at scale\s+`digits`, ([^;]+);/.exec(intro!)?.[1];
  return [
    {
      name: "digits",
      setting: digitsSetting?.replaceAll(/\s+/g, " ") ?? missing("the setting of digits"),
      batches: fromVerdicts(digits),
    },
    { name: "small, CIFAR-10", setting: settingOf(small), batches: fromVerdicts(small) },
    { name: "the paper's, CIFAR-10", setting: settingOf(paper), batches: fromLevels(paper) },
  ];
}

/** The first sentence behind the commands of a section. */
function settingOf(section: string): string {
  const text = section.split("```")[2]?.trim().replaceAll(/\s+/g, " ");
  // On what machine it was made is said there.
  const plain = text?.replaceAll(/,? with `[^`]*`/g, "");
  return /^(.*?)[.;] ?(?=[A-Z]|made)/.exec(plain ?? "")?.[1] ?? missing("the setting of a section");
}

/**
 * "minibs of b4: 1.131 ± 0.089", or "0.4 (drifting: ...)" without an interval, in the rows of figure 2; FullBS stands
 * there over MiniBS.
 */
function fromVerdicts(section: string): BatchResult[] {
  const rows = section.split("\n").filter((line) => line.startsWith("| 2 |"));
  const found = new Map<string, Level>();
  for (const [, name, value, error, note] of rows
    .join("\n")
    .matchAll(
      /([a-z-]+(?: \/ [a-z-]+)? of (?:b\d+|full)): ([\d.]+)(?: ± ([\d.]+)| \(([a-z ]+):)/g,
    )) {
    found.set(name!, {
      value: Number(value),
      ...(error !== undefined && { error: Number(error) }),
      ...(note !== undefined && { note }),
    });
  }
  const batches = [...found.keys()].flatMap((name) => /^minibs of (\S+)$/.exec(name)?.[1] ?? []);
  if (batches.length === 0) missing("MiniBS in figure 2");
  return batches.map((batch) => {
    const minibs = found.get(`minibs of ${batch}`)!;
    const sharpness = found.get(`batch-sharpness of ${batch}`) ?? missing("batch sharpness");
    const ratio = found.get(`fullbs / minibs of ${batch}`);
    const inverse = found.get(`minibs / fullbs of ${batch}`);
    const fullbs = ratio
      ? combined(minibs.value * ratio.value, minibs, ratio)
      : inverse
        ? combined(minibs.value / inverse.value, minibs, inverse)
        : missing("FullBS over MiniBS");
    return {
      batch: batch === "full" ? "all samples" : batch.slice(1),
      levels: { minibs, "batch-sharpness": sharpness, fullbs },
    };
  });
}

/** A product or quotient: its relative error is at most about the sum of theirs; none if one has none. */
function combined(value: number, ...parts: readonly Level[]): Level {
  const note = parts.find((part) => part.note !== undefined)?.note;
  const relative = parts.reduce((sum, { error, value }) => sum + (error ?? Number.NaN) / value, 0);
  return {
    value,
    ...(Number.isFinite(relative) && { error: value * relative }),
    ...(note !== undefined && { note }),
  };
}

/** The table of means: "| b = 4 | 1.46, still rising | 0.88 | 0.079 | 0.17 |". */
function fromLevels(section: string): BatchResult[] {
  const rows = section.split("\n").filter((line) => line.startsWith("| b = "));
  if (rows.length === 0) missing("the levels of the paper's own setting");
  return rows.map((row) => {
    const [batch = "", ...cells] = row.slice(1).split("|");
    const levels = LEVELS.map((name, k) => [name, levelOf(cells[k] ?? "")] as const);
    return { batch: batch.trim().slice("b = ".length), levels: Object.fromEntries(levels) };
  });
}

function levelOf(cell: string): Level {
  const [value = "", note] = cell.trim().split(", ");
  if (!(Number(value) > 0)) missing(`a level in "${cell}"`);
  return { value: Number(value), ...(note !== undefined && { note }) };
}

function missing(what: string): never {
  throw new Error(`docs/reproduction.md no longer has ${what}: the lesson reads it`);
}

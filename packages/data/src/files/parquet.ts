/** Reads Parquet: tables, and images as the datasets library of Hugging Face writes them. */

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { answersIn, type Cell, samplesOf, type Table } from "./columns.js";
import { readWhole } from "./disk.js";
import type { ReadTask } from "./fileDataset.js";
import { stack } from "./images.js";
import type { FileOptions } from "./options.js";
import { fault, type RawData, type RawSamples } from "./raw.js";
import { withoutRowNumbers } from "./rowNumbers.js";

type Row = Readonly<Record<string, unknown>>;

/** A file; or a folder with `train-*.parquet` and `test-*.parquet`. */
export async function readParquet({ path, options, beside, test }: ReadTask): Promise<RawData> {
  const { train, held } = filesOf(path);
  const tested = typeof options.test === "string" ? [beside(options.test)] : held;
  const own = await read(train, options);
  const theirs =
    test && tested.length > 0 && typeof options.test !== "number"
      ? await read(tested, options)
      : undefined;
  if (theirs && theirs.names.join("\n") !== own.names.join("\n")) {
    throw fault(
      basename(tested[0]!),
      `its columns are ${theirs.names.join(", ")}; those of ${basename(train[0]!)} are ${own.names.join(", ")}`,
    );
  }
  return {
    train: own.samples,
    ...(theirs && { test: theirs.samples }),
    notes: own.notes,
    source: `Parquet: ${[...train, ...(theirs ? tested : [])].map((file) => basename(file)).join(", ")}`,
  };
}

function filesOf(path: string): { train: string[]; held: string[] } {
  if (/\.parquet$/i.test(path)) return { train: [path], held: [] };
  const names = readdirSync(path)
    .filter((name) => name.endsWith(".parquet"))
    .sort();
  const of = (pattern: RegExp) =>
    names.filter((name) => pattern.test(name)).map((name) => join(path, name));
  const [train, held] = [of(/^train/), of(/^(test|val)/)];
  if (train.length === 0)
    throw fault(path, `it has ${names.join(", ")}; expected files whose names begin with train`);
  return { train, held };
}

/** What was read, and of a table the columns that count. */
interface Read extends Required<Pick<RawData, "notes">> {
  readonly samples: RawSamples;
  readonly names: readonly string[];
}

async function read(files: readonly string[], options: FileOptions): Promise<Read> {
  const parts = await Promise.all(files.map((file) => rowsOf(file)));
  const rows = parts.flatMap(({ rows }) => rows);
  const names = parts[0]!.names;
  const title = basename(files[0]!);
  for (const [k, part] of parts.entries()) {
    if (part.names.join() !== names.join())
      throw fault(
        basename(files[k]!),
        `its columns are ${part.names.join(", ")}; those of ${title} are ${names.join(", ")}`,
      );
  }
  const image = names.find(
    (name) => isImage(rows[0]?.[name]) && (options.x === undefined || options.x === name),
  );
  const place = (row: number) => `row ${row}`;
  const table = (kept: readonly string[]): Table => ({
    title,
    names: kept,
    rows: rows.map((row) => kept.map((name) => row[name] as Cell)),
    place,
  });
  if (image === undefined) {
    const own = withoutRowNumbers(table(names), options);
    return { samples: samplesOf(own, options), names: own.names, notes: own.notes ?? [] };
  }
  const others = names.filter((name) => name !== image);
  if (others.length === 0) throw fault(title, "it has images and no column with their labels");
  const answers = answersIn(table(others), {
    ...options,
    label: options.label ?? labelAmong(others),
  });
  const inputs = await stack(
    rows.map((row, i) => ({
      title: `${title}, row ${i}, column ${image}`,
      bytes: () => {
        const cell = row[image];
        if (!isImage(cell))
          throw fault(title, `row ${i}, column ${image} has no bytes of an image`);
        return cell.bytes;
      },
    })),
  );
  const pictures = {
    data: inputs,
    type: "u1",
    title: `${title}, images of column ${image}`,
    place,
  };
  return { samples: { inputs: pictures, answers }, names: [], notes: [] };
}

function labelAmong(names: readonly string[]): string {
  return (
    names.find((name) => /^(label|labels|fine_label|target|class)$/i.test(name)) ?? names.at(-1)!
  );
}

function isImage(cell: unknown): cell is { bytes: Uint8Array } {
  return (cell as { bytes?: unknown } | null | undefined)?.bytes instanceof Uint8Array;
}

async function rowsOf(path: string): Promise<{ names: string[]; rows: Row[] }> {
  const title = basename(path);
  const bytes = readWhole(path);
  const file = bytes.buffer.slice(
    bytes.byteOffset,
    bytes.byteOffset + bytes.byteLength,
  ) as ArrayBuffer;
  try {
    const metadata = await parquetMetadataAsync(file as never);
    const rows = (await parquetReadObjects({
      file: file as never,
      metadata,
      compressors,
      utf8: false,
    })) as Row[];
    if (rows.length !== Number(metadata.num_rows))
      throw new RangeError(`it says that it has ${metadata.num_rows} rows; ${rows.length} came`);
    return { names: Object.keys(rows[0] ?? {}), rows };
  } catch (error) {
    throw fault(title, `it cannot be read as Parquet: ${(error as Error).message}`, error);
  }
}

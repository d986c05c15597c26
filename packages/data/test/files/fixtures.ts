import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Dataset, loadDataset } from "@eoss/data/node";
import { onTestFinished } from "vitest";

/** Files that scripts/make-fixtures.py wrote with the programs whose files people have. */
export const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));

/** Pixel (h, w), channel c of sample i. */
export const pixelOf = (i: number, h: number, w: number, c: number) =>
  (31 * i + 17 * h + 7 * w + 53 * c) % 256;

/** The pixels [8, 6, 3] of some samples. */
export function pixels(samples: readonly number[]): number[] {
  return samples.flatMap((i) =>
    Array.from({ length: 8 * 6 * 3 }, (_, at) =>
      pixelOf(i, Math.floor(at / 18), Math.floor(at / 3) % 6, at % 3),
    ),
  );
}

export const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => from + i);

export type Options = Readonly<Record<string, unknown>>;

/** A split of a fixture, without standardisation unless asked for. */
export function load(
  name: string,
  options: Options = {},
  split: "train" | "test" = "train",
): Promise<Dataset> {
  return loadDataset(name, {
    dataDir: fixtures,
    options: { standardise: "none", ...options },
    split,
  });
}

/**
 * Loads a copy of a fixture that was changed.
 *
 * @param asked what is loaded; default: the file, or the folder that it is in
 */
export async function loadDamaged(
  name: string,
  change: (bytes: Buffer) => Uint8Array | string,
  options: Options = {},
  asked = name.includes("/") ? `./${name.split("/")[0]}/` : name,
): Promise<Dataset> {
  const dataDir = mkdtempSync(join(tmpdir(), "eoss-damaged-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  const top = name.split("/")[0]!;
  for (const part of [top, "x.npy", "y.npy"])
    cpSync(join(fixtures, part), join(dataDir, part), { recursive: true });
  writeFileSync(join(dataDir, name), change(readFileSync(join(fixtures, name))));
  return loadDataset(asked, { dataDir, options: { standardise: "none", ...options } });
}

/** A .npy file of float32. */
export function npy(shape: string, values: Float32Array): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  const start = Buffer.from("\x93NUMPY\x01\0", "latin1");
  return Buffer.concat([start, length, Buffer.from(header), Buffer.from(values.buffer)]);
}

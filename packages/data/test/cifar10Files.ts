import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** The pixel that made-up images have at a place: all different within a row, a column and a channel. */
export const pixelAt = (record: number, c: number, h: number, w: number) =>
  (record * 101 + c * 53 + h * 7 + w * 3) % 256;

/** Records in the official layout: the given labels, each with the pixels of `pixelAt`. */
export function records(labels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(labels.length * 3073);
  let place = 0;
  for (const [record, label] of labels.entries()) {
    bytes[place++] = label;
    for (let c = 0; c < 3; c++) {
      for (let h = 0; h < 32; h++) {
        for (let w = 0; w < 32; w++) bytes[place++] = pixelAt(record, c, h, w);
      }
    }
  }
  return bytes;
}

/** A directory with the given files that goes away with the test. */
export async function directory(files: Record<string, Uint8Array> = {}): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "eoss-data-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(dir, name), bytes);
  return dir;
}

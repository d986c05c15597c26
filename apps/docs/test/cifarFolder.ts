import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cifarDir } from "../../../tests/src/shared.js";

/** Where the pages say that the images of CIFAR-10 are. */
export const CIFAR = "data/cifar10";

/** Bytes of an image with its label in the binary files, and images in one of them. */
const RECORD = 3073;
const IMAGES = 10_000;

/**
 * Images of CIFAR-10 in a folder, where pages have them after the download that no test makes: those of the
 * reference data beside the repository, or else files of the same form with pixels made of their own numbers.
 */
export function provideCifar(folder: string): void {
  const place = join(folder, CIFAR);
  mkdirSync(dirname(place), { recursive: true });
  if (existsSync(cifarDir)) {
    symlinkSync(cifarDir, place);
    return;
  }
  mkdirSync(place);
  const bytes = new Uint8Array(RECORD * IMAGES);
  for (let i = 0; i < bytes.length; i++) {
    const image = Math.floor(i / RECORD);
    bytes[i] = i % RECORD === 0 ? image % 10 : (Math.imul(i, 2654435761) >>> 24) % 256;
  }
  writeFileSync(join(place, "data_batch_1.bin"), bytes);
  writeFileSync(join(place, "test_batch.bin"), bytes);
}

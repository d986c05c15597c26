/** Reads folders of images: each folder a class. */

import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { decodeImage, type Picture } from "./decodeImage.js";
import type { ReadTask } from "./fileDataset.js";
import { fault, type RawData, type RawSamples } from "./raw.js";

const IMAGE = /\.(png|jpe?g)$/i;
const SPLITS = {
  train: ["train", "training"],
  test: ["test", "testing", "val", "valid", "validation"],
};

/**
 * PNG and JPEG in folders by class, as torchvision's ImageFolder has them; or such folders in `train`
 * and `test` (or `val`).
 */
export async function readImages({ path, test }: ReadTask): Promise<RawData> {
  const folders = foldersIn(path);
  const split = (names: readonly string[]) => names.find((name) => folders.includes(name));
  const train = split(SPLITS.train);
  const held = split(SPLITS.test);
  if (train === undefined)
    return {
      train: await samplesIn(path),
      classNames: folders,
      source: `images in ${basename(path)}`,
    };
  const classNames = foldersIn(join(path, train));
  return {
    train: await samplesIn(join(path, train)),
    ...(test && held !== undefined && { test: await samplesIn(join(path, held)) }),
    classNames,
    source: `images in ${basename(path)}: ${[train, ...(held ? [held] : [])].join(", ")}`,
  };
}

/** All images of a folder of classes, in the order of their names. */
async function samplesIn(folder: string): Promise<RawSamples> {
  const classes = foldersIn(folder);
  if (classes.length === 0)
    throw fault(folder, "it has no folder; expected one for each class, with its images");
  const files = classes.flatMap((name) => {
    const images = namesIn(join(folder, name));
    const stray = images.find((file) => !IMAGE.test(file));
    if (stray !== undefined)
      throw fault(
        join(folder, name, stray),
        "it is no image of a known format; known are .png, .jpg, .jpeg",
      );
    if (images.length === 0) throw fault(join(folder, name), "it has no image");
    return images.map((file) => ({ name, file: join(folder, name, file) }));
  });
  const inputs = await stack(
    files.map(({ file }) => ({ title: file, bytes: () => readFileSync(file) })),
  );
  return {
    inputs: {
      data: inputs,
      type: "u1",
      title: `the images of ${basename(folder)}`,
      place: (sample) => files[sample]!.file,
    },
    answers: {
      data: { shape: [files.length], texts: files.map(({ name }) => name) },
      type: "folders",
      title: `the folders of ${basename(folder)}`,
    },
  };
}

/** Images of one size as an array [n, height, width, channels]; grey ones among coloured ones are repeated. */
export async function stack(images: readonly { title: string; bytes: () => Uint8Array }[]) {
  const pictures: (Picture & { title: string })[] = [];
  for (const { title, bytes } of images) {
    pictures.push({ title, ...(await decodeImage(bytes(), title)) });
  }
  const { width, height } = pictures[0]!;
  const channels = Math.max(...new Set(pictures.map((picture) => picture.channels)));
  const size = width * height * channels;
  const values = new Uint8Array(pictures.length * size);
  pictures.forEach((picture, i) => {
    if (picture.width !== width || picture.height !== height) {
      throw fault(
        picture.title,
        `it has ${picture.width}×${picture.height} pixels; ${pictures[0]!.title} has ${width}×${height}: all need one size`,
      );
    }
    if (picture.channels === channels) values.set(picture.data, i * size);
    else
      for (let at = 0; at < size; at++)
        values[i * size + at] = picture.data[Math.floor(at / channels)]!;
  });
  return { shape: [pictures.length, height, width, channels], values };
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}

/** Files, but for those that systems put everywhere. */
function namesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith(".") && name !== "Thumbs.db")
    .sort();
}

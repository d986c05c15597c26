/** Reads `.npz` and `.npy`. */

import { basename } from "node:path";
import { inflateRawSync } from "node:zlib";
import { openArchive } from "../formats/archive.js";
import type { ByteSource } from "../formats/bytes.js";
import { decodeNpy, decodeNpyTexts, hasTexts, npyHeader } from "../formats/npy.js";
import { pickArrays } from "./arrays.js";
import { withFile } from "./disk.js";
import type { ReadTask } from "./fileDataset.js";
import { type Column, fault, naming, type RawData } from "./raw.js";

/** What the arrays of an archive may take together. */
const MOST_BYTES = 2 ** 34;

/** Inputs and labels of an archive of arrays, or of two files with one array each. */
export function readNumpy(task: ReadTask): RawData {
  const { path, options, beside } = task;
  if (/\.npz(\.gz)?$/i.test(path)) {
    return withFile(path, (file) => {
      const arrays = arraysOf(file, path);
      return pickArrays(task, [...arrays.keys()], (name) =>
        columnOf(arrays.get(name)!, `${basename(path)}, array ${name}`),
      );
    });
  }
  const { labels, test, "test-labels": testLabels } = options;
  if (labels === undefined) {
    throw fault(
      path,
      'a .npy file has one array: name the file of the labels, --data-options "labels: y.npy"',
    );
  }
  const read = (file: string) => withFile(file, (source) => columnOf(source, basename(file)));
  const train = { inputs: read(path), answers: read(beside(labels)) };
  const files = [path, beside(labels)];
  if (typeof test !== "string") return { train, source: sourceOf(files) };
  if (testLabels === undefined)
    throw fault(test, 'name the file of its labels, --data-options "test-labels: y_test.npy"');
  files.push(beside(test), beside(testLabels));
  return {
    train,
    test: { inputs: read(beside(test)), answers: read(beside(testLabels)) },
    source: sourceOf(files),
  };
}

function sourceOf(files: readonly string[]): string {
  return `NumPy: ${files.map((file) => basename(file)).join(", ")}`;
}

function arraysOf(file: ByteSource, path: string): Map<string, ByteSource> {
  const arrays = openArchive(file, {
    most: MOST_BYTES,
    isWanted: (name) => name.endsWith(".npy"),
    inflate: (packed, out) => inflateRawSync(packed, { maxOutputLength: Math.max(1, out.length) }),
  });
  if (arrays.size === 0) throw fault(path, "it is an archive without .npy files");
  return new Map([...arrays].map(([name, source]) => [name.replace(/\.npy$/, ""), source]));
}

function columnOf(source: ByteSource, title: string): Column {
  return naming(title, () => {
    const header = npyHeader(source);
    const { type } = header;
    return hasTexts(header)
      ? { data: decodeNpyTexts(source), type, title }
      : { data: decodeNpy(source), type, title };
  });
}

/**
 * The work folder: everything that is measured, as raw files that any language reads.
 *
 *   manifest.json   what is in the other files, and the units of each job
 *   images.f32      [samples, 32, 32, 3], standardised      labels.u8   [samples]
 *   <network>/step-<n>.f32   parameters, one tensor after another in the order of the manifest
 *
 * A unit is one eigenvalue: the checkpoint whose parameters count, and the samples whose mean loss it
 * is (null: all of them).
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { oneHot } from "@eoss/data";
import { tensor, tensor2d } from "@tensorflow/tfjs-core";

export const manifestPath = (work) => join(work, "manifest.json");

export const readManifest = (work) => JSON.parse(readFileSync(manifestPath(work), "utf8"));

export const checkpointPath = (network, step) => join(network, `step-${step}.f32`);

export function writeFloats(path, values) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

export function readFloats(path) {
  const bytes = readFileSync(path);
  return new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  );
}

/** The data set of the folder, shaped like those of `@eoss/data`. */
export function readDataset(work) {
  const { classes, inputShape } = readManifest(work);
  const images = readFloats(join(work, "images.f32"));
  const labels = new Uint8Array(readFileSync(join(work, "labels.u8")));
  return { images, labels, classes, inputShape };
}

/** Images [b, 32, 32, 3] and one-hot labels [b, classes] of some samples. */
export function batchTensors({ images, labels, classes, inputShape }, indices) {
  const pixels = inputShape.reduce((product, n) => product * n, 1);
  const batch = new Float32Array(indices.length * pixels);
  indices.forEach((index, row) => {
    batch.set(images.subarray(index * pixels, (index + 1) * pixels), row * pixels);
  });
  const targets = oneHot(
    Uint8Array.from(indices, (index) => labels[index]),
    classes,
  );
  return {
    x: tensor(batch, [indices.length, ...inputShape]),
    y: tensor2d(targets, [indices.length, classes]),
  };
}

/** The named tensors of a checkpoint; the caller disposes them. */
export function readParams(work, network, { file }) {
  const values = readFloats(join(work, file));
  let offset = 0;
  return Object.fromEntries(
    readManifest(work).networks[network].tensors.map(({ name, shape }) => {
      const size = shape.reduce((product, n) => product * n, 1);
      const part = values.slice(offset, (offset += size));
      return [name, tensor(part, shape, "float32")];
    }),
  );
}

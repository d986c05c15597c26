import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stream } from "@eoss/rng";
import { decodeSafetensors } from "@eoss/run";
import { encodeSafetensors } from "@eoss/run/internal";
import { expect, it } from "vitest";
import { newFolders } from "../run/testRuns.fixture.js";
import {
  type Checkpoint,
  checkpointSteps,
  newestCheckpoint,
  pruneCheckpoints,
  writeCheckpoint,
} from "./checkpoint.js";

const newFolder = newFolders("checkpoint");

function checkpointAt(step: number): Checkpoint {
  const values = (name: string, size: number) => stream(step, name).normals(size);
  return {
    state: {
      step,
      start: 3,
      params: {
        "block/1.kernel": { shape: [3, 2], values: values("kernel", 6) },
        bias: { shape: [], values: Float32Array.of(Number.NaN) },
      },
      slots: {
        velocity: {
          "block/1.kernel": { shape: [3, 2], values: values("velocity", 6) },
          bias: { shape: [], values: Float32Array.of(-0) },
        },
      },
    },
    optimizer: "heavy-ball",
    plateaus: [40, 70],
    noise: { step: 90, variance: values("noise", 4) },
    memory: new Map([["fullbs", values("memory", 7)]]),
    records: { bytes: 12_345, sha256: "ab" },
    run: "this",
  };
}

const silent = () => {};
const newest = (directory: string) => newestCheckpoint(directory, Infinity, silent);

it("a checkpoint comes back bit for bit", () => {
  const directory = newFolder();
  writeCheckpoint(directory, checkpointAt(100));
  expect(newest(directory)).toEqual(checkpointAt(100));
});

it("2,000 flipped bytes: each is detected or harmless", () => {
  const directory = newFolder();
  writeCheckpoint(directory, checkpointAt(100));
  const random = stream(7, "flips");
  const stem = join(directory, "checkpoints", "step-100");
  const files = [`${stem}.json`, `${stem}.safetensors`];
  let detected = 0;
  for (let flip = 0; flip < 2000; flip++) {
    const path = files[flip % 2]!;
    const sound = readFileSync(path);
    const broken = Buffer.from(sound);
    const place = random.uint32At(2 * flip) % sound.length;
    broken[place]! ^= 1 + (random.uint32At(2 * flip + 1) % 255);
    writeFileSync(path, broken);
    const warnings: string[] = [];
    const read = newestCheckpoint(directory, Infinity, (text) => warnings.push(text));
    if (read === undefined) detected++;
    else expect(read).toEqual(checkpointAt(100));
    expect(warnings.length).toBe(read === undefined ? 1 : 0);
    writeFileSync(path, sound);
  }
  // What may go unnoticed is the white space of the JSON file.
  expect(detected).toBeGreaterThan(1600);
});

it("the newest sound one counts, up to a step", () => {
  const directory = newFolder();
  for (const step of [5, 20, 100]) writeCheckpoint(directory, checkpointAt(step));
  expect(checkpointSteps(directory)).toEqual([5, 20, 100]);
  expect(newestCheckpoint(directory, 99, silent)!.state.step).toBe(20);
  writeFileSync(join(directory, "checkpoints", "step-100.json"), "{}");
  expect(newest(directory)!.state.step).toBe(20);
  expect(newestCheckpoint(directory, 4, silent)).toBeUndefined();
});

it("pruning leaves the newest, the base, and nothing half-made", () => {
  const directory = newFolder();
  for (const step of [5, 20, 100]) writeCheckpoint(directory, checkpointAt(step));
  writeFileSync(join(directory, "checkpoints", "step-110.safetensors.tmp"), "x");
  writeFileSync(join(directory, "checkpoints", "step-110.safetensors"), "x");
  pruneCheckpoints(directory, 1, 5);
  expect(checkpointSteps(directory)).toEqual([5, 100]);
  expect(() => readFileSync(join(directory, "checkpoints", "step-110.safetensors"))).toThrow();
  expect(newest(directory)).toEqual(checkpointAt(100));
});

it("reads safetensors files of other programs", () => {
  // Written by the Python package: numpy arrays a = [[1, 2], [3, 4]] and b = [0.5], with metadata.
  const header =
    '{"__metadata__":{"made":"elsewhere"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},' +
    '"b":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}}';
  const values = Buffer.from(Float32Array.of(1, 2, 3, 4, 0.5).buffer);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = Buffer.concat([length, Buffer.from(header), values]);
  expect(decodeSafetensors(file)).toEqual(
    new Map([
      ["a", { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }],
      ["b", { shape: [1], values: Float32Array.of(0.5) }],
    ]),
  );
  expect(() => decodeSafetensors(file.subarray(0, -1))).toThrow(/tensor b .*bytes 16 to 20/);
  expect(() => decodeSafetensors(file.subarray(0, 30))).toThrow(/cut off in the header/);
  expect(decodeSafetensors(encodeSafetensors(new Map())).size).toBe(0);
});

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { record, writeRun } from "../../../test/runFolder.js";
import { exportRuns } from "../exportRuns.js";
import { crc32c } from "./crc32c.js";
import { eventOf, fieldsOf, messagesOf } from "./events.fixture.js";

const root = mkdtempSync(join(tmpdir(), "eoss-tensorboard-"));
afterAll(() => rmSync(root, { recursive: true }));

it("has the checksums of RFC 3720, B.4", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});

describe("event files", () => {
  it("hold every number of every run", () => {
    writeRun(join(root, "runs/a"), {
      records: [
        record(0, "minibs", 1 / 3, { standardError: 0.5, margin: 0.98 }),
        record(100_000, "minibs", null, { status: "not-finite" }),
        record(0, "größe", 2),
      ],
    });
    writeRun(join(root, "runs/b"), { records: [record(5, "loss", 0.25)] });
    const out = join(root, "logs");
    const { files } = exportRuns([join(root, "runs")], { to: "tensorboard", out });
    const began = Date.UTC(2026, 0, 1) / 1000;
    const name = `events.out.tfevents.${began}.eoss`;
    expect(files).toEqual([join(out, "a", name), join(out, "b", name)]);
    const [first, second] = files.map((file) => messagesOf(readFileSync(file)).map(eventOf));
    const version = { time: began, version: "brain.Event:2", scalars: {} };
    expect(first).toEqual([
      version,
      {
        time: began,
        step: 0,
        scalars: {
          minibs: Math.fround(1 / 3),
          "minibs/error": Math.fround(0.98),
          "minibs/threshold: 2/η": 20,
          größe: 2,
        },
      },
      { time: began, step: 100_000, scalars: { minibs: Number.NaN, "minibs/threshold: 2/η": 20 } },
    ]);
    expect(second).toEqual([version, { time: began, step: 5, scalars: { loss: 0.25 } }]);
  });

  it("hold a density as a histogram of the eigenvalues, whose first bucket is empty", () => {
    const parts = { lambda: { value: [-1, 0, 2] }, density: { value: [0.5, 0.25, 0] } };
    writeRun(join(root, "spectra/run"), { records: [record(3, "density", 4, { parts })] });
    const out = join(root, "logs-spectra");
    const { files } = exportRuns([join(root, "spectra")], { to: "tensorboard", out });
    const [, event] = messagesOf(readFileSync(files[0]!));
    const summary = Object.fromEntries(fieldsOf(event!))[5] as Buffer;
    const values = fieldsOf(summary).map(([, value]) =>
      Object.fromEntries(fieldsOf(value as Buffer)),
    );
    const { 1: tag, 5: histogram } = values.at(-1)!;
    expect(String(tag)).toBe("density");
    const {
      1: min,
      2: max,
      3: num,
      4: sum,
      5: squares,
      6: limits,
      7: buckets,
    } = Object.fromEntries(fieldsOf(histogram as Buffer));
    // 610 eigenvalues: 305 around −1, 228.75 between −0.5 and 1, whose middle is 0.25.
    expect([min, max, num]).toEqual([-1.5, 3, 533.75]);
    expect(sum).toBe(305 * -1 + 228.75 * 0.25);
    expect(squares).toBe(305 + 228.75 * 0.25 ** 2);
    const doubles = (bytes: Buffer) =>
      Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(8 * i));
    expect(doubles(limits as Buffer)).toEqual([-1.5, -0.5, 1, 3]);
    expect(doubles(buckets as Buffer)).toEqual([0, 305, 228.75, 0]);
  });
});

import type { Histogram } from "../histogram.js";
import { maskedCrc32c } from "./crc32c.js";

/** A number of a run as TensorBoard has it. */
export interface Scalar {
  readonly tag: string;
  readonly value: number;
  /** What TensorBoard says of the tag; the first that it reads. */
  readonly description?: string | undefined;
}

/** A histogram of a run as TensorBoard has it. */
interface TaggedHistogram extends Histogram {
  readonly tag: string;
}

/** What TensorBoard has of a step. */
export interface StepValues {
  readonly scalars: readonly Scalar[];
  readonly histograms: readonly TaggedHistogram[];
}

/** The first record of an event file. @param wallTime seconds since 1970 */
export function versionRecord(wallTime: number): Buffer {
  return framed(Buffer.concat([double(1, wallTime), text(3, "brain.Event:2")]));
}

/**
 * A session that begins at step 0: `Event { SessionLog session_log = 7 }` with `SessionLog { SessionStatus
 * status = 1 }`, which is START. Whoever reads it forgets the steps that files before this one have.
 *
 * @see tensorflow/core/util/event.proto
 */
export function startRecord(wallTime: number): Buffer {
  return framed(
    Buffer.concat([double(1, wallTime), integer(2, 0), bytes(7, integer(1, SESSION_START))]),
  );
}

const SESSION_START = 1;

/**
 * The numbers of a step: an `Event { double wall_time = 1; int64 step = 2; Summary summary = 5 }` with
 * `Summary { repeated Value { string tag = 1; float simple_value = 2; SummaryMetadata metadata = 9 }
 * value = 1 }` and `SummaryMetadata { string summary_description = 3 }`. A histogram is a value with
 * `HistogramProto histo = 5`.
 *
 * @see tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto
 */
export function stepRecord(
  wallTime: number,
  step: number,
  { scalars, histograms }: StepValues,
): Buffer {
  const values = scalars.map(({ tag, value, description }) => {
    const metadata = description === undefined ? [] : [bytes(9, text(3, description))];
    return bytes(1, Buffer.concat([text(1, tag), float(2, value), ...metadata]));
  });
  for (const { tag, ...histogram } of histograms) {
    values.push(bytes(1, Buffer.concat([text(1, tag), bytes(5, histogramProto(histogram))])));
  }
  return framed(
    Buffer.concat([double(1, wallTime), integer(2, step), bytes(5, Buffer.concat(values))]),
  );
}

/**
 * `HistogramProto { double min = 1, max = 2, num = 3, sum = 4, sum_squares = 5; repeated double
 * bucket_limit = 6, bucket = 7 }`; a bucket reaches from the limit before it to its own, and the first
 * from −∞: an empty one stands before those that count.
 */
function histogramProto({ counts, edges }: Histogram): Buffer {
  const moment = (power: number) =>
    counts.reduce((sum, count, i) => sum + count * ((edges[i]! + edges[i + 1]!) / 2) ** power, 0);
  return Buffer.concat([
    double(1, edges[0]!),
    double(2, edges.at(-1)!),
    double(3, moment(0)),
    double(4, moment(1)),
    double(5, moment(2)),
    bytes(6, doubles(edges)),
    bytes(7, doubles([0, ...counts])),
  ]);
}

function doubles(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeDoubleLE(value, 8 * i);
  return bytes;
}

/** A TFRecord: length, its checksum, the data, its checksum. */
function framed(data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, checksum(length), data, checksum(data)]);
}

function checksum(data: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(maskedCrc32c(data));
  return bytes;
}

/** How a field of a Protocol Buffers message is stored. */
const WIRE = { varint: 0, eight: 1, bytes: 2, four: 5 } as const;

const key = (field: number, type: keyof typeof WIRE) => varint((field << 3) | WIRE[type]);

function varint(value: number): Buffer {
  const parts: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) parts.push(Number(rest & 127n) | 128);
  return Buffer.from([...parts, Number(rest)]);
}

function integer(field: number, value: number): Buffer {
  return Buffer.concat([key(field, "varint"), varint(value)]);
}

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, "eight"), bytes]);
}

function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, "four"), bytes]);
}

function bytes(field: number, content: Buffer): Buffer {
  return Buffer.concat([key(field, "bytes"), varint(content.length), content]);
}

function text(field: number, content: string): Buffer {
  return bytes(field, Buffer.from(content));
}

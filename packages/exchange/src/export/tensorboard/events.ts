import { maskedCrc32c } from "./crc32c.js";

/** A number of a run as TensorBoard has it. */
export interface Scalar {
  readonly tag: string;
  readonly value: number;
  /** What TensorBoard says of the tag; the first that it reads. */
  readonly description?: string | undefined;
}

/** The first record of an event file. @param wallTime seconds since 1970 */
export function versionRecord(wallTime: number): Buffer {
  return framed(Buffer.concat([double(1, wallTime), text(3, "brain.Event:2")]));
}

/**
 * The numbers of a step: an `Event { double wall_time = 1; int64 step = 2; Summary summary = 5 }` with
 * `Summary { repeated Value { string tag = 1; float simple_value = 2; SummaryMetadata metadata = 9 }
 * value = 1 }` and `SummaryMetadata { string summary_description = 3 }`.
 *
 * @see tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto
 */
export function scalarsRecord(wallTime: number, step: number, scalars: readonly Scalar[]): Buffer {
  const values = scalars.map(({ tag, value, description }) => {
    const metadata = description === undefined ? [] : [bytes(9, text(3, description))];
    return bytes(1, Buffer.concat([text(1, tag), float(2, value), ...metadata]));
  });
  return framed(
    Buffer.concat([double(1, wallTime), integer(2, step), bytes(5, Buffer.concat(values))]),
  );
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

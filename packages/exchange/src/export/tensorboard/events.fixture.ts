import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

/** The checksum by its definition: division of polynomials over GF(2), bit by bit. */
function maskedByDefinition(bytes: Uint8Array): number {
  const bits = [...bytes].flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> i) & 1));
  let rest = 0xffffffffn;
  for (const bit of bits) {
    const top = (rest >> 31n) ^ BigInt(bit);
    rest = (rest << 1n) & 0xffffffffn;
    if (top === 1n) rest ^= 0x1edc6f41n;
  }
  const reversed = [...rest.toString(2).padStart(32, "0")].reverse().join("");
  const crc = BigInt(`0b${reversed}`) ^ 0xffffffffn;
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

/** The messages of a file of TFRecords, both checksums of each looked at; a kill may cut off the last. */
export function messagesOf(file: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(file.readUInt32LE(at + 8)).toBe(maskedByDefinition(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 12 + length)).toBe(maskedByDefinition(data));
    messages.push(data);
    at += 16 + length;
  }
  return messages;
}

/** Fields of a Protocol Buffers message: number, and what is stored. */
export function fieldsOf(data: Buffer): Array<[number, number | Buffer]> {
  const fields: Array<[number, number | Buffer]> = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = data[at++]!;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  const take = (length: number) => data.subarray(at, (at += length));
  while (at < data.length) {
    const key = varint();
    const read = [varint, () => take(8).readDoubleLE(), () => take(varint())];
    read[5] = () => take(4).readFloatLE();
    fields.push([key >> 3, read[key & 7]!()]);
  }
  return fields;
}

/** An event with its time, version, step, start of a session, and scalars. */
export function eventOf(data: Buffer) {
  const fields = Object.fromEntries(fieldsOf(data));
  const summary = fields[5] === undefined ? [] : fieldsOf(fields[5] as Buffer);
  const scalars = summary.map(([, value]) => {
    const { 1: tag, 2: number, 9: metadata } = Object.fromEntries(fieldsOf(value as Buffer));
    const description = metadata && Object.fromEntries(fieldsOf(metadata as Buffer))[3];
    return [description ? `${tag}: ${description}` : String(tag), number];
  });
  return {
    time: fields[1],
    ...(fields[3] !== undefined && { version: String(fields[3]) }),
    ...(fields[2] !== undefined && { step: fields[2] }),
    ...(fields[7] !== undefined && { starts: fieldsOf(fields[7] as Buffer) }),
    scalars: Object.fromEntries(scalars),
  };
}

/**
 * What TensorBoard shows of a folder: its event files in the order of their names, and at a start of a
 * session nothing of what was read before. Each number by its step and tag, NaN as a text.
 */
export function shownOf(directory: string): Map<string, unknown> {
  const files = readdirSync(directory).filter((name) => name.startsWith("events.out.tfevents."));
  const shown = new Map<string, unknown>();
  for (const file of files.sort()) {
    for (const event of messagesOf(readFileSync(join(directory, file))).map(eventOf)) {
      if (event.starts) {
        expect([event.step, event.starts]).toEqual([0, [[1, 1]]]);
        shown.clear();
      }
      for (const [tag, value] of Object.entries(event.scalars)) {
        const key = `${event.step} ${tag}`;
        expect(shown.has(key), `${key} is there twice`).toBe(false);
        shown.set(key, Number.isNaN(value) ? "NaN" : value);
      }
    }
  }
  return shown;
}

// Frames of the protocol: a length, JSON, and the raw buffers that the JSON announces.

/** Version of the protocol: both sides must speak the same. */
export const PROTOCOL = 1;

/** A message and its buffers. */
export interface Frame {
  readonly message: Readonly<Record<string, unknown>>;
  readonly buffers: readonly Buffer[];
}

/** Bytes of JSON in a frame, at most. */
export const MOST_JSON = 2 ** 26;
/** Bytes of one buffer, at most. */
export const MOST_BUFFER = 2 ** 31;
/** Buffers of a frame, at most. */
const MOST_BUFFERS = 4096;

/** The bytes of a frame. @throws RangeError if it is over a limit */
export function encodeFrame(
  message: Readonly<Record<string, unknown>>,
  buffers: readonly Uint8Array[] = [],
): Buffer[] {
  const sizes = buffers.map(({ byteLength }) => byteLength);
  checkSizes(sizes);
  const json = Buffer.from(JSON.stringify(sizes.length > 0 ? { ...message, bin: sizes } : message));
  if (json.length > MOST_JSON)
    throw new RangeError(`a message of ${json.length} bytes is too long`);
  const head = Buffer.allocUnsafe(4);
  head.writeUInt32LE(json.length);
  return [Buffer.concat([head, json]), ...buffers.map(bytesOf)];
}

/** Cuts a stream of bytes into frames, however they arrive. */
export class FrameReader {
  #parts: Buffer[] = [];
  #length = 0;
  #wanted = 4;
  #expects: "length" | "json" | "buffers" = "length";
  #message: Frame["message"] = {};
  #sizes: readonly number[] = [];

  constructor(readonly use: (frame: Frame) => void) {}

  /** @throws RangeError for what is no frame: nothing behind it can be read */
  push(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    while (this.#length >= this.#wanted) this.#take();
  }

  /** Whether a frame has begun and not ended. */
  get isWithin(): boolean {
    return this.#length > 0 || this.#expects !== "length";
  }

  #take(): void {
    const all = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    const own = all.subarray(0, this.#wanted);
    const rest = all.subarray(this.#wanted);
    this.#parts = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    if (this.#expects === "length") this.#expectJson(own.readUInt32LE());
    else if (this.#expects === "json") this.#expectBuffers(own.toString());
    else this.#end(own);
  }

  #expectJson(length: number): void {
    if (length > MOST_JSON) throw new RangeError(`a message of ${length} bytes is too long`);
    this.#expects = "json";
    this.#wanted = length;
  }

  #expectBuffers(json: string): void {
    const message: unknown = JSON.parse(json);
    if (typeof message !== "object" || message === null || Array.isArray(message)) {
      throw new RangeError("a message must be a JSON object");
    }
    const { bin = [] } = message as { bin?: unknown };
    checkSizes(bin);
    this.#message = message as Frame["message"];
    this.#sizes = bin;
    this.#expects = "buffers";
    this.#wanted = bin.reduce((sum, size) => sum + size, 0);
  }

  #end(bytes: Buffer): void {
    let at = 0;
    const buffers = this.#sizes.map((size) => bytes.subarray(at, (at += size)));
    this.#expects = "length";
    this.#wanted = 4;
    this.use({ message: this.#message, buffers });
  }
}

function checkSizes(sizes: unknown): asserts sizes is number[] {
  const isSize = (size: unknown) =>
    Number.isSafeInteger(size) && (size as number) >= 0 && (size as number) <= MOST_BUFFER;
  if (Array.isArray(sizes) && sizes.length <= MOST_BUFFERS && sizes.every(isSize)) return;
  throw new RangeError(`a frame has at most ${MOST_BUFFERS} buffers of ${MOST_BUFFER} bytes each`);
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

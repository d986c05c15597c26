import { createHash } from "node:crypto";

/** The SHA-256 of some bytes, or of a text in UTF-8, in hexadecimal digits. */
export function sha256(content: string | NodeJS.ArrayBufferView): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A short name for anything that JSON can hold. */
export function hash(value: unknown): string {
  return sha256(JSON.stringify(value)).slice(0, 10);
}

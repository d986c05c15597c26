import type { DrawnPoint } from "./state.js";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
/** Places along an axis: two digits of base 64 each. */
const PLACES = DIGITS.length ** 2;
/** x, y and the class. */
const LETTERS = 5;

/** A point at the nearest place that an address can name: what is drawn is what a link replays. */
export function snapped({ x, y, label }: DrawnPoint): DrawnPoint {
  return { x: coordinate(place(x)), y: coordinate(place(y)), label };
}

/** Five letters a point. */
export function encodePoints(points: readonly DrawnPoint[]): string {
  return points.map(({ x, y, label }) => digits(place(x)) + digits(place(y)) + label).join("");
}

/** @throws RangeError saying what is wrong */
export function decodePoints(text: string): DrawnPoint[] {
  if (text.length % LETTERS !== 0) {
    throw new RangeError(`the drawn points of the address are incomplete: ${text.length} letters`);
  }
  return Array.from({ length: text.length / LETTERS }, (_, index) => {
    const word = text.slice(index * LETTERS, (index + 1) * LETTERS);
    const [x1, x2, y1, y2] = Array.from(word.slice(0, 4), (letter) => DIGITS.indexOf(letter));
    const label = Number(word[4]);
    if (Math.min(x1!, x2!, y1!, y2!) < 0 || !(label === 0 || label === 1)) {
      throw new RangeError(`the drawn points of the address cannot be read: "${word}"`);
    }
    return { x: coordinate(64 * x1! + x2!), y: coordinate(64 * y1! + y2!), label };
  });
}

const place = (x: number) => Math.round(((Math.min(1, Math.max(-1, x)) + 1) / 2) * (PLACES - 1));
const coordinate = (k: number) => (2 * k) / (PLACES - 1) - 1;
const digits = (k: number) => DIGITS[Math.floor(k / 64)]! + DIGITS[k % 64]!;

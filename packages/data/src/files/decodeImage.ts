/** Pixels of PNG and JPEG. */

import { convertIndexedToRgb, decode } from "fast-png";
import { fault, naming } from "./raw.js";

/** Bytes [height × width × channels], grey or red, green and blue. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** Larger images are no samples of a data set. */
const MOST_PIXELS = 2 ** 24;

/**
 * The pixels of an image, as its first bytes say of what format. PNG by its checksums; JPEG by the
 * library that Pillow and torchvision use, to the same bytes.
 *
 * @throws DatasetError naming the image
 */
export async function decodeImage(bytes: Uint8Array, title: string): Promise<Picture> {
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return naming(title, () => png(bytes));
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    // It compiles WebAssembly when it is loaded: only who has JPEG waits for that.
    const { default: turbo } = await import("@cwasm/jpeg-turbo");
    return naming(title, () => jpeg(bytes, turbo.decode));
  }
  throw fault(title, "it does not begin like a PNG or a JPEG");
}

function png(bytes: Uint8Array): Picture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33)
    throw new RangeError(`its ${bytes.length} bytes are cut off in the header`);
  checkSize(view.getUint32(16), view.getUint32(20));
  const image = decode(bytes, { checkCrc: true });
  const { width, height, depth, palette } = image;
  if (palette) {
    const rgb = convertIndexedToRgb(image);
    return opaque({ width, height, data: rgb as Uint8Array, channels: palette[0]!.length });
  }
  if (depth !== 8)
    throw new RangeError(`its pixels have ${depth} bits; expected 8: save it with 8 bits`);
  const picture = { width, height, data: image.data as Uint8Array, channels: image.channels };
  checkColour(picture, image.transparency);
  return opaque(picture);
}

/** A colour that is said to be transparent must not occur. */
function checkColour(
  { data, channels }: Pick<Picture, "data"> & { channels: number },
  colour: ArrayLike<number> | undefined,
): void {
  if (colour === undefined) return;
  for (let at = 0; at < data.length; at += channels) {
    if (data.subarray(at, at + channels).every((value, c) => value === colour[c])) {
      throw transparent(at / channels);
    }
  }
}

function transparent(pixel: number): RangeError {
  return new RangeError(`pixel ${pixel} is transparent; save it without transparency`);
}

type DecodeJpeg = (bytes: Uint8Array) => { readonly data: Uint8ClampedArray };

function jpeg(bytes: Uint8Array, decodeJpeg: DecodeJpeg): Picture {
  const { width, height, components } = frameOf(bytes);
  checkSize(width, height);
  if (components !== 1 && components !== 3)
    throw new RangeError(`it has ${components} components; expected 1 or 3: save it as RGB`);
  let rgba: Uint8ClampedArray;
  try {
    rgba = decodeJpeg(bytes).data;
  } catch {
    throw new RangeError("it cannot be decoded as a JPEG: it is damaged");
  }
  const data = new Uint8Array(width * height * components);
  for (let at = 0; at < data.length; at++)
    data[at] = rgba[4 * Math.floor(at / components) + (at % components)]!;
  return { width, height, channels: components, data };
}

const APP1 = 0xe1;
const ORIENTATION = 0x0112;

/**
 * Refuses a picture that is to be turned or mirrored before it is shown: some programs do that, and others do not.
 *
 * @param segment what a camera wrote, if it begins with "Exif": a TIFF header, and a list of tags of 12 bytes
 */
function checkUpright(segment: Uint8Array): void {
  if (String.fromCharCode(...segment.subarray(0, 6)) !== "Exif\0\0" || segment.length < 16) return;
  const view = new DataView(segment.buffer, segment.byteOffset + 6, segment.length - 6);
  const little = segment[6] === 0x49;
  const list = view.getUint32(4, little);
  if (list + 2 > view.byteLength) return;
  const count = view.getUint16(list, little);
  for (let at = list + 2; at < list + 2 + 12 * count && at + 12 <= view.byteLength; at += 12) {
    if (view.getUint16(at, little) !== ORIENTATION) continue;
    const orientation = view.getUint16(at + 8, little);
    if (orientation > 1 && orientation <= 8)
      throw new RangeError(
        `its orientation (EXIF) is ${orientation}: it is to be turned or mirrored, which programs do or leave; save it as ` +
          "it is to be seen, without that tag",
      );
  }
}

/** Sizes from the frame of a JPEG that is whole: it ends with its end mark. */
function frameOf(bytes: Uint8Array) {
  if (bytes.at(-2) !== 0xff || bytes.at(-1) !== 0xd9)
    throw new RangeError("it is cut off: it does not end with the end mark of a JPEG");
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    const mark = bytes[at + 1]!;
    if (mark === APP1)
      checkUpright(bytes.subarray(at + 4, at + 2 + 256 * bytes[at + 2]! + bytes[at + 3]!));
    if (mark >= 0xc0 && mark <= 0xcf && mark !== 0xc4 && mark !== 0xc8 && mark !== 0xcc) {
      const number = (place: number) => 256 * bytes[at + place]! + bytes[at + place + 1]!;
      return { height: number(5), width: number(7), components: bytes[at + 9]! };
    }
    at += 2 + 256 * bytes[at + 2]! + bytes[at + 3]!;
  }
  throw new RangeError("it has no frame: it is damaged");
}

function checkSize(width: number, height: number): void {
  if (width > 0 && height > 0 && width * height <= MOST_PIXELS) return;
  throw new RangeError(
    `it says that it has ${width}×${height} pixels; expected up to ${MOST_PIXELS} in all`,
  );
}

/** Without the channel of opacity, which must say nothing. */
function opaque({
  width,
  height,
  data,
  channels,
}: Omit<Picture, "channels"> & { channels: number }): Picture {
  if (channels === 1 || channels === 3) return { width, height, channels, data };
  const colours = (channels - 1) as 1 | 3;
  const out = new Uint8Array(width * height * colours);
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (data[pixel * channels + colours] !== 255) throw transparent(pixel);
    for (let c = 0; c < colours; c++) out[pixel * colours + c] = data[pixel * channels + c]!;
  }
  return { width, height, channels: colours, data: out };
}

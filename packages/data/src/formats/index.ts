// Formats of files as pure functions of bytes: they run anywhere.

export { openArchive, readArchive } from "./archive.js";
export { type ByteSource, bytesOf, partOf } from "./bytes.js";
export { decodeNpy, isNpy, type NpyHeader, npyHeader } from "./npy.js";
export { type NumberTensor, type NumberType, numbersOf, permuted } from "./numbers.js";
export { safetensorsEntries, TENSOR_TYPES, type TensorEntry } from "./safetensors.js";

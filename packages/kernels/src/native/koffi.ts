/** What is used of the package koffi, which is optional: its types are there where it is. */

export interface KoffiLibrary {
  /** A function by its declaration in C. @throws where the library has none of the name */
  func(declaration: string): (...args: never[]) => unknown;
}

export interface Koffi {
  /** @throws where there is no such library */
  load(library: string): KoffiLibrary;
  /** Address of the bytes of a view. */
  address(view: Uint8Array): bigint;
}

/** The library of matrix products that a user has installed, for those who ask for it. */

import { createRequire } from "node:module";
import { type Blas, loadBlas } from "@eoss/kernels/native";
import { ConfigError } from "@eoss/run";
import { installAdvice, installed } from "../plugins/installed.js";

/** The variable that names the file of a library, for those whose loader does not find it by itself. */
const FILE = "EOSS_BLAS";

/**
 * The library that makes matrix products outside WebAssembly.
 *
 * @throws ConfigError with what to install where koffi or a library is missing, or its products are wrong
 */
export async function findBlas(): Promise<Blas> {
  const koffi = installed("koffi", import.meta.url);
  if (koffi === undefined) {
    throw new ConfigError(`the package koffi is not installed; ${installAdvice(["koffi"])}`);
  }
  const library = process.env[FILE] || undefined;
  try {
    return await loadBlas({ koffi: createRequire(import.meta.url)(koffi), library });
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}. ${FILE} names the file of a library`);
  }
}

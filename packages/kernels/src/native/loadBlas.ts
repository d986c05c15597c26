/** A BLAS that is installed here, called through the package koffi. */

import { createRequire } from "node:module";
import { release } from "node:os";
import { join } from "node:path";
import type { Blas } from "./blas.js";
import { fault } from "./fault.js";
import type { Koffi, KoffiLibrary } from "./koffi.js";

export interface BlasOptions {
  /** Path or name of the library; those that are usual on the platform are tried where it is left out. */
  readonly library?: string;
  /** The package koffi, where a program has it from elsewhere than beside this package. */
  readonly koffi?: unknown;
}

/**
 * Loads a BLAS for `installKernels({ blas })`: OpenBLAS, MKL, or Accelerate of macOS. It is set to one thread
 * for the whole process, and a small product with known entries shows that it is called as it wants to be.
 *
 * @throws Error with what to install where koffi or a library is missing, and for a library whose products
 *   are wrong or lose NaN
 */
export async function loadBlas(options: BlasOptions = {}): Promise<Blas> {
  const koffi = (options.koffi as Koffi | undefined) ?? installedKoffi();
  const names = options.library === undefined ? usualNames() : [options.library];
  const reasons: string[] = [];
  for (const library of names) {
    let opened: KoffiLibrary;
    try {
      opened = koffi.load(library);
    } catch (error) {
      reasons.push(`${library}: ${(error as Error).message.split("\n")[0]}`);
      continue;
    }
    const blas = bound(koffi, opened, library);
    const problem = fault(blas);
    if (problem === undefined) return blas;
    throw new Error(`the products of ${library} (${blas.name}) cannot be used: ${problem}`);
  }
  throw new Error(
    `no BLAS was found here (${reasons.join("; ")}). Add OpenBLAS: ${INSTALL[process.platform] ?? INSTALL.linux}; ` +
      "or name the file of a library with the function cblas_sgemm",
  );
}

const INSTALL: Readonly<Record<string, string>> = {
  linux: "apt install libopenblas0, dnf install openblas, or conda install openblas",
  darwin: "brew install openblas",
  win32: "conda install openblas",
};

interface Places {
  /** Names that the loader of the platform finds by itself, or paths. */
  readonly usual: readonly string[];
  /** Files in a folder of the conda environment that is active. */
  readonly conda: { readonly folder: string; readonly files: readonly string[] };
}

const LINUX: Places = {
  usual: ["libopenblas.so.0", "libopenblas.so", "libmkl_rt.so.2"],
  conda: { folder: "lib", files: ["libopenblas.so.0", "libmkl_rt.so.2"] },
};
const PLACES: Readonly<Partial<Record<NodeJS.Platform, Places>>> = {
  darwin: {
    usual: [
      "/System/Library/Frameworks/Accelerate.framework/Accelerate",
      "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    ],
    conda: { folder: "lib", files: ["libopenblas.dylib"] },
  },
  win32: {
    usual: ["libopenblas.dll", "openblas.dll", "mkl_rt.2.dll"],
    conda: { folder: "Library/bin", files: ["openblas.dll", "mkl_rt.2.dll"] },
  },
};

function usualNames(): string[] {
  const { usual, conda } = PLACES[process.platform] ?? LINUX;
  const { CONDA_PREFIX } = process.env;
  const inConda = CONDA_PREFIX
    ? conda.files.map((file) => join(CONDA_PREFIX, conda.folder, file))
    : [];
  return [...usual, ...inConda];
}

function installedKoffi(): Koffi {
  const require = createRequire(import.meta.url);
  try {
    return require("koffi") as Koffi;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new Error(
      "native products need the package koffi, which is optional: npm install koffi (no compiler is needed)",
    );
  }
}

const SGEMM =
  "void cblas_sgemm(int order, int turnedA, int turnedB, int m, int n, int k, float alpha, uintptr_t a, " +
  "int pitchA, uintptr_t b, int pitchB, float beta, uintptr_t c, int pitchC)";
/** Of cblas.h. */
const ROWS = 101;
const AS_IT_IS = 111;
const TURNED = 112;

function bound(koffi: Koffi, library: KoffiLibrary, source: string): Blas {
  let call: (...args: number[]) => void;
  try {
    call = library.func(SGEMM) as typeof call;
  } catch {
    throw new Error(`${source} has no function cblas_sgemm: it is no BLAS with C names`);
  }
  return {
    name: setUp(library),
    library: source,
    addressOf: (buffer) => Number(koffi.address(new Uint8Array(buffer))),
    sgemm(turnedA, turnedB, m, n, k, a, pitchA, b, pitchB, accumulate, c, pitchC) {
      const left = turnedA ? TURNED : AS_IT_IS;
      const right = turnedB ? TURNED : AS_IT_IS;
      call(ROWS, left, right, m, n, k, 1, a, pitchA, b, pitchB, accumulate ? 1 : 0, c, pitchC);
    },
  };
}

/** Sets the library to one thread. @returns its name, with version and choice of code where it tells */
function setUp(library: KoffiLibrary): string {
  const of = (declaration: string) => {
    try {
      return library.func(declaration) as (...args: unknown[]) => unknown;
    } catch {
      return undefined;
    }
  };
  const config = of("const char *openblas_get_config()");
  if (config) {
    of("void openblas_set_num_threads(int count)")!(1);
    const version = /OpenBLAS (\S+)/.exec(String(config()))?.[1] ?? "of unknown version";
    return `openblas ${version} ${of("const char *openblas_get_corename()")?.() ?? ""}`.trim();
  }
  const version = of("void MKL_Get_Version_String(_Out_ char *text, int size)");
  if (version) {
    of("void MKL_Set_Num_Threads(int count)")!(1);
    const text = Buffer.alloc(200);
    version(text, text.length);
    return `mkl ${/Version (\S+)/.exec(text.toString("latin1"))?.[1] ?? "of unknown version"}`;
  }
  // Accelerate of macOS 15 and later; 1 is BLAS_THREADING_SINGLE_THREADED.
  of("int BLASSetThreading(int threading)")?.(1);
  return process.platform === "darwin" ? `accelerate of darwin ${release()}` : "unknown blas";
}

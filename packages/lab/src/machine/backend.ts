import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readsLater } from "@eoss/hvp/internal";
import { type BackendName, backendNames, ConfigError } from "@eoss/run";
import * as tf from "@tensorflow/tfjs-core";
import { installAdvice, installed } from "../plugins/installed.js";
import { startKernels } from "./kernels.js";
import { cardStarted, loadWebGpu, WEBGPU_PACKAGES } from "./webgpu.js";

/** Where tensors can live. */
interface BackendKind {
  /** The name that tfjs has for it. */
  readonly registered: string;
  /** What the user installs; left out for what comes with this package. */
  readonly packages?: readonly string[];
  load(): Promise<unknown>;
  /** What there is to do when it runs. */
  started?(): unknown;
}

const kinds = {
  wasm: {
    registered: "wasm",
    load: () => import("@tensorflow/tfjs-backend-wasm"),
    started: startKernels,
  },
  cpu: { registered: "cpu", load: () => import("@tensorflow/tfjs-backend-cpu") },
  node: native("@tensorflow/tfjs-node"),
  "node-gpu": native("@tensorflow/tfjs-node-gpu"),
  webgpu: {
    registered: "webgpu",
    packages: WEBGPU_PACKAGES,
    load: () => loadWebGpu((source) => import(pathToFileURL(resolved(source)!).href)),
    started: cardStarted,
  },
} satisfies Record<Exclude<BackendName, "auto">, BackendKind>;

/**
 * Loads and starts a tfjs backend for runs. wasm and cpu come with this package; the others are taken
 * from where the user installed them: beside this package, or where `EOSS_PACKAGES` says.
 *
 * @param name "auto" takes wasm
 * @returns the name of the backend that runs
 * @throws ConfigError if the backend is unknown (as "webgl", which a browser has), is not installed or
 *   does not start here, with what to do
 */
export async function loadBackend(name: BackendName): Promise<Exclude<BackendName, "auto">> {
  const wanted = name === "auto" ? "wasm" : name;
  if (!Object.hasOwn(kinds, wanted)) {
    throw new ConfigError(`unknown backend ${wanted}; allowed: ${backendNames.join(", ")}`);
  }
  const kind: BackendKind = kinds[wanted];
  const missing = missingPackages(wanted);
  if (missing.length > 0) {
    throw new ConfigError(`the ${wanted} backend is not installed; ${installAdvice(missing)}`);
  }
  // Production mode: no advice about other backends on the terminal, no debug checks.
  tf.enableProdMode();
  let reason = "";
  try {
    await kind.load();
    if (await tf.setBackend(kind.registered)) {
      await tf.ready();
      await kind.started?.();
      return wanted;
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    reason = `: ${(error as Error).message.split("\n")[0]}`;
  }
  throw new ConfigError(
    `the ${wanted} backend does not start here${reason}; "eoss doctor" shows which backends work; ` +
      "--backend cpu works everywhere (slowly)",
  );
}

/**
 * Runs checks that need numbers at once: on wasm, where the backend that runs gives them only later.
 *
 * @param running the backend that runs, and does again afterwards
 */
export async function withNumbersAtOnce<T>(
  running: BackendName,
  check: () => T | Promise<T>,
): Promise<T> {
  if (!readsLater()) return check();
  await loadBackend("wasm");
  try {
    return await check();
  } finally {
    await loadBackend(running);
  }
}

/** The packages that a backend needs and that are not installed. */
export function missingPackages(name: Exclude<BackendName, "auto">): string[] {
  const { packages = [] }: BackendKind = kinds[name];
  return packages.filter((source) => resolved(source) === undefined);
}

/** The version of a backend's package; undefined if it does not say. */
export function backendVersion(name: string): string | undefined {
  const { packages = [] }: Partial<BackendKind> = kinds[name as keyof typeof kinds] ?? {};
  return packageVersion(packages[0] ?? `@tensorflow/tfjs-backend-${name}`);
}

/** The version of a package that users add; undefined if it does not say. */
export function packageVersion(source: string): string | undefined {
  try {
    const require = createRequire(resolved(source) ?? import.meta.url);
    return (require(`${source}/package.json`) as { version?: string }).version;
  } catch {
    return undefined;
  }
}

function resolved(source: string): string | undefined {
  return installed(source, import.meta.url);
}

function native(source: string): BackendKind {
  return {
    registered: "tensorflow",
    packages: [source],
    async load() {
      const require = createRequire(import.meta.url);
      // Without, the library introduces itself on stderr; warnings stay.
      process.env.TF_CPP_MIN_LOG_LEVEL ??= "1";
      // tfjs-node calls a helper that Node 23 removed.
      const util = require("node:util") as Record<string, unknown>;
      util.isNullOrUndefined ??= (value: unknown) => value === undefined || value === null;
      require(resolved(source)!);
    },
  };
}

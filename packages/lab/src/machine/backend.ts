import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type BackendName, backendNames, ConfigError } from "@eoss/run";
import * as tf from "@tensorflow/tfjs-core";
import { installAdvice, installed } from "../plugins/installed.js";
import { startKernels } from "./kernels.js";

/** Where tensors can live. */
interface BackendKind {
  /** The name that tfjs has for it. */
  readonly registered: string;
  /** What the user installs; left out for what comes with this package. */
  readonly packages?: readonly string[];
  /** Whether numbers come out of it only later: the solvers, which need them at once, cannot use it. */
  readonly readsLater?: boolean;
  load(): Promise<unknown>;
  /** What there is to do when it runs. */
  started?(): Promise<unknown>;
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
    packages: ["@tensorflow/tfjs-backend-webgpu", "webgpu"],
    readsLater: true,
    load: loadWebGpu,
  },
} satisfies Record<Exclude<BackendName, "auto">, BackendKind>;

/**
 * Loads and starts a tfjs backend for runs. wasm and cpu come with this package; the others are taken
 * from where the user installed them: beside this package, or where `EOSS_PACKAGES` says.
 *
 * @param name "auto" takes wasm
 * @returns the name of the backend that runs
 * @throws ConfigError if the backend is unknown (as "webgl", which a browser has), is not installed,
 *   does not start here, or gives its numbers out too late, with what to do
 */
export async function loadBackend(name: BackendName): Promise<Exclude<BackendName, "auto">> {
  const running = await startBackend(name);
  const problem = problemForRuns(running);
  if (problem === undefined) return running;
  throw new ConfigError(
    `the ${running} backend cannot train runs: ${problem}; use --backend node-gpu (graphics card), node, or wasm`,
  );
}

/** Why runs cannot use a backend that does start; undefined if they can. */
export function problemForRuns(name: Exclude<BackendName, "auto">): string | undefined {
  const { readsLater }: BackendKind = kinds[name];
  if (!readsLater) return undefined;
  return "in Node its results can be read only asynchronously, and training reads them synchronously";
}

/**
 * Starts a backend, whether or not runs can use it.
 *
 * @throws ConfigError as `loadBackend`
 */
export async function startBackend(name: BackendName): Promise<Exclude<BackendName, "auto">> {
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
    reason = `: ${(error as Error).message.split("\n")[0]}`;
  }
  throw new ConfigError(
    `the ${wanted} backend does not start here${reason}; "eoss doctor" shows which backends work; ` +
      "--backend cpu works everywhere (slowly)",
  );
}

/** The packages that a backend needs and that are not installed. */
export function missingPackages(name: Exclude<BackendName, "auto">): string[] {
  const { packages = [] }: BackendKind = kinds[name];
  return packages.filter((source) => resolved(source) === undefined);
}

/** The version of a backend's package; undefined if it does not say. */
export function backendVersion(name: string): string | undefined {
  const { packages = [] }: Partial<BackendKind> = kinds[name as keyof typeof kinds] ?? {};
  const source = packages[0] ?? `@tensorflow/tfjs-backend-${name}`;
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

let card: string | undefined;

/** The graphics card of a backend that has been loaded, as its driver names it. */
export function cardOf(name: BackendName): string | undefined {
  return name === "webgpu" ? card : undefined;
}

/** In Node the GPU is reached through the package `webgpu`; its `create` is the browser's `gpu`. */
async function loadWebGpu(): Promise<void> {
  const load = (source: string) => import(pathToFileURL(resolved(source)!).href);
  const { create, globals } = await load("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error("WebGPU found no graphics card");
  const { vendor, architecture, device, description } = adapter.info ?? {};
  const names = new Set([vendor, architecture, device, description].filter(Boolean));
  card = [...names].join(", ") || undefined;
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  await load("@tensorflow/tfjs-backend-webgpu");
}

import { spawn } from "node:child_process";
import type { RemoteVector } from "@eoss/bridge";
import { Channel, encodeFrame, FrameReader, RemoteSpace, remoteProblem } from "@eoss/bridge";
import { type Bilinear, type EngineUnderTest, engineContract } from "@eoss/sharpness/testing";
import { afterAll, beforeAll, describe, it } from "vitest";
import { environment, has, PYTHON_FOLDER, python } from "./python.js";

/** An engine in a Python process. */
class PythonEngine implements EngineUnderTest<RemoteVector> {
  readonly accuracy: number;
  readonly #child;
  readonly #channel: Channel;
  readonly #space: RemoteSpace;
  #problems = 0;

  constructor(
    readonly kind: string,
    readonly precision: "float32" | "float64",
    readonly update?: EngineUnderTest<RemoteVector>["update"],
  ) {
    this.accuracy = precision === "float64" ? 1e-9 : 1e-5;
    this.#child = spawn(python, [`${PYTHON_FOLDER}tests/contract_engine.py`, kind], {
      env: environment,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#channel = new Channel((message, buffers) => this.#send(message, buffers));
    this.#space = new RemoteSpace(this.#channel, precision);
    const frames = new FrameReader((frame) => {
      if (frame.message.id !== undefined) this.#channel.settle(frame);
    });
    this.#child.stdout.on("data", (bytes: Buffer) => frames.push(bytes));
    this.#child.on("exit", () => this.#channel.fail(new Error("the engine has ended")));
  }

  problem(network: Bilinear, batchSize: number) {
    const problem = ++this.#problems;
    this.#send({ network, problem });
    const p = network.a.length;
    return remoteProblem(this.#channel, this.#space, {
      ...{ problem, samples: network.y.length, batchSize, dimension: 2 * p, coupled: false },
      precision: this.precision,
      layers: ["a", "b"].map((name) => ({ name, size: p })),
      lacks: { "initial-params": "there is none" },
      ...(this.update && {
        update: {
          learningRate: 0.1,
          rule: { threshold: 20, decay: 0 },
          preconditioner: this.update.preconditioner ? "diagonal" : "identity",
        },
      }),
    });
  }

  entries(x: RemoteVector) {
    return this.#space.entries(x);
  }

  alive(): number {
    return this.#space.live.length;
  }

  close(): void {
    this.#child.stdin.end();
  }

  #send(message: Record<string, unknown>, buffers: readonly Uint8Array[] = []): void {
    for (const part of encodeFrame(message, buffers)) this.#child.stdin.write(part);
  }
}

/** P and p of RMSprop as the Python side has it, see `torch_contract.py`. */
const meanSquare = Array.from({ length: 24 }, (_, i) => 0.1 + 0.01 * i);
const rmsprop = {
  preconditioner: meanSquare.map((square) => Math.sqrt(square) + 1e-8),
  direction: (g: readonly number[]) =>
    g.map((x, i) => -x / (Math.sqrt(0.99 * meanSquare[i]! + 0.01 * x * x) + 1e-8)),
};

describe.each([
  { kind: "numpy", needs: "numpy", precision: "float64", update: undefined },
  { kind: "torch-float64", needs: "torch", precision: "float64", update: rmsprop },
  { kind: "torch-float32", needs: "torch", precision: "float32", update: rmsprop },
  { kind: "jax", needs: "jax", precision: "float32", update: undefined },
] as const)(
  "an engine in Python keeps the contract: $kind",
  ({ kind, needs, precision, update }) => {
    if (!has(needs)) return it.skip("needs a Python package", () => {});
    let engine: PythonEngine;
    beforeAll(() => {
      engine = new PythonEngine(kind, precision, update);
    });
    afterAll(() => engine.close());
    const deferred: EngineUnderTest<RemoteVector> = {
      ...{ accuracy: precision === "float64" ? 1e-9 : 1e-5, update },
      problem: (network, batchSize) => engine.problem(network, batchSize),
      entries: (x) => engine.entries(x),
      alive: () => engine.alive(),
    };
    it.each(engineContract(deferred))("$name", ({ run }) => run());
  },
);

// What Python asks for, one request at a time: measurements of its losses, and the folder of its run.
import { version } from "@eoss/lab";
import { stream } from "@eoss/rng";
import { ConfigError, type EndReason } from "@eoss/run";
import { type OptimizerSettings, optimizerByName } from "@eoss/sgd";
import {
  type CadenceState,
  comparedWith,
  errorOf,
  type Measurement,
  nextMeasurement,
  type Quantity,
  quantities,
  quantityByName,
  type UpdateRule,
} from "@eoss/sharpness/core";
import { checkAsked, measureAsked } from "@eoss/sharpness/internal";
import { Channel } from "./channel.js";
import { withDifferences } from "./differences.js";
import { encodeFrame, type Frame, FrameReader, PROTOCOL } from "./frames.js";
import { MeasuredRun, type RunDescription } from "./measuredRun.js";
import { type ProblemDescription, remoteProblem } from "./remoteProblem.js";
import { RemoteSpace, type RemoteVector } from "./remoteSpace.js";
import { encode } from "./values.js";

/** A measurement, as it is asked for. */
interface MeasureRequest extends ProblemDescription {
  readonly kind: "measure";
  /** Updates made before. */
  readonly step: number;
  readonly quantities: readonly string[];
  readonly tolerance: number;
  readonly maxBatches: number;
  readonly seed: number;
  readonly top?: number;
  readonly perLayer?: boolean;
  readonly certify?: "all" | "auto" | "off";
  /** Seconds after which the measurement is given up. */
  readonly seconds?: number;
  /** Whether eigenvectors are kept, for the next measurement of the problem to start from. */
  readonly remember?: boolean;
  readonly update?: ProblemDescription["update"] & { readonly optimizer?: OptimizerSettings };
}

/** When to measure again, by what the loop and the measurements take. */
type NextRequest = { readonly kind: "next" } & Omit<CadenceState, "thresholdDistance">;

type Request =
  | MeasureRequest
  | NextRequest
  | ({ readonly kind: "begin" } & RunDescription)
  | {
      readonly kind: "end";
      readonly reason: EndReason;
      readonly message: string;
      readonly step: number;
    };

interface Pipes {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** Serves requests until the input ends. A run that is open then is closed as interrupted. */
export async function serve({ input, output }: Pipes): Promise<void> {
  const server = new Server((message, buffers) => {
    for (const part of encodeFrame(message, buffers)) output.write(part);
  });
  const frames = new FrameReader((frame) => server.receive(frame));
  // Python has gone: what is still to be written to it is of no use.
  output.on("error", () => {});
  try {
    for await (const bytes of input) frames.push(bytes as Buffer);
  } finally {
    server.lost();
  }
}

class Server {
  readonly #channel: Channel;
  readonly #send: (message: Frame["message"], buffers?: readonly Uint8Array[]) => void;
  /** Vectors that measurements of a problem keep to start from. */
  readonly #memories = new Map<number, Map<string, RemoteVector>>();
  readonly #spaces = new Map<string, RemoteSpace>();
  #run?: MeasuredRun;
  /** |sharpness/threshold − 1| of what was nearest to its threshold when it was last measured. */
  #thresholdDistance = Number.POSITIVE_INFINITY;
  #busy = false;
  #abort?: AbortController;

  constructor(send: (message: Frame["message"], buffers: readonly Uint8Array[]) => void) {
    this.#channel = new Channel(send);
    this.#send = (message, buffers = []) => send(message, buffers);
    const over = Object.values(quantities).map((quantity) => [quantity.name, quantity.over]);
    this.#send({ hello: { protocol: PROTOCOL, version, quantities: Object.fromEntries(over) } });
  }

  /** @throws RangeError if the other side does not keep the protocol */
  receive(frame: Frame): void {
    const { hello, request, id, cancel } = frame.message;
    if (id !== undefined) this.#channel.settle(frame);
    else if (request !== undefined) void this.#answer(request as Request);
    else if (cancel !== undefined) this.#abort?.abort(new Error("the measurement was cancelled"));
    else if ((hello as { protocol?: unknown })?.protocol !== PROTOCOL) {
      throw new RangeError(`this side speaks version ${PROTOCOL} of the protocol`);
    }
  }

  /** The other side has gone. */
  lost(): void {
    this.#channel.fail(new Error("the Python process has ended"));
    this.#run?.end("interrupted", "the Python process ended without closing the run");
  }

  async #answer(request: Request): Promise<void> {
    if (this.#busy) throw new RangeError("a request came before the one before it was answered");
    this.#busy = true;
    try {
      const done = await this.#perform(request);
      await this.#channel.done();
      this.#busy = false;
      this.#send({ done: encode(done, []), keep: this.#kept() });
    } catch (error) {
      for (const memory of this.#memories.values()) memory.clear();
      this.#kept();
      this.#channel.reset();
      this.#busy = false;
      const { name, message } = error as Error;
      this.#send({ failed: { name, message } });
    }
  }

  async #perform(request: Request): Promise<unknown> {
    switch (request.kind) {
      case "measure":
        return this.#measure(request);
      case "next":
        return {
          step: nextMeasurement({ ...request, thresholdDistance: this.#thresholdDistance }),
        };
      case "begin":
        this.#run = MeasuredRun.begin(request, (message) => this.#send({ warning: message }));
        return { directory: this.#run.directory };
      case "end":
        this.#run?.end(request.reason, request.message, request.step);
        this.#run = undefined;
        return {};
      default:
        throw new RangeError(`there is no request "${(request as { kind: unknown }).kind}"`);
    }
  }

  async #measure(request: MeasureRequest): Promise<unknown> {
    const { step, problem: id, precision, tolerance, maxBatches, seed, seconds } = request;
    const { top, perLayer, remember = false, differences = false } = request;
    const known = request.quantities.map(quantityByName);
    refuse(request, known);
    checkAsked(known);
    const wanted = differences ? withDifferences(known, this.#channel, id) : known;
    const certify = differences ? "off" : request.certify;
    const space = this.#spaceOf(precision);
    space.basisSize = request.basisSize;
    const problem = remoteProblem(this.#channel, space, {
      ...request,
      ...(request.update && { update: { ...request.update, ...ruleOf(request.update) } }),
    });
    const abort = new AbortController();
    this.#abort = abort;
    const timer =
      seconds === undefined
        ? undefined
        : setTimeout(
            () => abort.abort(new Error(`the measurement took more than ${seconds} seconds`)),
            1000 * seconds,
          );
    this.#run?.reach(step, request);
    const told = (measurement: Measurement) =>
      plain(measurement, thresholdOf(request, measurement));
    try {
      const measurements = await measureAsked(problem, wanted, {
        ...{ tolerance, maxBatches, top, perLayer, certify },
        stream: stream(seed, "measurement").fork(step),
        ...(remember && { memory: this.#memoryOf(id) }),
        pause: async () => abort.signal.throwIfAborted(),
        onMeasured: (measurement: Measurement) => {
          this.#run?.append(step, measurement);
          this.#send({ measured: encode(told(measurement), []) });
        },
      });
      this.#thresholdDistance = nearest(request, measurements);
      return {
        measurements: measurements.map(told),
        ...this.#run?.measuredAll(step, measurements),
      };
    } finally {
      clearTimeout(timer);
      this.#abort = undefined;
    }
  }

  #spaceOf(precision: ProblemDescription["precision"]): RemoteSpace {
    const known = this.#spaces.get(precision);
    // Names of vectors are given by one space alone.
    if (known === undefined && this.#spaces.size > 0) {
      throw new ConfigError("the problems of one process must have vectors of one precision");
    }
    const space = known ?? new RemoteSpace(this.#channel, precision);
    this.#spaces.set(precision, space);
    return space;
  }

  #memoryOf(problem: number): Map<string, RemoteVector> {
    const memory = this.#memories.get(problem) ?? new Map<string, RemoteVector>();
    this.#memories.set(problem, memory);
    return memory;
  }

  /** Names of the vectors that outlive a request; the other side drops all others. */
  #kept(): number[] {
    const vectors = [...this.#memories.values()].flatMap((memory) => [...memory.values()]);
    for (const space of this.#spaces.values()) space.keepOnly(vectors);
    return vectors.map(({ handle }) => handle);
  }
}

/** What the optimizer declares of itself: the only place that knows thresholds is there. */
function ruleOf({ learningRate, optimizer }: NonNullable<MeasureRequest["update"]>): {
  rule?: UpdateRule;
} {
  if (optimizer === undefined) return {};
  const { name, ...options } = optimizer;
  const [known, given] = [optimizerByName(name), { ...options, learningRate }];
  return {
    rule: { threshold: known.threshold(given).value, decay: known.coupledDecay(given) },
  };
}

/** What a number is compared with; NaN where there is nothing, or eoss does not know the rule of the update. */
function thresholdOf(
  { update, batchSize, samples }: MeasureRequest,
  measured: Measurement,
): number {
  if (update?.optimizer === undefined) return Number.NaN;
  const { name, ...options } = update.optimizer;
  const { learningRate } = update;
  const optimizer = optimizerByName(name);
  return comparedWith(measured, { optimizer, learningRate, options, batchSize, samples }).value;
}

/** |sharpness/threshold − 1| of what is nearest to its threshold; infinite if nothing has one. */
function nearest(request: MeasureRequest, measured: readonly Measurement[]): number {
  const distances = measured
    .map((one) => Math.abs(one.value / thresholdOf(request, one) - 1))
    .filter((distance) => !Number.isNaN(distance));
  return Math.min(Number.POSITIVE_INFINITY, ...distances);
}

/** @throws ConfigError naming the quantities that the other side has said it cannot measure, and why */
function refuse({ lacks }: ProblemDescription, quantities: readonly Quantity[]): void {
  const { update } = lacks;
  const refused = quantities.filter(({ needs }) => needs.includes("update"));
  if (update === undefined || refused.length === 0) return;
  const names = refused.map(({ name }) => name).join(", ");
  throw new ConfigError(`cannot measure ${names}: ${update}`);
}

/** A measurement without what is undefined, which no message can hold. */
function plain(measurement: Measurement, level: number): Record<string, unknown> {
  const threshold = Number.isFinite(level) ? level : undefined;
  const all = { ...measurement, error: errorOf(measurement) ?? undefined, threshold };
  const entries = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value === "number") return encode(value, []);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return Array.from(value as ArrayLike<unknown>, plainValue);
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plainValue(one)]));
}

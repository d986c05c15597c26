/** The thread that measures batches and multiplies, for `threads/measuringPool.ts`. */

import { parentPort, workerData } from "node:worker_threads";
import { Trainer } from "@eoss/run";
import { measureOptions, staticOptions } from "@eoss/run/internal";
import type { BatchQuantity, BatchReading } from "@eoss/sharpness";
import { readBatch } from "@eoss/sharpness/internal";
import { sentError } from "./processes/sentError.js";
import { openShared } from "./run/open.js";
import { Linearizations } from "./threads/linearizations.js";
import type { AnswerMessage, JobMessage, ReadJob, WorkerSetup } from "./threads/messages.js";

// What a thread of a measuring pool does: the jobs that it is told to.

const { inputs, unwanted } = workerData as WorkerSetup;
const opened = openShared(inputs).then((own) => ({
  trainer: new Trainer(own),
  linearizations: new Linearizations(inputs.workers),
}));
// Whoever asks is told.
opened.catch(() => {});

parentPort!.on("message", async (message: JobMessage) => {
  const answer = await answerTo(message);
  const moved =
    "result" in answer && answer.result instanceof Float32Array ? answer.result : undefined;
  parentPort!.postMessage(answer, moved ? [moved.buffer as ArrayBuffer] : []);
});

async function answerTo({ number, position, job }: JobMessage): Promise<AnswerMessage> {
  try {
    const { trainer, linearizations } = await opened;
    if (position) {
      linearizations.clear();
      trainer.moveTo(position);
    }
    if (job.kind === "multiply") {
      return { result: linearizations.multiply(trainer.problem(), job.indices, job.x) };
    }
    linearizations.clear();
    return { result: await read(trainer, number, job) };
  } catch (error) {
    return { error: sentError(error) };
  }
}

function read(
  trainer: Trainer,
  number: number,
  { index, quantities, batchSize, certify }: ReadJob,
): Promise<BatchReading[]> {
  const wanted = quantities.map(
    (name) => trainer.inputs.quantities.find((quantity) => quantity.name === name) as BatchQuantity,
  );
  const pause = async () => {
    if (Atomics.load(unwanted, 0) === number) throw new Error("no longer needed");
  };
  const problem = trainer.problem();
  if (batchSize === undefined) {
    return readBatch(problem, wanted, index, { ...measureOptions(trainer), certify, pause });
  }
  const { tolerance, stream } = staticOptions(trainer);
  const options = { tolerance, stream: stream.fork(batchSize), pause };
  return readBatch({ ...problem, batchSize }, wanted, index, options);
}

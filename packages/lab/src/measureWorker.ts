import { parentPort, workerData } from "node:worker_threads";
import { type BatchQuantity, type BatchReading, readBatch } from "@eoss/sharpness";
import { measureOptions } from "./run/measureNow.js";
import { openShared } from "./run/open.js";
import { type Task, Trainer } from "./run/trainer.js";
import type { AnswerMessage, ReadMessage, WorkerSetup } from "./workers/messages.js";

// What a thread of a measuring pool does: it looks at the batches that it is told to.

const setup = workerData as WorkerSetup;
const opened = openShared(setup.task);
// Whoever asks is told.
opened.catch(() => {});
let trainer: Trainer | undefined;

parentPort!.on("message", async (message: ReadMessage) => {
  parentPort!.postMessage(await answerTo(message));
});

async function answerTo(message: ReadMessage): Promise<AnswerMessage> {
  try {
    return { readings: await read(await opened, message) };
  } catch (error) {
    return { error };
  }
}

function read(
  task: Task,
  { number, position, index, quantities }: ReadMessage,
): Promise<BatchReading[]> {
  if (position) {
    if (trainer) trainer.moveTo(position);
    else trainer = new Trainer(task, position);
  }
  const wanted = quantities.map(
    (name) => task.quantities.find((quantity) => quantity.name === name) as BatchQuantity,
  );
  const pause = async () => {
    if (Atomics.load(setup.unwanted, 0) === number) throw new Error("no longer wanted");
  };
  return readBatch(trainer!.problem(), wanted, index, { ...measureOptions(trainer!), pause });
}

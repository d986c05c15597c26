/**
 * Lets messages come in, if the last time was long ago. A message to oneself is at once in the queue,
 * where a timer would wait for four milliseconds.
 */
export function messageYielder(interval = 16): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  let wake: (() => void) | undefined;
  port1.onmessage = () => wake?.();
  let last = performance.now();
  return async () => {
    if (performance.now() - last < interval) return;
    await new Promise<void>((resolve) => {
      wake = resolve;
      port2.postMessage(0);
    });
    last = performance.now();
  };
}

/** The best of several runs, in ms: what the machine can do when nothing else disturbs it. */
export function best(runs, body) {
  body();
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    body();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

export const gflops = (operations, ms) => operations / ms / 1e6;

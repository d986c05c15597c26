import type { Page } from "playwright-core";

/** Milliseconds of a task that a reader would feel as a hitch. */
export const HITCH = 100;

/** How smoothly a page was drawn over some time. */
export interface Frames {
  readonly framesPerSecond: number;
  /** Longest time between two frames, and the one that 95 in 100 do not exceed; milliseconds. */
  readonly longest: number;
  readonly percentile95: number;
  /**
   * Milliseconds that the longest task of the page's own thread computed for: processor time, so that
   * it says nothing of what else the machine does.
   */
  readonly longestTask: number;
}

/**
 * Watches the frames of a page for some seconds, then the tasks of its own thread for as many: the trace
 * itself costs frames.
 */
export async function watchFrames(page: Page, seconds: number): Promise<Frames> {
  const intervals = await page.evaluate(
    (duration) =>
      new Promise<number[]>((resolve) => {
        const found: number[] = [];
        const start = performance.now();
        let last = start;
        const frame = (now: number) => {
          if (now > last) found.push(now - last);
          last = now;
          if (now - start < duration) requestAnimationFrame(frame);
          else resolve(found);
        };
        requestAnimationFrame(frame);
      }),
    1000 * seconds,
  );
  const browser = page.context().browser()!;
  await browser.startTracing(page, {
    categories: ["__metadata", "disabled-by-default-devtools.timeline"],
  });
  await page.waitForTimeout(1000 * seconds);
  const trace = await browser.stopTracing();
  const sorted = [...intervals].sort((a, b) => a - b);
  const total = intervals.reduce((sum, interval) => sum + interval, 0);
  return {
    framesPerSecond: (1000 * intervals.length) / total,
    longest: sorted.at(-1)!,
    percentile95: sorted[Math.floor(0.95 * sorted.length)]!,
    longestTask: longestTask(JSON.parse(trace.toString()).traceEvents),
  };
}

/** What is used of an event of Chromium's trace. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time, in microseconds. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

function longestTask(events: readonly TraceEvent[]): number {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid}:${tid}`;
  const pages = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(threadOf),
  );
  const times = events
    .filter((event) => event.name === "RunTask" && pages.has(threadOf(event)))
    .map(({ tdur }) => (tdur ?? 0) / 1000);
  if (times.length === 0) throw new Error("the trace has no task of the page");
  return Math.max(...times);
}

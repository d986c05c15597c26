// What is drawn of a long series: a point more costs no frame anything, however many there are.

/** Blocks of a series that are kept apart: about as many as a chart has columns of pixels. */
const MOST_BLOCKS = 400;

interface Block<P> {
  /** How many points fell into it. */
  readonly count: number;
  /** Those that are drawn, in their order. */
  readonly points: readonly P[];
}

/** Consecutive points in blocks of equal length, which doubles when there are too many blocks. */
class Blocks<P> {
  #size = 1;
  #blocks: Block<P>[] = [];
  #last: P | undefined;

  /** @param reduce points of a block to the few that stand for them */
  constructor(readonly reduce: (points: readonly P[]) => readonly P[]) {}

  add(point: P): void {
    const last = this.#blocks.at(-1);
    if (last && last.count < this.#size) {
      this.#blocks[this.#blocks.length - 1] = this.#joined(last, { count: 1, points: [point] });
    } else this.#blocks.push({ count: 1, points: [point] });
    this.#last = point;
    if (this.#blocks.length > MOST_BLOCKS) this.#halve();
  }

  get last(): P | undefined {
    return this.#last;
  }

  get points(): readonly P[] {
    return this.#blocks.flatMap(({ points }) => points);
  }

  #halve(): void {
    this.#size *= 2;
    const old = this.#blocks;
    this.#blocks = [];
    for (let i = 0; i < old.length; i += 2) {
      const [first, second] = [old[i]!, old[i + 1]];
      this.#blocks.push(second ? this.#joined(first, second) : first);
    }
  }

  #joined(a: Block<P>, b: Block<P>): Block<P> {
    return { count: a.count + b.count, points: this.reduce([...a.points, ...b.points]) };
  }
}

/**
 * A line of which each block keeps its lowest and its highest point, and one that is no number, where the
 * line has a gap: it looks like the line of all points. The newest point is always there.
 */
export class DrawnLine<P> {
  readonly #blocks: Blocks<P>;

  /** @param value of a point, by which it is low or high */
  constructor(readonly value: (point: P) => number) {
    this.#blocks = new Blocks((points) => this.#extremes(points));
  }

  add(point: P): void {
    this.#blocks.add(point);
  }

  get last(): P | undefined {
    return this.#blocks.last;
  }

  get points(): readonly P[] {
    const { points, last } = this.#blocks;
    return last === undefined || points.at(-1) === last ? points : [...points, last];
  }

  #extremes(points: readonly P[]): readonly P[] {
    let low: P | undefined;
    let high: P | undefined;
    let gap: P | undefined;
    for (const point of points) {
      const value = this.value(point);
      if (!Number.isFinite(value)) gap = point;
      else {
        if (low === undefined || value < this.value(low)) low = point;
        if (high === undefined || value > this.value(high)) high = point;
      }
    }
    return points.filter((point) => point === low || point === high || point === gap);
  }
}

/** A mean over consecutive points. */
export interface DrawnMean {
  /** Of its first point. */
  readonly step: number;
  readonly value: number;
  readonly count: number;
}

/** A noisy line as means over its blocks; what is not above 0 has no place on a logarithmic axis. */
export class DrawnMeans {
  readonly #blocks = new Blocks<DrawnMean>((means) => {
    const count = means.reduce((sum, mean) => sum + mean.count, 0);
    const value = means.reduce((sum, mean) => sum + mean.value * mean.count, 0) / count;
    return [{ step: means[0]!.step, value, count }];
  });

  add({ step, value }: { readonly step: number; readonly value: number }): void {
    if (value > 0 && Number.isFinite(value)) this.#blocks.add({ step, value, count: 1 });
  }

  get points(): readonly DrawnMean[] {
    return this.#blocks.points;
  }
}

/** Clouds of points of which every second, fourth, … is kept when there are too many, and the newest. */
export class DrawnClouds<P> {
  /** At most so many clouds are drawn. */
  static readonly MOST = 250;
  #stride = 1;
  #count = 0;
  #kept: (readonly P[])[] = [];
  #newest: readonly P[] = [];

  add(cloud: readonly P[]): void {
    this.#newest = cloud;
    if (this.#count++ % this.#stride > 0) return;
    this.#kept.push(cloud);
    if (this.#kept.length <= DrawnClouds.MOST) return;
    this.#stride *= 2;
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
  }

  get points(): readonly P[] {
    const newest = this.#kept.at(-1) === this.#newest ? [] : this.#newest;
    return [...this.#kept.flat(), ...newest];
  }
}

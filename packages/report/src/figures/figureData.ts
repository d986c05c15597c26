/** The numbers behind a figure in a page, for the page's script. */

import { thin } from "@eoss/run/internal";
import { errorOf, type SeriesPoint } from "@eoss/sharpness";
import { escapeText } from "../page/html.js";
import type { LineStyle } from "./palette.js";

/** A point of a figure: a place on the horizontal axis, a value, and what stands behind its ±. */
export interface DataPoint {
  readonly x: number;
  readonly value: number;
  readonly error: number | null;
  /** Of a heat map: what its shade stands for at the place and the value. */
  readonly shade?: number;
}

export interface DataSeries {
  readonly style: Pick<LineStyle, "label" | "color" | "dash">;
  readonly points: readonly DataPoint[];
  /** Pixels that its marks stand to the right of their places; default 0. */
  readonly shift?: number;
}

/** An axis as it is drawn: `domain` lies on the pixels of `range`. */
export interface DataAxis {
  readonly name: string;
  readonly log: boolean;
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
}

export interface FigureData {
  readonly x: DataAxis;
  readonly y: DataAxis;
  /** Of a heat map: what its shades stand for. Its series are its rows, each with one value. */
  readonly shade?: string | undefined;
  readonly series: readonly DataSeries[];
}

/** More points than these are every n-th of them, as in the drawing. */
const MOST_POINTS = 2000;

/** A quantity against steps as data. */
export function stepSeries(style: LineStyle, series: readonly SeriesPoint[]): DataSeries {
  const points = series.map((point) => ({
    x: point.step,
    value: point.value,
    error: errorOf(point),
  }));
  return { style, points };
}

/**
 * The data as an attribute of the element that is drawn. Values have six digits, and more where their error is
 * smaller than that: all that stands before a ±, and two digits more.
 *
 * @param withSeries false for a second size of the same figure
 */
export function dataAttribute({ x, y, shade, series }: FigureData, withSeries = true): string {
  const axis = ({ name, log, domain, range }: DataAxis) => [name, Number(log), domain, range];
  const s = withSeries ? series.flatMap(encoded) : null;
  return ` data-figure="${escapeText(JSON.stringify({ x: axis(x), y: axis(y), shade, s }))}"`;
}

/** Label, colour, dashes, places, values, errors, shift, shades; of none that is finite nothing. */
function encoded({ style, points, shift = 0 }: DataSeries): unknown[][] {
  const { label, color, dash } = style;
  const finite = thin(points, MOST_POINTS).filter(({ value }) => Number.isFinite(value));
  if (finite.length === 0) return [];
  const values = finite.map(({ value, error }) => rounded(value, digitsOf(value, error)));
  const errors = finite.map(({ error }) => (isKnown(error) ? rounded(error, 4) : null));
  const places = finite.map((point) => rounded(point.x, 12));
  const shades = finite.flatMap(({ shade }) => (shade === undefined ? [] : rounded(shade, 3)));
  if (shades.length > 0) {
    return [[label, color, dash, spaced(places), values.slice(0, 1), [], shift, shades]];
  }
  return [[label, color, dash, spaced(places), values, errors.some(isKnown) ? errors : [], shift]];
}

/** Places at even distances as `[[first, distance, count]]`. */
function spaced(places: readonly number[]): unknown[] {
  const [first, second] = places;
  if (places.length < 4) return [...places];
  const distance = second! - first!;
  const isEven = places.every((place, i) => place === first! + i * distance);
  return isEven ? [[first, distance, places.length]] : [...places];
}

function isKnown(error: number | null): error is number {
  return error !== null && Number.isFinite(error);
}

function digitsOf(value: number, error: number | null): number {
  if (!isKnown(error) || error === 0) return 6;
  const beyond = Math.ceil(Math.log10(Math.abs(value) / error)) + 4;
  return Math.min(15, Math.max(6, beyond || 6));
}

function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}

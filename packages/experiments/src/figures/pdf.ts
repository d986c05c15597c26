/** Figures as PDF: lines stay lines, and letters stay letters that can be searched and edited. */

import { parseHTML } from "linkedom";
import type PDFDocument from "pdfkit";
import { type Font, figureFont, optional } from "./fonts.js";

type Document = InstanceType<typeof PDFDocument>;

/** What is read of an element, whoever has parsed it. */
interface SvgElement {
  readonly tagName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  readonly children: Iterable<SvgElement>;
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
}

function rootOf(svg: string) {
  return parseHTML(svg).document.querySelector("svg");
}

/**
 * A figure as a page of its own size; null where the optional package `pdfkit` is not there.
 *
 * It knows what figures of `@eoss/report` are made of: g, path, line, rect, circle and text, with literal
 * colours.
 *
 * @param svg one element, whose viewBox begins at 0, 0
 * @param points width of the page, in points of 1/72 inch
 * @throws Error naming an element that it does not know: no part of a figure is left out in silence
 */
export async function pdf(svg: string, points: number): Promise<Uint8Array | null> {
  const module = await optional(() => import("pdfkit"));
  if (module === null) return null;
  const root = rootOf(svg)!;
  const [width, height] = ["width", "height"].map((name) => Number(root.getAttribute(name)));
  const scale = points / width!;
  const page = new module.default({
    size: [points, scale * height!],
    margin: 0,
    info: { Title: root.querySelector("title")?.textContent ?? "", CreationDate: EPOCH },
  });
  const pieces: Uint8Array[] = [];
  const ended = new Promise((resolve) => page.on("end", resolve));
  page.on("data", (piece: Uint8Array) => pieces.push(piece));
  page.scale(scale);
  drawInto(page, root, PLAIN, figureFont);
  page.end();
  await ended;
  return Buffer.concat(pieces);
}

/** The same figure gives the same bytes. */
const EPOCH = new Date(0);

/** What an element hands on to those within it. */
type Inherited = Readonly<Record<string, string>>;

const PLAIN: Inherited = { fill: "#000000", stroke: "none", "font-size": "12" };

/** Attributes that are not inherited, and what is only for readers of a page. */
const OWN =
  /^(transform|d|points|width|height|x|y|x1|x2|y1|y2|cx|cy|r|dx|dy|role|xmlns|viewBox|aria-.*)$/;

function drawInto(page: Document, element: SvgElement, around: Inherited, font: Font): void {
  const style: Record<string, string> = { ...around };
  for (const { name, value } of element.attributes) if (!OWN.test(name)) style[name] = value;
  page.save();
  const [, x, y = "0"] = /^translate\(([^,)]+)(?:,([^)]+))?\)/.exec(transformOf(element)) ?? [];
  if (x !== undefined) page.translate(Number(x), Number(y));
  const [, degrees] = /rotate\(([^)]+)\)/.exec(transformOf(element)) ?? [];
  if (degrees !== undefined) page.rotate(Number(degrees));
  const name = element.tagName.toLowerCase();
  const shape = SHAPES[name];
  if (shape === undefined) throw new Error(`a figure has an element <${name}>, which PDF lacks`);
  shape(page, element, style, font);
  page.restore();
}

const transformOf = (element: SvgElement) => element.getAttribute("transform") ?? "";

type Draw = (page: Document, element: SvgElement, style: Inherited, font: Font) => void;

const group: Draw = (page, element, style, font) => {
  for (const child of element.children) drawInto(page, child, style, font);
};

const number = (element: SvgElement, name: string) => Number(element.getAttribute(name) ?? 0);

const SHAPES: Readonly<Record<string, Draw>> = {
  svg: group,
  g: group,
  title: () => {},
  path: (page, element, style) =>
    painted(page, style, () => page.path(element.getAttribute("d") ?? "")),
  line: (page, element, style) =>
    painted(page, { ...style, fill: "none" }, () =>
      page
        .moveTo(number(element, "x1"), number(element, "y1"))
        .lineTo(number(element, "x2"), number(element, "y2")),
    ),
  rect: (page, element, style) =>
    painted(page, style, () =>
      page.rect(
        number(element, "x"),
        number(element, "y"),
        number(element, "width"),
        number(element, "height"),
      ),
    ),
  circle: (page, element, style) =>
    painted(page, style, () =>
      page.circle(number(element, "cx"), number(element, "cy"), number(element, "r")),
    ),
  text,
};

/** Fills and strokes an outline as its style says. */
function painted(page: Document, style: Inherited, outline: () => unknown): void {
  const [fill, stroke] = [colorOf(style.fill, style), colorOf(style.stroke, style)];
  const opacity = (name: string) => Number(style[name] ?? 1) * Number(style.opacity ?? 1);
  if (fill === undefined && stroke === undefined) return;
  outline();
  if (stroke !== undefined) strokeStyle(page, stroke, opacity("stroke-opacity"), style);
  if (fill !== undefined) page.fillColor(fill, opacity("fill-opacity"));
  if (fill !== undefined && stroke !== undefined) page.fillAndStroke();
  else if (fill !== undefined) page.fill();
  else page.stroke();
}

function strokeStyle(page: Document, color: string, opacity: number, style: Inherited): void {
  page.strokeColor(color, opacity).lineWidth(Number(style["stroke-width"] ?? 1));
  page.lineCap((style["stroke-linecap"] as "butt" | "round") ?? "butt");
  page.lineJoin((style["stroke-linejoin"] as "miter" | "round") ?? "miter");
  const dash = style["stroke-dasharray"] ?? "none";
  if (dash === "none") page.undash();
  // pdfkit takes a pattern as a list; its type knows one length alone.
  else page.dash(dash.split(/[ ,]+/).map(Number) as unknown as number, {});
}

function colorOf(color: string | undefined, style: Inherited): string | undefined {
  if (color === undefined || color === "none") return undefined;
  return color === "currentColor" ? style.color : color;
}

/** One line of letters; a stroke around them lies under them. */
function text(page: Document, element: SvgElement, style: Inherited, font: Font): void {
  const content = element.textContent ?? "";
  const size = Number(style["font-size"]);
  page.font(style["font-weight"] === "bold" ? font.bold : font.regular, size);
  const anchors: Readonly<Record<string, number>> = { start: 0, middle: 0.5, end: 1 };
  const back = (anchors[style["text-anchor"] ?? "start"] ?? 0) * page.widthOfString(content);
  const shift = (name: string) => {
    const value = element.getAttribute(name) ?? "0";
    return value.endsWith("em") ? size * Number.parseFloat(value) : Number(value);
  };
  const at = [shift("x") + shift("dx") - back, shift("y") + shift("dy")] as const;
  const options = { lineBreak: false, baseline: "alphabetic" } as const;
  const stroke = colorOf(style.stroke, style);
  if (stroke !== undefined) {
    strokeStyle(page, stroke, Number(style["stroke-opacity"] ?? 1), style);
    page.text(content, ...at, { ...options, stroke: true, fill: false });
  }
  page.fillColor(colorOf(style.fill, style) ?? "#000000", Number(style["fill-opacity"] ?? 1));
  page.text(content, ...at, options);
}

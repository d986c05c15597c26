import { END_REASONS } from "@eoss/run/internal";
import { z } from "zod";
import { claimVerdicts } from "./claims/claim.js";
import { claimKinds, currentKind } from "./claims/registry.js";
import { scaleNames } from "./recipe.js";
import { isAllowedSvg } from "./svgAllowList.js";

/** A path below the folder of the figures: as a link it leads nowhere else. */
const path = z
  .string()
  .regex(/^(?![\\/])[\w. \\/-]+$/, "expected a path below the folder of the figures");
const verdict = z.enum(claimVerdicts);
const number = z.number().nullable();
const kinds = Object.keys(claimKinds) as [keyof typeof claimKinds];

const claim = z.object({
  figure: z.string(),
  claim: z.string(),
  kind: z.preprocess(currentKind, z.enum(kinds)),
  verdict,
  measured: z.array(
    z.object({
      of: z.string(),
      value: number,
      error: number,
      seeds: z.array(number).exactOptional(),
      expected: z.string(),
      verdict,
      note: z.string().exactOptional(),
    }),
  ),
});

const run = z.object({
  name: z.string(),
  directory: path,
  end: z
    .object({
      reason: z.enum(END_REASONS),
      step: z.number(),
      message: z.string(),
    })
    .nullable(),
  backend: z.string(),
  versions: z.record(z.string(), z.string()),
  command: z.string(),
  parent: z.object({ directory: z.string(), step: z.number() }).exactOptional(),
  seed: z.number(),
});

/** What `figure.json` holds beside its version. It may come from elsewhere, and goes into a page. */
export const figureSchema = z.object({
  recipe: z.object({
    figure: z.string(),
    title: z.string(),
    paper: z.string().exactOptional(),
    see: z.string(),
    scale: z.enum(scaleNames),
  }),
  command: z.string(),
  claims: z.array(claim),
  plots: z.array(
    z.object({
      name: z.string(),
      svg: z.string().refine(isAllowedSvg, "this is not a figure made by eoss"),
    }),
  ),
  files: z.array(path),
  runs: z.array(run),
  missing: z.array(z.string()),
});

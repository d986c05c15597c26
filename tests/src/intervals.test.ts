import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

/** Makes every interval; no other file knows how many standard errors one is wide. */
const OWNER = "packages/sharpness/src/statistics/interval.ts";
/** Quantiles themselves, and a package without dependencies that bounds its own traces. */
const APART = ["packages/sharpness/src/statistics/studentQuantile.ts", "packages/eigen/"];

/** Quantiles of the normal distribution and the probabilities that ask for them. */
const QUANTILE = /^(1\.96\d*|1\.95996\d*|1\.64\d*|1\.28\d+|2\.57\d*|2\.326\d*|0?\.975|0?\.995)$/;
const ERROR = /(standard_?errors?|std_?err(or)?|\bmargins?)$/i;
const SQL = /\b[\d.]+ \* (datum\.)?standard_?error/i;

/** Lines of a file that make an interval by themselves. */
function faultsIn(path: string, text: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const faults: string[] = [];
  const report = (node: ts.Node) => {
    const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    faults.push(`${path}:${line}: ${node.getText().slice(0, 80)}`);
  };
  const isNumber = (node: ts.Node) =>
    ts.isNumericLiteral(node) || (ts.isIdentifier(node) && /^[A-Z][A-Z0-9_]*$/.test(node.text));
  const isError = (node: ts.Node) => ERROR.test(node.getText().replace(/[!)]+$/, ""));
  const visit = (node: ts.Node) => {
    if (ts.isNumericLiteral(node) && QUANTILE.test(node.text)) report(node);
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AsteriskToken) {
      const { left, right } = node;
      if ((isNumber(left) && isError(right)) || (isNumber(right) && isError(left))) report(node);
    }
    if (ts.isCallExpression(node)) {
      const callee = node.expression.getText();
      if (/studentQuantile$/.test(callee)) report(node);
      if (callee === "Math.hypot" && node.arguments.some(isError)) report(node);
    }
    if ((ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) && SQL.test(node.getText()))
      report(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return faults;
}

const root = join(import.meta.dirname, "../..");
function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|mts|mjs|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !/node_modules|\/dist\/|\.(test|fixture|d)\.ts$/.test(path));
}

it("no file but one makes an interval", () => {
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}/src`);
  const paths = [...packages, "apps/docs/src", "apps/docs/build", "scripts"].flatMap(filesIn);
  expect(paths).toContain(OWNER);
  const others = paths.filter(
    (path) => path !== OWNER && !APART.some((own) => path.startsWith(own)),
  );
  expect(others.length).toBeGreaterThan(300);
  const faults = others.flatMap((path) => faultsIn(path, readFileSync(join(root, path), "utf8")));
  expect(faults).toEqual([]);
});

it("is seen where one does", () => {
  const cases = [
    "const margin = 1.96 * error;",
    "const half = 2 * standardError;",
    "const half = point.standardError! * 2;",
    "const half = Z95 * (point.standardError);",
    "const t = studentQuantile(0.95, 7);",
    "const both = Math.hypot(a.margin, b.margin);",
    "const sql = `coalesce(margin, 2 * standardError)`;",
    'const formula = "datum.value - 2 * datum.standardError";',
    "const p = 1 - 0.975;",
  ];
  for (const code of cases) expect(faultsIn("a.ts", code)).not.toEqual([]);
  expect(faultsIn("a.ts", "const width = halfWidth(standardError, n - 1);")).toEqual([]);
});

// A user of `npm run test:published` with a training loop of their own: the programs of the README of
// @eoss/sharpness and of the guide, in Node, and in a page of Vite in Chromium with the wasm backend.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { run } from "./packages.mjs";
import { examplesOf } from "./readmes.mjs";
import { root } from "./workspace.mjs";

const GUIDE = join(root, "apps", "docs", "pages", "guides", "my-own-loop.md");
const README = join(root, "packages", "sharpness", "README.md");
const CPU = 'import "@tensorflow/tfjs-backend-cpu";\n';
const { CHROMIUM_PATH: CHROMIUM = "/usr/bin/chromium" } = process.env;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
/** The wasm backend adds in another order. */
const CLOSE = 0.02;

/** @param newUser makes a user with an empty folder */
export async function anOwnLoop(newUser) {
  const [readme] = examplesOf(README);
  const [whole, , wasm] = examplesOf(GUIDE, { all: true });
  const user = newUser("loop");
  user.npm("install", ...whole.installed.filter((name) => !name.endsWith("backend-cpu")));
  writeFileSync(join(user.folder, "guide.js"), whole.code);
  writeFileSync(join(user.folder, "readme.js"), readme.code);
  const printed = user.run("node", "readme.js");
  // The same loop by the optimizer and the gradients of tfjs.
  const lines = user.run("node", "guide.js").split("\n");
  compare(numbersOf(printed), numbersOf(lines.join("\n")), 1e-4);

  if (!existsSync(CHROMIUM)) {
    console.log(`skipped in the browser: there is no ${CHROMIUM} (CHROMIUM_PATH)`);
    return;
  }
  user.npm("install", "vite@7", "@tensorflow/tfjs-backend-wasm@4");
  writeFileSync(join(user.folder, "wasm.js"), `${wasm.code}\nexport const name = tf.getBackend();`);
  writeFileSync(join(user.folder, "page.js"), readme.code.replace(CPU, ""));
  const main = `import { name } from "./wasm.js";
await import("./page.js");
document.title = "done on " + name;
`;
  writeFileSync(join(user.folder, "main.js"), main);
  writeFileSync(
    join(user.folder, "index.html"),
    '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>\n',
  );
  const vite = join("node_modules", "vite", "bin", "vite.js");
  run("node", [vite, "build"], { cwd: user.folder, env: user.env, timeout: 300_000 });
  compare(numbersOf(printed), numbersOf(await inChromium(join(user.folder, "dist"))), CLOSE);
}

/** What a page prints until it says that it is done. @throws Error with all that went wrong in it */
async function inChromium(folder) {
  const server = createServer(({ url = "/" }, response) => {
    const path = new URL(url, "http://localhost").pathname;
    const file = join(folder, path === "/" ? "index.html" : path);
    // As servers of single-page programs do: the page itself for whatever is not there.
    const there = existsSync(file) ? file : join(folder, "index.html");
    response.setHeader("content-type", TYPES[extname(there)] ?? "application/octet-stream");
    response.end(readFileSync(there));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { chromium } = createRequire(join(root, "packages", "hvp", "package.json"))(
    "playwright-core",
  );
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    const printed = [];
    const faults = [];
    page.on("console", (message) => {
      (message.type() === "error" ? faults : printed).push(message.text());
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page
      .waitForFunction(() => document.title !== "", undefined, { timeout: 120_000 })
      .catch((error) => faults.push(String(error)));
    const title = await page.title();
    if (faults.length > 0 || title !== "done on wasm") {
      throw new Error(
        `the page in Chromium: ${title}\n${faults.join("\n")}\n${printed.join("\n")}`,
      );
    }
    console.log(printed.join("\n"));
    return printed.join("\n");
  } finally {
    await browser.close();
    server.close();
  }
}

/** Step, quantity and value of each measurement that was printed. */
function numbersOf(text) {
  return [...text.matchAll(/^(\d+) (\S+) (\S+) ± /gm)].map(([, step, quantity, value]) => ({
    name: `${quantity} at step ${step}`,
    value: Number(value),
  }));
}

/** Early measurements alone: rounding makes paths part. */
function compare(expected, found, tolerance) {
  if (expected.length !== 9 || found.length !== 9) {
    throw new Error(`${expected.length} and ${found.length} measurements, not 9`);
  }
  for (const [index, { name, value }] of expected.entries()) {
    const other = found[index];
    if (other.name === name && Math.abs(other.value - value) <= tolerance * Math.abs(value))
      continue;
    throw new Error(`${name}: ${value}, and ${other.name}: ${other.value}`);
  }
}

import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** Debian's chromium, or one that CI names. */
const executable = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
export const hasChromium = existsSync(executable);
if (!hasChromium) console.log(`skipped in the browser: there is no ${executable} (CHROMIUM_PATH)`);

export const built = fileURLToPath(new URL("../.vitepress/dist", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};

/** The built site behind a server of its own, and a browser. */
export interface Site {
  readonly origin: string;
  readonly browser: Browser;
  /** Compressed bytes of a file of the site. */
  size(path: string): number;
  close(): Promise<void>;
}

/** Machines that test have no GPU. */
const SOFTWARE_WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

/** Milliseconds that only a hang takes: on a busy machine seconds become minutes. */
const PATIENCE = 600_000;

export function launch(flags: readonly string[] = []): Promise<Browser> {
  const args = ["--no-sandbox", ...flags];
  return chromium.launch({ executablePath: executable, args, timeout: PATIENCE });
}

/**
 * @param graphics flags of Chromium that say where WebGL comes from
 * @throws Error if the site was not built
 */
export async function openSite(graphics: readonly string[] = SOFTWARE_WEBGL): Promise<Site> {
  if (!existsSync(join(built, "index.html"))) throw new Error(`build the site first: no ${built}`);
  const server = createServer(({ url = "/" }, response) => {
    const file = fileOf(url);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await launch(graphics);
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    browser,
    size: (path) => gzipSync(readFileSync(fileOf(path)!)).length,
    async close() {
      await browser.close();
      await closed(server);
    },
  };
}

function fileOf(url: string): string | undefined {
  const path = decodeURIComponent(new URL(url, "http://site").pathname);
  const candidates = [
    join(built, path),
    join(built, `${path}.html`),
    join(built, path, "index.html"),
  ];
  return candidates.find((file) => existsSync(file) && extname(file) !== "");
}

const closed = (server: Server) => new Promise((resolve) => server.close(resolve));

/** A page that notes what must not happen: errors, and requests to elsewhere. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly errors: string[];
  readonly requests: string[];
}

export async function openPage(
  { browser, origin }: Site,
  path: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<WatchedPage> {
  // What the page keeps for later comes with requests of its own: only the test of that lets it.
  const context = await browser.newContext({
    acceptDownloads: true,
    serviceWorkers: "block",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  context.on("request", (request) => requests.push(request.url()));
  await page.goto(origin + path);
  return { page, context, errors, requests };
}

/** Requests that leave the origin of the site. */
export function foreign(requests: readonly string[], origin: string): string[] {
  return requests.filter((url) => !url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url));
}

// A package registry on this machine, for the time of a test: verdaccio. It holds what is published to
// it, and gets everything else from the registry that npm is set to here.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { run } from "./packages.mjs";

/** The newest that runs on Node 20. Its audit asks for a tag of node-fetch that mirrors may lack. */
const MANIFEST = {
  private: true,
  dependencies: { verdaccio: "6.5.2" },
  overrides: { "node-fetch": "^2.7.0" },
};
const PATIENCE = 60_000; // ms

const npmSetting = (name) => run("npm", ["config", "get", name], { quiet: true }).trim();

/**
 * Starts a registry.
 *
 * @param folder an empty folder for it
 * @param names patterns of the packages that are published to it, and come from nowhere else
 * @returns its address, and a function that ends it
 */
export async function startRegistry(folder, names) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify(MANIFEST));
  const words = ["install", "--no-audit", "--no-fund", "--ignore-scripts"];
  run("npm", words, { cwd: folder, quiet: true, timeout: 300_000 });

  const open = { access: "$all", publish: "$all" };
  const config = {
    storage: join(folder, "storage"),
    auth: { htpasswd: { file: join(folder, "users") } },
    uplinks: { upstream: { url: npmSetting("registry"), maxage: "1h", timeout: "60s" } },
    packages: {
      ...Object.fromEntries(names.map((name) => [name, open])),
      "**": { access: "$all", proxy: "upstream" },
    },
    log: { type: "stdout", format: "pretty", level: "warn" },
  };
  // JSON is YAML.
  writeFileSync(join(folder, "config.yaml"), JSON.stringify(config));

  const port = await freePort();
  const program = join(folder, "node_modules", "verdaccio", "bin", "verdaccio");
  const authority = npmSetting("cafile");
  const server = spawn(
    process.execPath,
    [program, "--config", join(folder, "config.yaml"), "--listen", `127.0.0.1:${port}`],
    {
      stdio: ["ignore", "ignore", "inherit"],
      env: {
        ...process.env,
        ...(authority !== "null" && { NODE_EXTRA_CA_CERTS: authority }),
      },
    },
  );
  const url = `http://127.0.0.1:${port}/`;
  const stop = async () => {
    if (server.exitCode !== null) return;
    server.kill();
    await once(server, "exit");
  };
  for (const end = Date.now() + PATIENCE; !(await answers(url)); await wait(200)) {
    if (server.exitCode === null && Date.now() < end) continue;
    await stop();
    throw new Error(`verdaccio did not start`);
  }
  return { url, stop };
}

async function answers(url) {
  try {
    return (await fetch(`${url}-/ping`)).ok;
  } catch {
    return false;
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/**
 * Builds the native backend of tfjs (`@tensorflow/tfjs-node`) into `.native/`, for tests and benchmarks.
 *
 *   node scripts/native-tfjs.mjs
 *
 * The package's own installer downloads libtensorflow from a host that is not a package registry.
 * Here its addon is compiled against the libraries inside the PyPI wheel `tensorflow-cpu` instead,
 * which needs npm, pip, a C++ compiler and make; about two minutes and 2 GB of disk on the way.
 * Nothing else of the repository depends on it: without it, the tests of this backend are skipped.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./workspace.mjs";

const TFJS = "4.22.0";
const TENSORFLOW = "2.21.0";

const home = join(root, ".native");
const addon = join(home, "node_modules/@tensorflow/tfjs-node");
const deps = join(addon, "deps");

if (existsSync(join(addon, "lib/napi-v8/tfjs_binding.node"))) {
  console.log(`${addon} is there already`);
  process.exit(0);
}
if (process.platform !== "linux" || process.arch !== "x64") {
  console.log(`skipped: the wheel's libraries are for linux on x64, this is ${process.platform}`);
  process.exit(0);
}

mkdirSync(home, { recursive: true });
writeFileSync(join(home, "package.json"), '{ "private": true }\n');
run("npm", [
  "install",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  `@tensorflow/tfjs-node@${TFJS}`,
]);

const download = join(home, "wheel");
// The libraries are the same for every version of Python.
run("python3", [
  ...["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"],
  ...["--python-version", "3.12", "--platform", "manylinux_2_27_x86_64"],
  ...["--dest", download, `tensorflow-cpu==${TENSORFLOW}`],
]);
const wheel = join(
  download,
  readdirSync(download).find((file) => file.endsWith(".whl")),
);
run("python3", ["-c", extraction(), wheel, deps]);
rmSync(download, { recursive: true });

const libraries = join(deps, "lib");
for (const [link, file] of [
  ["libtensorflow.so", "libtensorflow_cc.so.2"],
  ["libtensorflow_framework.so", "libtensorflow_framework.so.2"],
]) {
  rmSync(join(libraries, link), { force: true });
  symlinkSync(file, join(libraries, link));
}

run(join(home, "node_modules/.bin/node-pre-gyp"), ["install", "--build-from-source"], {
  cwd: addon,
  env: { ...process.env, npm_config_nodedir: dirname(dirname(process.execPath)) },
});
rmSync(join(addon, "build"), { recursive: true, force: true });
console.log(`built ${addon}`);

/** A program that unpacks libraries and C headers of the wheel into the folders that the addon expects. */
function extraction() {
  return `
import os, sys, zipfile
wheel, deps = sys.argv[1:]
libraries = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
headers = ("tensorflow/c/", "tensorflow/core/platform/ctstring", "tsl/platform/ctstring", "xla/tsl/c/")
prefix = "tensorflow/include/"
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name in libraries:
            target = os.path.join(deps, "lib", os.path.basename(name))
        elif name.startswith(tuple(prefix + h for h in headers)) and not name.endswith("/"):
            target = os.path.join(deps, "include", name[len(prefix):])
        else:
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(name) as source, open(target, "wb") as out:
            while block := source.read(1 << 20):
                out.write(block)
`;
}

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: home, stdio: "inherit", ...options });
  if (error || status !== 0) {
    console.error(`failed: ${command} ${args[0]} (${error?.message ?? `exit code ${status}`})`);
    process.exit(1);
  }
}

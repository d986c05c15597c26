// Packages that are ESM alone are transformed, as Jest asks; with --experimental-vm-modules nothing is.
const native = process.execArgv.includes("--experimental-vm-modules");
const presets = [["@babel/preset-env", { targets: { node: "current" } }]];

module.exports = native
  ? { transform: {} }
  : {
      transform: { "\\.js$": ["babel-jest", { presets, configFile: false }] },
      transformIgnorePatterns: ["/node_modules/(?!@eoss/)"],
    };

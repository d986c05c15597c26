#!/usr/bin/env node
// Stands in the repository, unlike the build, so that installing a fresh clone finds the command.
import "../dist/main.js";

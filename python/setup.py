"""In a clone of the repository, the Node side is bundled from its sources before the package is built."""

import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
BUNDLE = HERE / "src/eoss/_node/dist/bridge.js"
SCRIPT = HERE.parent / "scripts/bundle-python.mjs"


class Bundled(build_py):
    def run(self):
        if SCRIPT.is_file():
            try:
                subprocess.run(["node", str(SCRIPT)], check=True)
            except (OSError, subprocess.CalledProcessError) as error:
                raise SystemExit(
                    f"the Node side of eoss could not be bundled ({error}): give npm run setup first"
                ) from error
        elif not BUNDLE.is_file():
            raise SystemExit("the Node side of eoss is missing from this source distribution")
        super().run()


setup(cmdclass={"build_py": Bundled})

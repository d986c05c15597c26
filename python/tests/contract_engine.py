"""An engine on standard input and output, for the contract suite of @eoss/sharpness to look at.

It answers the commands of the protocol, and ``{"network": …, "problem": k}``, which makes a problem.
"""

import sys

from eoss._commands import Commands
from eoss._frames import Pipes, ProtocolError


def main(kind: str) -> None:
    pipes = Pipes(sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout = sys.stderr
    if kind == "numpy":
        from numpy_engine import NumpyProblem as problem_of
        from numpy_engine import NumpyVectors

        commands = Commands(NumpyVectors())
    elif kind == "jax":
        from jax_contract import problem_of, vectors

        commands = Commands(vectors())
    else:
        from torch_contract import problem_of, vectors

        commands = Commands(vectors())
    pipes.send({"hello": {"protocol": 1}})
    while True:
        try:
            message = pipes.receive()
        except ProtocolError:
            return
        if "network" in message:
            commands.problems[message["problem"]] = problem_of(message["network"])
            continue
        try:
            pipes.send({"id": message["id"], "v": commands.perform(message["ops"])})
        except Exception as error:  # as the product does
            pipes.send({"id": message["id"], "error": f"{type(error).__name__}: {error}"})


main(sys.argv[1])

"""Does the commands of the Node side: on vectors by their handles, and on views of losses."""

from __future__ import annotations

from typing import Any, Protocol

from ._frames import Array, number


class Vectors(Protocol):
    """What an engine can do with its vectors. ``axpy``, ``axpys`` and ``scale`` may reuse the memory of y."""

    precision: str

    def from_entries(self, entries: memoryview) -> Any: ...
    def entries(self, x: Any) -> Array: ...
    def normals(self, n: int, seed: int) -> Any: ...
    def signs(self, n: int, seed: int) -> Any: ...
    def copy(self, x: Any) -> Any: ...
    def dot(self, x: Any, y: Any) -> float: ...
    def dots(self, xs: list, y: Any) -> list[float]: ...
    def axpy(self, a: float, x: Any, y: Any) -> Any: ...
    def axpys(self, a: list[float], xs: list, y: Any) -> Any: ...
    def scale(self, a: float, x: Any) -> Any: ...
    def rotate(self, xs: list, rows: list[list[float]], k: int) -> list: ...


class View(Protocol):
    """The mean loss of some samples at some parameters; see the ``EngineView`` of @eoss/sharpness."""

    def loss(self) -> float: ...
    def gradient(self) -> Any: ...
    def parameters(self) -> Any: ...
    def initial_parameters(self) -> Any: ...
    def product(self, kind: str, x: Any) -> Any: ...
    def block(self, kind: str, layer: int, x: Any) -> Any: ...
    def outputs(self, part: int) -> dict: ...
    def kernel_outputs(self) -> Array: ...
    def kernel_product(self, x: Any) -> Any: ...
    def inverse_root(self, x: Any) -> Any: ...
    def direction(self, gradient: Any) -> Any: ...
    def signed_parameters(self, seed: int) -> Any: ...
    def shifted(self, x: Any, a: float) -> "View": ...


class Commands:
    """The vectors and views that the Node side has names for."""

    def __init__(self, vectors: Vectors):
        self.vectors = vectors
        self.problems: dict[int, Any] = {}
        self._vectors: dict[int, Any] = {}
        self._views: dict[tuple, View] = {}

    @property
    def alive(self) -> int:
        return len(self._vectors)

    def keep_only(self, handles: list[int]) -> None:
        """Drops all views and all vectors but these: nothing of a request outlives it."""
        self._views.clear()
        self._vectors = {handle: self._vectors[handle] for handle in handles}

    def perform(self, commands: list[list]) -> list:
        """Does commands in their order. Returns the answers of those that have one."""
        answers = []
        for name, *arguments in commands:
            method = _COMMANDS.get(name)
            if method is None:
                raise ValueError(f'there is no command "{name}"')
            answer = method(self, *arguments)
            if answer is not None:
                answers.append(answer)
        return answers

    # Of vectors.

    def _nothing(self) -> int:
        return 0

    def _entries(self, x: int) -> Array:
        return self.vectors.entries(self._vectors[x])

    def _put(self, out: int, entries: Array) -> None:
        self._vectors[out] = self.vectors.from_entries(memoryview(entries.data).cast("d"))

    def _normals(self, out: int, n: int, seed: list[int]) -> None:
        self._vectors[out] = self.vectors.normals(n, _seed(seed))

    def _signs(self, out: int, n: int, seed: list[int]) -> None:
        self._vectors[out] = self.vectors.signs(n, _seed(seed))

    def _copy(self, out: int, x: int) -> None:
        self._vectors[out] = self.vectors.copy(self._vectors[x])

    def _dot(self, x: int, y: int) -> float:
        return self.vectors.dot(self._vectors[x], self._vectors[y])

    def _dots(self, xs: list[int], y: int) -> list[float]:
        return self.vectors.dots(self._all(xs), self._vectors[y])

    def _axpy(self, a: Any, x: int, y: int) -> None:
        self._vectors[y] = self.vectors.axpy(number(a), self._vectors[x], self._vectors[y])

    def _axpys(self, a: list, xs: list[int], y: int) -> None:
        weights = [number(one) for one in a]
        self._vectors[y] = self.vectors.axpys(weights, self._all(xs), self._vectors[y])

    def _scale(self, a: Any, x: int) -> None:
        self._vectors[x] = self.vectors.scale(number(a), self._vectors[x])

    def _rotate(self, xs: list[int], rows: list[list], outs: list[int]) -> None:
        weights = [[number(one) for one in row] for row in rows]
        made = self.vectors.rotate(self._all(xs), weights, len(outs))
        for x in xs:
            del self._vectors[x]
        self._vectors.update(zip(outs, made))

    def _release(self, x: int) -> None:
        del self._vectors[x]

    # Of views.

    def _open(self, name: list[int], which: str, indices: Array) -> None:
        chosen = memoryview(indices.data).cast("i").tolist()
        self._views[tuple(name)] = self.problems[name[0]].view(chosen, which)

    def _shift(self, name: list[int], of: list[int], x: int, a: Any) -> None:
        self._views[tuple(name)] = self._view(of).shifted(self._vectors[x], number(a))

    def _close(self, name: list[int]) -> None:
        del self._views[tuple(name)]

    def _loss(self, name: list[int]) -> float:
        return self._view(name).loss()

    def _gradient(self, out: int, name: list[int]) -> None:
        self._vectors[out] = self._view(name).gradient()

    def _parameters(self, out: int, name: list[int]) -> None:
        self._vectors[out] = self._view(name).parameters()

    def _signed_parameters(self, out: int, name: list[int], seed: list[int]) -> None:
        self._vectors[out] = self._view(name).signed_parameters(_seed(seed))

    def _initial_parameters(self, out: int, name: list[int]) -> None:
        self._vectors[out] = self._view(name).initial_parameters()

    def _product(self, out: int, name: list[int], kind: str, x: int) -> None:
        self._vectors[out] = self._view(name).product(kind, self._vectors[x])

    def _block(self, out: int, name: list[int], kind: str, layer: int, x: int) -> None:
        self._vectors[out] = self._view(name).block(kind, layer, self._vectors[x])

    def _outputs(self, name: list[int], part: int) -> dict:
        return self._view(name).outputs(part)

    def _kernel(self, name: list[int]) -> Array:
        return self._view(name).kernel_outputs()

    def _kernel_product(self, out: int, name: list[int], x: int) -> None:
        self._vectors[out] = self._view(name).kernel_product(self._vectors[x])

    def _inverse_root(self, out: int, name: list[int], x: int) -> None:
        self._vectors[out] = self._view(name).inverse_root(self._vectors[x])

    def _direction(self, out: int, name: list[int], x: int) -> None:
        self._vectors[out] = self._view(name).direction(self._vectors[x])

    def _product_error(self, problem: int) -> float:
        return self.problems[problem].product_error

    def _view(self, name: list[int]) -> View:
        return self._views[tuple(name)]

    def _all(self, handles: list[int]) -> list:
        return [self._vectors[handle] for handle in handles]


def _seed(words: list[int]) -> int:
    """63 bits of the two words of a stream: what every generator takes."""
    return (words[0] << 31) ^ words[1]


_COMMANDS = {
    name: getattr(Commands, "_" + name.replace("-", "_"))
    for name in (
        "nothing entries put normals signs copy dot dots axpy axpys scale rotate release open shift close "
        "loss gradient parameters signed-parameters initial-parameters product block outputs kernel "
        "kernel-product inverse-root direction product-error"
    ).split()
}

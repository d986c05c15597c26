"""
Two real graphs, out of published packages, as small JSON files with SciPy's eigenvalues beside them:

    python3 -m pip install numpy scipy networkx
    npm pack us-atlas@3.0.1 && tar xzf us-atlas-3.0.1.tgz
    python3 convert.py package/counties-10m.json && npx biome check --write .

Neighbours are listed once: `neighbours[i]` holds the j > i, `weights[i]` what they weigh (default 1).
"""

import json
import sys
from itertools import combinations
from pathlib import Path

import networkx
import numpy
import scipy

HERE = Path(__file__).parent


def write(name, source, licence, n, edges):
    """edges: {(i, j): weight} with i < j"""
    neighbours = [[] for _ in range(n)]
    weights = [[] for _ in range(n)]
    adjacency = numpy.zeros((n, n))
    for (i, j), weight in sorted(edges.items()):
        neighbours[i].append(j)
        weights[i].append(weight)
        adjacency[i, j] = adjacency[j, i] = weight
    laplacian = numpy.diag(adjacency.sum(axis=0)) - adjacency
    data = {"source": source, "licence": licence, "n": n, "edges": len(edges)}
    data["scipy"] = scipy.__version__
    for key, matrix in (("adjacency", adjacency), ("laplacian", laplacian)):
        values = scipy.linalg.eigh(matrix, eigvals_only=True)[::-1]
        data[key] = {"largest": list(values[:6]), "smallest": list(values[-6:])}
        if key == "laplacian":
            data["components"] = int(numpy.sum(values < 1e-9))
    data["neighbours"] = neighbours
    if any(weight != 1 for weight in edges.values()):
        data["weights"] = weights
    text = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in data.items())
    (HERE / f"{name}.json").write_text("{\n" + text + "\n}\n")


def characters():
    graph = networkx.les_miserables_graph()
    index = {name: i for i, name in enumerate(graph)}
    edges = {}
    for a, b, weight in graph.edges(data="weight"):
        i, j = sorted((index[a], index[b]))
        edges[i, j] = weight
    write(
        "les-miserables",
        f"networkx {networkx.__version__}, les_miserables_graph: how often characters appear together"
        " (Knuth, The Stanford GraphBase, 1993)",
        "BSD-3-Clause, copyright 2004-2025 NetworkX Developers",
        len(index),
        edges,
    )


def counties(path):
    """Counties that share a border: an arc of the topology, walked in either direction."""
    geometries = json.loads(Path(path).read_text())["objects"]["counties"]["geometries"]
    geometries = sorted(geometries, key=lambda county: county["id"])
    owners = {}

    def walk(arcs, i):
        for arc in arcs:
            if isinstance(arc, list):
                walk(arc, i)
            else:
                owners.setdefault(arc if arc >= 0 else ~arc, set()).add(i)

    for i, county in enumerate(geometries):
        walk(county.get("arcs", []), i)
    edges = {pair: 1 for sharing in owners.values() for pair in combinations(sorted(sharing), 2)}
    write(
        "us-counties",
        "us-atlas 3.0.1, counties-10m.json: counties of the USA that share a border, by FIPS code"
        " (Census Bureau, cartographic boundaries 2017)",
        "ISC, copyright 2013-2019 Michael Bostock",
        len(geometries),
        edges,
    )


characters()
counties(sys.argv[1])

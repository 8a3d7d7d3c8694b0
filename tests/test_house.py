"""The house: imports go down, names are declared, nothing heavy is loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import inkrec

ROOT = Path(inkrec.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

LAYERS = {
    "errors": 0,
    "_checks": 0,
    "_engine": 0,
    "_threads": 0,
    "results": 0,
    "ink": 1,
    "layout": 2,
    "formats": 2,
    "corpus": 2,
    "features": 2,
    "language": 2,
    "network": 3,
    "decoding": 3,
    "model": 4,
    "session": 5,
    "page": 6,
    "recognizer": 7,
}
BESIDE = {"capture": {"ink", "errors", "_checks"}}  # an app must record without a model
ANNEXE = {"training", "metrics", "evaluate"}
TOP = {"canvas", "cli", "__main__"}
HEAVY = [
    "torch",
    "scipy",
    "pygame",
    "evdev",
    "h5py",
    "matplotlib",
    "tqdm",
    "rapidfuzz",
    "pikepdf",
    "PIL",
]


def name_of(path: Path) -> str:
    """``formats.svg`` for ``inkrec/formats/svg.py``, ``formats`` for its ``__init__``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """The room of a module, or the module itself where it stands alone."""
    return module.split(".")[0]


def imports(path: Path) -> set[str]:
    """Modules of ours that a file imports, inside functions too, but not for types only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = [ast.Pass()]
    here = path.relative_to(ROOT).with_suffix("").parts
    known = {name_of(p) for p in MODULES}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.split(".")[0] == "inkrec"]
            found |= {name.partition(".")[2] for name in names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = ".".join([*here[: len(here) - node.level], *filter(None, [node.module])])
            elif (node.module or "").split(".")[0] == "inkrec":
                base = (node.module or "").partition(".")[2]
            else:
                continue
            deeper = {f"{base}.{alias.name}".lstrip(".") for alias in node.names} & known
            found |= deeper or {base}
    return found


GRAPH = {name_of(path): imports(path) for path in MODULES}


def test_the_reader_of_imports_sees_what_is_there():
    assert "errors" in GRAPH["ink.strokes"]
    assert "formats._files" in GRAPH["formats.jsonl.reader"]
    assert "metrics" in GRAPH["evaluate.runner"]
    assert len(GRAPH) > 20


@pytest.mark.parametrize("module", sorted(GRAPH))
def test_imports_only_go_down(module):
    room = room_of(module)
    others = {room_of(other) for other in GRAPH[module]} - {room}
    if room in TOP:
        return  # programs stand on top of all
    if room == "":
        allowed = set(LAYERS)
    elif room in BESIDE:
        allowed = BESIDE[room]
    elif room in ANNEXE:
        allowed = set(LAYERS) | ANNEXE
    else:
        assert room in LAYERS, f"{module} stands in no layer; add its room to LAYERS"
        allowed = {other for other, layer in LAYERS.items() if layer <= LAYERS[room]}
    assert others <= allowed, f"{module} imports {others - allowed}, which it must not know"


def test_no_module_needs_itself():
    order = list(TopologicalSorter(GRAPH).static_order())
    assert set(GRAPH) <= set(order) | {""}


def public_names(tree: ast.Module) -> set[str]:
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }


def declared(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return None


@pytest.mark.parametrize("path", [p for p in MODULES if name_of(p)], ids=name_of)
def test_every_module_declares_its_names(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = declared(tree)
    defined = public_names(tree)
    if names is None:
        private = path.stem.startswith("_") and path.stem != "__init__"
        assert private or not defined, (
            f"{name_of(path)} has no __all__ and defines {sorted(defined)}"
        )
        return
    assert len(names) == len(set(names))
    private = path.stem.startswith("_") and path.stem != "__init__"
    assert private or defined <= set(names), "public, but not in __all__; rename with _ or add it"
    bound = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    bound |= {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    assert set(names) <= bound | defined, "in __all__, but not there"


def test_the_front_exports_what_it_declares():
    for name in inkrec.__all__:
        assert getattr(inkrec, name) is not None
    assert set(dir(inkrec)) == {*inkrec.__all__, "__version__"}


def test_type_checkers_see_the_same_front():
    tree = ast.parse((ROOT / "__init__.pyi").read_text(encoding="utf-8"))
    names = {n.asname for node in tree.body if isinstance(node, ast.ImportFrom) for n in node.names}
    assert names - {None} == set(inkrec.__all__)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_happens_at_import(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [
        node
        for node in tree.body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ]
    assert not calls, ast.unparse(calls[0])
    if room_of(name_of(path)) in LAYERS:
        printed = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and ast.unparse(node.func) in ("print", "logging.basicConfig")
        ]
        assert not printed, "the library does not print"


def loaded_after(code: str) -> set[str]:
    """Top-level modules in a fresh interpreter after running some code."""
    script = f"{code}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    return set(run.stdout.splitlines()[-1].split())


def test_the_check_for_heavy_modules_would_find_one():
    assert "h5py" in loaded_after("import h5py")


@pytest.mark.parametrize(
    "code",
    ["import inkrec", "import inkrec.cli", "from inkrec.cli import _parser; _parser()"],
    ids=["import", "command line", "all commands"],
)
def test_nothing_heavy_is_loaded(code):
    loaded = loaded_after(code)
    assert "inkrec" in loaded
    assert loaded.isdisjoint(HEAVY)

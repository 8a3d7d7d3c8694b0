"""The recipes, loaded from their files: they are scripts beside the package, not part of it."""

from __future__ import annotations

import importlib.util
import io
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

DATASETS = Path(__file__).parents[2] / "datasets"


@pytest.fixture(autouse=True)
def _needs_the_extra() -> None:
    pytest.importorskip("h5py", reason="recipes need the extra train")
    pytest.importorskip("tqdm", reason="recipes need the extra train")


@pytest.fixture(autouse=True)
def _path() -> Iterator[None]:
    before = list(sys.path)
    sys.path.insert(0, str(DATASETS))
    yield
    sys.path[:] = before


@pytest.fixture
def recipe(_path: None) -> ModuleType:
    return importlib.import_module("recipe")


@pytest.fixture
def prepare(_path: None) -> Callable[[str], ModuleType]:
    """``prepare("iam_ondb")`` is the module of that recipe."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(
            f"prepare_{name}", DATASETS / name / "prepare.py"
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def lay() -> Callable[..., Path]:
    """Lay files out below a folder: unpacked, or packed as one archive."""

    def files(root: Path, held: dict[str, str | bytes], pack: str | None = None) -> Path:
        root.mkdir(parents=True, exist_ok=True)
        content = {k: v.encode("latin-1") if isinstance(v, str) else v for k, v in held.items()}
        if pack is None:
            for name, data in content.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            return root
        mode = pack.rpartition(".")[2]
        with tarfile.open(root / pack, "w" if mode == "tar" else f"w:{mode}") as archive:
            for name, data in content.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        return root

    return files

"""Recipes as TOML files, read and checked; see ``recipes/README.md``."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ..errors import ModelError
from ..features.points import FeatureSettings
from ..model import is_model
from .augment import AugmentSettings
from .data_spec import DataSpec
from .recipe import ExportStage, NetworkStage, Recipe, network_settings
from .settings import TrainSettings
from .stages import AlignStage, LanguageStage, TextFile
from .tables import check_keys, from_table

__all__ = ["read_data", "read_recipe"]

T = TypeVar("T")

_SHARED = ("data", "valid", "network", "features", "augmentation", "training", "init_from")
_KEYS = ("name", "output", *_SHARED, "networks", "align", "language_model", "export")


def read_recipe(
    files: Sequence[str | os.PathLike[str]],
    *,
    corpora: str | os.PathLike[str] = "",
    output: str | os.PathLike[str] | None = None,
    minutes: float | None = None,
    seed: int | None = None,
) -> Recipe:
    """Read a recipe and check all of it; no corpus is read.

    Parameters
    ----------
    files : sequence of path
        A recipe, and others that are laid over it: their tables are merged into its tables,
        and other values, lists too, take the place of its values.
    corpora : path, optional
        The folder that names of corpora and texts are relative to.
    output : path, optional
        In place of the recipe's own ``output``.
    minutes, seed : optional
        In place of those of every network.

    Raises
    ------
    ModelError
        If a file is no TOML, a key is unknown or lacking, or a value cannot be: what, in which
        table, and what could be.
    FileNotFoundError
        If a file is not there.
    """
    source = os.fspath(files[0])
    top: dict[str, Any] = {}
    for file in files:
        found = check_keys(_parse(file), _KEYS, os.fspath(file))
        top = _laid_over(top, found)
    reader = _Reader(source, top, Path(corpora), output, {"minutes": minutes, "seed": seed})
    return reader.recipe()


def read_data(file: str | os.PathLike[str], corpora: str | os.PathLike[str] = "") -> list[DataSpec]:
    """Read what a TOML file names in tables ``[[data]]``, as a recipe does.

    Parameters
    ----------
    file : path
    corpora : path, optional
        The folder that names of corpora are relative to.

    Raises
    ------
    ModelError
        If it is no TOML, names nothing, or a table is wrong.
    FileNotFoundError
        If it is not there.
    """
    source = os.fspath(file)
    top = check_keys(_parse(file), ("data",), source)
    tables = top.get("data")
    if not isinstance(tables, list) or not tables:
        raise ModelError(f"{source} has no data; name a corpus in a table [[data]]")
    return [
        _in_folder(Path(corpora), from_table(DataSpec, t, f"{source} [[data]]")) for t in tables
    ]


def _parse(file: str | os.PathLike[str]) -> dict[str, Any]:
    with open(file, "rb") as stream:
        try:
            return tomllib.load(stream)
        except ValueError as error:  # TOMLDecodeError, or bytes that are no UTF-8
            raise ModelError(f"{os.fspath(file)} is no TOML: {error}") from None


def _laid_over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _laid_over(merged[key], value) if both else value
    return merged


def _in_folder(corpora: Path, stage: T) -> T:
    """A stage whose file is looked for in the folder of corpora."""
    return replace(stage, file=os.fspath(corpora / stage.file))  # type: ignore[attr-defined,type-var]


class _Reader:
    """What all tables of one recipe need to be read."""

    def __init__(
        self,
        source: str,
        top: dict[str, Any],
        corpora: Path,
        output: str | os.PathLike[str] | None,
        overrides: Mapping[str, Any],
    ) -> None:
        self.source, self.top, self.corpora = source, top, corpora
        self.overrides = {key: value for key, value in overrides.items() if value is not None}
        self.name = self._text("name", Path(source).stem)
        self.folder = Path(self._text("output", self.name) if output is None else output)
        self.align = {
            name: _in_folder(
                self.corpora, from_table(AlignStage, table, f"{source} [align.{name}]")
            )
            for name, table in self._tables("align").items()
        }

    def recipe(self) -> Recipe:
        networks = self._networks()
        recipe = Recipe(
            self.name, self.source, self.folder, self.align, networks,
            self._language(), self._export(networks),
        )  # fmt: skip
        if not (self.align or networks or recipe.language or recipe.export):
            raise ModelError(f"{self.source} makes nothing; it has none of {', '.join(_KEYS)}")
        return recipe

    def _text(self, key: str, default: str) -> str:
        value = self.top.get(key, default)
        if not isinstance(value, str) or not value:
            raise ModelError(f"{self.source}: {key} is {value!r}; it must be a text")
        return value

    def _tables(self, key: str) -> dict[str, Any]:
        tables = self.top.get(key, {})
        if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
            raise ModelError(f"{self.source}: {key} must be tables [{key}.NAME]")
        for name in tables:
            if name != os.path.basename(name) or name in ("", ".", ".."):
                raise ModelError(f"{self.source}: [{key}.{name!r}] cannot be a file's name")
        return tables

    def _data(self, table: object, where: str) -> DataSpec:
        spec: DataSpec = _in_folder(self.corpora, from_table(DataSpec, table, where))
        if spec.alignment is None:
            return spec
        if spec.alignment in self.align:
            file = self.folder / f"{spec.alignment}.json"
        elif not (file := self.corpora / spec.alignment).exists():
            known = ", ".join(f"[align.{name}]" for name in self.align) or "no [align.NAME]"
            raise ModelError(
                f"{where}: alignment is {spec.alignment!r}; the recipe has {known}, and there is "
                f"no file {os.fspath(file)}"
            )
        return replace(spec, alignment=os.fspath(file))

    def _networks(self) -> dict[str, NetworkStage]:
        shared = {key: self.top[key] for key in _SHARED if key in self.top}
        tables = self._tables("networks")
        if not tables:
            if "data" not in shared and ({"align", "language_model", "export"} & self.top.keys()):
                return {}
            return {"": self._network("", shared, {})}
        found: dict[str, NetworkStage] = {}
        for name, own in tables.items():
            check_keys(own, _SHARED, f"{self.source} [networks.{name}]")
            found[name] = self._network(name, _laid_over(shared, own), found)
        return found

    def _network(
        self, name: str, tables: dict[str, Any], others: Mapping[str, NetworkStage]
    ) -> NetworkStage:
        where = f"{self.source} [networks.{name}]" if name else self.source
        data = tables.get("data", [])
        if not isinstance(data, list) or not data:
            raise ModelError(f"{where} has no data; name a corpus in a table [[data]]")
        tables = tables | {"training": tables.get("training", {})}
        if isinstance(tables["training"], dict):
            tables["training"] = tables["training"] | self.overrides
        begin = tables.get("init_from", [])
        begin = [begin] if isinstance(begin, str) else begin
        if not isinstance(begin, list) or not all(isinstance(b, str) and b for b in begin):
            raise ModelError(
                f"{where}: init_from is {begin!r}; it must be a name, or a list of such"
            )
        folder = self.folder / name if name else self.folder
        stage = NetworkStage(
            name=self.name,
            folder=folder,
            data=tuple(self._data(table, f"{where} [[data]]") for table in data),
            valid=self._data(tables["valid"], f"{where} [valid]") if "valid" in tables else None,
            network=tables.get("network", {}),
            features=tables.get("features", {}),
            augmentation=from_table(
                AugmentSettings, tables.get("augmentation", {}), f"{where} [augmentation]"
            ),
            training=from_table(TrainSettings, tables["training"], f"{where} [training]"),
            init_from=tuple(
                os.fspath(others[b].folder) if b in others and not is_model(b) else b for b in begin
            ),
            tables=_told(tables),
        )
        network_settings(stage, {}, where)
        return stage

    def _language(self) -> LanguageStage | None:
        if "language_model" not in self.top:
            return None
        where = f"{self.source} [language_model]"
        names = [name for name in LanguageStage.__dataclass_fields__ if name != "texts"]
        table = dict(check_keys(self.top["language_model"], ["texts", *names], where))
        texts = table.pop("texts", [])
        if not isinstance(texts, list) or not texts:
            raise ModelError(f"{where} has no texts; name one in a table [[language_model.texts]]")
        where_text = f"{self.source} [[language_model.texts]]"
        files = tuple(
            _in_folder(self.corpora, from_table(TextFile, text, where_text)) for text in texts
        )
        stage: LanguageStage = from_table(LanguageStage, table, where, fixed={"texts": files})
        return stage

    def _export(self, networks: Mapping[str, NetworkStage]) -> ExportStage | None:
        if "export" not in self.top:
            return None
        where = f"{self.source} [export]"
        stage = from_table(
            ExportStage, self.top["export"], where, defaults={"file": f"{self.name}.inkrec"}
        )
        if not stage.network:
            if len(networks) != 1:
                raise ModelError(f"{where} lacks 'network'; there are {', '.join(networks)}")
            stage = replace(stage, network=tuple(networks))
        for name in (*stage.network, *stage.rescorer):
            if name not in networks and not is_model(name) and not name.endswith(".pt"):
                raise ModelError(
                    f"{where}: there is no network {name!r}; the recipe has "
                    f"{', '.join(networks) or 'none'}, or name a model or a checkpoint"
                )
        for kind, names in (("network", stage.network), ("rescorer", stage.rescorer)):
            for name in names:
                if name in networks and _is_rescorer(networks[name]) is (kind == "network"):
                    has = "is a rescorer, without" if kind == "network" else "is no rescorer, with"
                    raise ModelError(f"{where}: {kind} is {name!r}, which {has} causal layers")
        if stage.length_unit is not None:
            from_table(FeatureSettings, {"length_unit": stage.length_unit}, where)
        if not stage.file.endswith(".inkrec") or os.path.basename(stage.file) != stage.file:
            raise ModelError(
                f"{where}: file is {stage.file!r}; it must be a name that ends in .inkrec"
            )
        return stage


def _is_rescorer(stage: NetworkStage) -> bool | None:
    """Whether a network has no causal layers; None if the weights that it begins with decide."""
    if "causal_layers" in stage.network:
        return bool(stage.network["causal_layers"] == 0)
    return None if stage.init_from else False


def _told(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Tables as a card tells them: files by their names, not by where they lie."""
    plain = {key: value for key, value in tables.items() if key != "init_from"}
    plain["data"] = [_named(table) for table in tables["data"]]
    if "valid" in tables:
        plain["valid"] = _named(tables["valid"])
    return plain


def _named(table: Any) -> Any:
    if not isinstance(table, dict):
        return table  # it is refused when it is read
    return {
        key: os.path.basename(value) if key in ("file", "alignment") and isinstance(value, str)
        else value
        for key, value in table.items()
    }  # fmt: skip

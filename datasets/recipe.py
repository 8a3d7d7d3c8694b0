"""What the recipes share: reading archives or trees, the report, the command line."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shlex
import sys
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

import inkrec
from inkrec._checks import check_output, require
from inkrec.corpus import Corpus, Sample, write_corpus
from inkrec.errors import FormatError, InkrecError
from inkrec.ink.strokes import Ink, Stroke

MEMBER_LIMIT = 256 << 20
"""Bytes that one file may have, packed in an archive or not."""
TOTAL_LIMIT = 32 << 30
"""Bytes that an archive may unpack to."""
COUNT_LIMIT = 1_000_000
"""Files that an archive may hold."""

_PIECE = 1 << 20
_HDF5 = b"\x89HDF\r\n\x1a\n"
_ARCHIVE = re.compile(r"\.(tar(\.\w+)?|tgz|tbz2?|txz|tzst)$", re.IGNORECASE)


class Bounded:
    """A reader that refuses to hand out too much, however an archive's headers lie."""

    def __init__(self, inner: IO[bytes], name: str) -> None:
        self._inner = inner
        self._name = name

    def _within(self, end: int) -> None:
        if end > TOTAL_LIMIT:
            raise FormatError(
                f"unpacks to more than {TOTAL_LIMIT >> 30} GiB; not read further", file=self._name
            )

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= MEMBER_LIMIT:
            raise FormatError(
                f"a header asks for {size} bytes at once; at most {MEMBER_LIMIT} are read",
                file=self._name,
            )
        self._within(self._inner.tell() + size)
        return self._inner.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == 0:
            self._within(offset)
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def close(self) -> None:
        self._inner.close()


class _BoundedTar(tarfile.TarFile):
    @classmethod
    def taropen(cls, name: Any, mode: Any = "r", fileobj: Any = None, **options: Any) -> Any:
        bounded: Any = Bounded(fileobj, str(name))
        return super().taropen(name, mode, bounded, **options)


def members(root: Path, want: Callable[[PurePosixPath], bool]) -> Iterator[tuple[str, bytes]]:
    """Name and content of every wanted file below a root, inside archives or not.

    Nothing is ever unpacked to disk, so a member's path can do no harm.

    Raises
    ------
    FormatError
        If the root does not exist, or an archive is broken or too large.
    """
    for path in sources(root):
        if _ARCHIVE.search(path.name):
            yield from _from_archive(path, want)
        else:
            inside = path.relative_to(root) if root.is_dir() else Path(path.name)
            if want(PurePosixPath(inside.as_posix())):
                if path.stat().st_size > MEMBER_LIMIT:
                    raise FormatError(f"has more than {MEMBER_LIMIT} bytes", file=path)
                yield inside.as_posix(), path.read_bytes()


def sources(root: Path) -> Iterator[Path]:
    """The files below a root, in the order of their names, those behind links included.

    Raises
    ------
    FormatError
        If the root does not exist.
    OSError
        If a folder cannot be read.
    """
    if not root.exists():
        raise FormatError("does not exist; give the folder with the archives or trees", file=root)
    if root.is_file():
        yield root
        return
    top = root.resolve()
    met: set[Path] = set()
    for folder, folders, names in os.walk(root, onerror=_refuse, followlinks=True):
        folders[:] = [name for name in sorted(folders) if _leads_on(Path(folder, name), top, met)]
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file():
                yield path


def _refuse(error: OSError) -> None:
    raise error


def _leads_on(folder: Path, top: Path, met: set[Path]) -> bool:
    """Whether a folder is new: links may lead in circles, or to what is read in its own place."""
    place = folder.resolve()
    if folder.is_symlink() and (place.is_relative_to(top) or top.is_relative_to(place)):
        return False
    new = place not in met
    met.add(place)
    return new


def _from_archive(path: Path, want: Callable[[PurePosixPath], bool]) -> Iterator[tuple[str, bytes]]:
    try:
        with path.open("rb") as raw, _BoundedTar.open(path, "r:*", raw) as archive:
            for count, member in enumerate(archive):
                if count >= COUNT_LIMIT:
                    raise FormatError(f"holds more than {COUNT_LIMIT} files", file=path)
                if not member.isreg() or not want(PurePosixPath(member.name)):
                    continue
                if member.size > MEMBER_LIMIT:
                    raise FormatError(
                        f"{member.name} has {member.size} bytes; at most {MEMBER_LIMIT} are read",
                        file=path,
                    )
                stream = archive.extractfile(member)
                assert stream is not None
                yield member.name, stream.read()
            _read_to_the_end(archive)
    except FormatError:
        raise
    except (
        tarfile.TarError, OSError, EOFError, ValueError, zlib.error, _lzma_error()
    ) as error:  # fmt: skip
        raise FormatError(f"not a whole tar archive: {error}; fetch it anew", file=path) from None


def _read_to_the_end(archive: tarfile.TarFile) -> None:
    """See that the members end as tar says, and let gzip and xz check their sums.

    tarfile takes a damaged header, or none, for the end of the archive.

    Raises
    ------
    tarfile.ReadError
        If no block of zeros stands behind the last member.
    """
    stream: Any = archive.fileobj
    stream.seek(archive.offset)
    end = stream.read(2 * tarfile.BLOCKSIZE)  # two blocks by the book, one from some writers
    if len(end) < tarfile.BLOCKSIZE or any(end):
        raise tarfile.ReadError(
            f"it ends early or a header is damaged, {archive.offset:,} bytes from its start"
        )
    while stream.read(_PIECE):
        pass


def _lzma_error() -> type[Exception]:
    try:
        import lzma
    except ImportError:
        return tarfile.TarError
    return lzma.LZMAError


def from_start(ink: Ink) -> Ink:
    """The same ink with its time counted from the first point, in steps of 10 us."""
    start = ink[0].t
    if start is None:
        return ink
    return Ink(
        [Stroke(s.x, s.y, (s.t - start[0]).round(5), s.pressure) for s in ink if s.t is not None],
        ink.units_per_mm,
    )


class Report:
    """What was read, repaired and left out, and why."""

    def __init__(self) -> None:
        self.read: dict[str, int] = {}
        self.repaired: dict[str, dict[str, int]] = {}
        self.left_out: dict[str, list[str]] = {}
        self.notes: list[str] = []

    def count(self, what: str, n: int = 1) -> None:
        """So many of these went into the corpus."""
        self.read[what] = self.read.get(what, 0) + n

    def repair(self, why: str, where: str, n: int = 1) -> None:
        """So many places of one sample were mended."""
        if n:
            self.repaired.setdefault(why, {})[where] = n

    def leave_out(self, why: str, what: str) -> None:
        """Something that is not in the corpus."""
        self.left_out.setdefault(why, []).append(what)

    def note(self, text: str) -> None:
        """Anything else that a reader of the figures must know."""
        self.notes.append(text)

    def as_dict(self) -> dict[str, Any]:
        """All of it, each place by name."""
        return {
            "read": self.read,
            "repaired": self.repaired,
            "left_out": self.left_out,
            "notes": self.notes,
        }


def table(report: Mapping[str, Any]) -> str:
    """A report as Markdown, with counts in place of names."""
    rows = [("read", what, f"{n:,}") for what, n in report["read"].items()]
    for why, places in report["repaired"].items():
        rows.append(("repaired", why, f"{sum(places.values()):,} in {len(places):,}"))
    rows += [("left out", why, f"{len(names):,}") for why, names in report["left_out"].items()]
    lines = ["| | what | how many |", "|---|---|---:|"]
    lines += [f"| {kind} | {what} | {n} |" for kind, what, n in rows]
    return "\n".join([*lines, *("" if not report["notes"] else "\n"), *report["notes"]])


class Recipe(NamedTuple):
    """One corpus and how it is made.

    Attributes
    ----------
    name, version : str
        The version goes up when the outcome changes for the same originals.
    about : str
        One line for ``--help``.
    attributes : mapping
        Licence, citation, source: written into the corpus.
    samples : callable
        ``samples(roots, report, progress)`` yields the corpus; ``progress``
        wraps an iterable like tqdm.
    expects : str
        What a sample is made of, for the error where there is none.
    """

    name: str
    version: str
    about: str
    attributes: Mapping[str, object]
    samples: Callable[[Sequence[Path], Report, Callable[..., Any]], Iterable[Sample]]
    expects: str


def fingerprint(recipe: Recipe, roots: Sequence[Path], out: Path) -> str:
    """A digest of the originals and of what is made of them; the outcome is no original."""
    outcome = out.resolve()
    made_by = [recipe.name, recipe.version, inkrec.__version__, recipe.attributes]
    digest = hashlib.sha256(json.dumps(made_by, sort_keys=True).encode())
    for root in roots:
        for path in sources(root):
            if path.resolve() == outcome:
                continue
            inside = path.relative_to(root) if root.is_dir() else Path(path.name)
            with path.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
            digest.update(f"{inside.as_posix()}\0{content}\0".encode())
    return digest.hexdigest()


def up_to_date(out: Path, mark: str) -> Mapping[str, object] | None:
    """The attributes of an earlier outcome, if it came from the same originals."""
    if not out.exists():
        return None
    try:
        with Corpus(out) as corpus:
            return corpus.attributes if corpus.attributes.get("fingerprint") == mark else None
    except FormatError:
        return None


def main(recipe: Recipe, argv: Sequence[str] | None = None, *, many: bool = False) -> int:
    """The command line of a recipe; 0, or 1 with one line on stderr."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog=f"{recipe.name}/prepare.py", description=recipe.about)
    parser.add_argument(
        "root",
        metavar="ROOT",
        type=Path,
        nargs="+" if many else 1,
        help="folder with the originals, packed as they come or unpacked, or one archive",
    )
    parser.add_argument("out", metavar="OUT.h5", type=Path, help="the corpus to write")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    parser.add_argument("--force", action="store_true", help="make it even if it is up to date")
    args = parser.parse_args(arguments)
    try:
        attributes, fresh = _make(recipe, args, arguments)
    except (InkrecError, OSError) as error:
        print(f"{recipe.name}: {error}", file=sys.stderr)
        return 1
    report: Any = attributes["report"]
    if args.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print(table(report))
        print(f"\n{args.out} {'written' if fresh else 'is up to date'}")
    return 0


def _make(
    recipe: Recipe, args: argparse.Namespace, arguments: Sequence[str]
) -> tuple[Mapping[str, object], bool]:
    tqdm = require("tqdm", "train").tqdm
    _check_outcome(args.out)
    mark = fingerprint(recipe, args.root, args.out)
    before = None if args.force else up_to_date(args.out, mark)
    if before is not None:
        return before, False
    report = Report()
    command = shlex.join(["python", f"datasets/{recipe.name}/prepare.py", *arguments])
    attributes: dict[str, object] = {
        "name": recipe.name,
        **recipe.attributes,
        "command": command,
        "made_by": f"inkrec {inkrec.__version__}, recipe {recipe.version}",
        "fingerprint": mark,
    }

    def progress(items: Iterable[Any] | None = None, **options: Any) -> Any:
        return tqdm(items, file=sys.stderr, mininterval=0.5, **options)

    write_corpus(
        args.out, _some(recipe, args.root, report, progress),
        attributes=attributes, closing=lambda: {"report": report.as_dict()},
    )  # fmt: skip
    return {**attributes, "report": report.as_dict()}, True


def _check_outcome(out: Path) -> None:
    check_output(out)
    if out.is_file():
        with out.open("rb") as stream:
            head = stream.read(len(_HDF5))
        if head not in (b"", _HDF5):
            raise FormatError("is there and is no corpus; name another file to write", file=out)


def _some(
    recipe: Recipe, roots: Sequence[Path], report: Report, progress: Callable[..., Any]
) -> Iterator[Sample]:
    """The samples; an error where there is none, before an old corpus is replaced.

    Raises
    ------
    FormatError
        Says what was looked for and what was left out.
    """
    found = False
    for sample in recipe.samples(roots, report, progress):
        found = True
        yield sample
    if not found:
        left = "".join(
            f"; {why}: {len(names):,}, such as {names[0]}" for why, names in report.left_out.items()
        )
        raise FormatError(f"no sample; expected {recipe.expects}{left}", file=roots[0])

"""The kernels of the compiled core by themselves, here and on an emulated Arm processor."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLAGS = ["-O3", "-std=c11", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]


def hashes(folder: Path, compiler: str, *flags: str, run: tuple[str, ...] = ()) -> dict[str, dict]:
    """What each kernel that is present says, by kernel and case."""
    for tool in (compiler, *run[:1]):
        if shutil.which(tool) is None:
            pytest.skip(f"there is no {tool} here")
    if not (ROOT / "native").is_dir():
        pytest.skip("the sources of the core are not at hand")
    parts = ("lstm", "kernels", "kernel_plain", "kernel_x86", "kernel_arm")
    sources = [str(ROOT / "native" / f"{part}.c") for part in parts]
    program = folder / compiler
    main = str(ROOT / "tests" / "native" / "kernels.c")
    include = f"-I{ROOT / 'native'}"
    made = subprocess.run(
        [compiler, *FLAGS, *flags, include, main, *sources, "-o", str(program), "-lm"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    said = subprocess.run([*run, str(program)], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    found: dict[str, dict] = {}
    for line in said.stdout.splitlines():
        kernel, case, value = line.split()
        found.setdefault(kernel, {})[case] = value
    return found


def test_the_kernels_of_this_machine_give_the_same_bits(tmp_path: Path) -> None:
    sanitizers = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-g")
    for flags in ((), sanitizers):
        said = hashes(tmp_path, "gcc", "-Wall", "-Wextra", "-Werror", *flags)
        assert all(cases == said["plain"] for cases in said.values()), said


def test_the_kernels_of_arm_give_the_same_bits(tmp_path: Path) -> None:
    arm = hashes(
        tmp_path, "aarch64-linux-gnu-gcc", "-static", "-Wall", "-Wextra", "-Werror",
        run=("qemu-aarch64", "-cpu", "max"),
    )  # fmt: skip
    assert {"dotprod", "neon", "plain"} <= set(arm)
    here = hashes(tmp_path, "gcc")
    assert all(cases == here["plain"] for cases in arm.values()), (arm, here)

"""The compiled core, where there is a compiler; setup.cfg says all else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel

# -ffp-contract=off: all kernels give the same bits
FLAGS = (
    ["/O2", "/std:c11"]
    if sys.platform == "win32"
    else ["-O3", "-std=c11", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
)


class Wheel(bdist_wheel):
    """One wheel for Python 3.11 and later; a pure one where nothing was compiled."""

    def finalize_options(self) -> None:
        if CORE:
            self.py_limited_api = "cp311"
        super().finalize_options()


CORE = (
    []
    if os.environ.get("INKREC_PURE") == "1"
    else [
        Extension(
            "inkrec._core",
            sorted(str(path) for path in Path("native").glob("*.c")),
            depends=sorted(str(path) for path in Path("native").glob("*.h")),
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            extra_compile_args=FLAGS,
            py_limited_api=True,
            optional=True,
        )
    ]
)

setup(ext_modules=CORE, cmdclass={"bdist_wheel": Wheel})

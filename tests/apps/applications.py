# SPDX-License-Identifier: BSD-3-Clause
"""The applications that are run unmodified: what they need, what they do, what must agree.

Each does its work on Linux first (same files, same command) and then in the guest; `compare` turns
an output into what must be equal on both. Work files live in /work of the image.
"""

import dataclasses
import re
from typing import Callable

Compare = Callable[[str], object]


def exact(output: str):
    return output


def lines_matching(pattern: str) -> Compare:
    """Only lines that match take part, reduced to their groups if there are any."""
    expression = re.compile(pattern)
    return lambda output: [m.groups() or m.group(0) for l in output.splitlines()
                           if (m := expression.search(l))]


@dataclasses.dataclass(frozen=True)
class Application:
    name: str
    packages: tuple[str, ...]
    command: tuple[str, ...]
    compare: Compare = exact
    files: tuple[str, ...] = ()  # of tests/apps/work, put into /work
    environment: tuple[str, ...] = ()
    memory: str = "512M"
    minutes: float = 5
    errors: bool = False  # what it writes to stderr is compared, too
    note: Compare = lambda output: ""  # what the result should say besides
    fast: bool = False  # takes part in `make test`, on one and two CPUs


APPLICATIONS = [
    Application("python", ("python3",), ("/usr/bin/python3", "/work/python_work.py"),
                files=("python_work.py",), fast=True),
    Application("numpy", ("python3-numpy",), ("/usr/bin/python3", "/work/numpy_work.py"),
                files=("numpy_work.py",)),
    Application("lua", ("lua5.4",), ("/usr/bin/lua5.4", "/work/work.lua"), files=("work.lua",),
                fast=True),
    Application("tcl", ("tcl8.6",), ("/usr/bin/tclsh8.6", "/work/work.tcl"), files=("work.tcl",)),
    Application("perl", ("perl",), ("/usr/bin/perl", "/work/work.pl"), files=("work.pl",),
                fast=True),
    Application("sqlite3", ("sqlite3",), ("/usr/bin/sqlite3", "/tmp/s.db", ".read /work/work.sql"),
                files=("work.sql",), fast=True),
    Application("ffmpeg", ("ffmpeg",),
                ("/usr/bin/ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-f", "lavfi", "-i",
                 "testsrc=d=1:s=320x240", "-c:v", "libx264", "-threads", "4", "-x264-params",
                 "threads=4:sliced-threads=0", "-flags", "+bitexact", "-f", "framemd5", "-"),
                compare=lines_matching(r"^0,.*"), memory="1G", minutes=10),
    Application("zstd", ("python3", "zstd"), ("/usr/bin/python3", "/work/roundtrip.py", "zstd"),
                files=("roundtrip.py",), memory="2G", minutes=15),
    Application("xz", ("python3", "xz-utils"), ("/usr/bin/python3", "/work/roundtrip.py", "xz"),
                files=("roundtrip.py",), memory="2G", minutes=25),
    Application("zstd-file", ("zstd", ), ("/usr/bin/zstd", "-q", "-f", "-T4", "-c",
                                          "/work/work.sql"), files=("work.sql",),
                compare=lambda output: len(output) > 100),
    Application("openssl-speed", ("openssl",),
                ("/usr/bin/openssl", "speed", "-seconds", "1", "-bytes", "1024", "sha256"),
                compare=lines_matching(r"^(sha256)\s+[0-9.]+k")),
    Application("openssl-digest", ("openssl",),
                ("/usr/bin/openssl", "dgst", "-sha3-256", "/usr/bin/openssl"), fast=True),
    Application("sysbench-cpu", ("sysbench",),
                ("/usr/bin/sysbench", "cpu", "--threads=4", "--time=2", "run"),
                compare=lines_matching(r"^(Number of threads: 4|Prime numbers limit: \d+)")),
    Application("sysbench-threads", ("sysbench",),
                ("/usr/bin/sysbench", "threads", "--threads=8", "--time=2", "run"),
                compare=lines_matching(r"^(Number of threads: 8|Threads fairness)")),
    Application("fio-psync", ("fio",),
                ("/usr/bin/fio", "--thread", "--name=a", "--filename=/tmp/fio.bin", "--size=8m",
                 "--rw=randwrite", "--bs=4k", "--ioengine=psync", "--verify=crc32c",
                 "--verify_fatal=1"),
                compare=lines_matching(r"(err= 0)")),
    Application("ripgrep", ("ripgrep", "python3-minimal", "libpython3.11-stdlib"),
                ("/usr/bin/rg", "--sort", "path", "-c", "import os", "/usr/lib/python3.11"),
                minutes=5),
    Application("jq", ("jq",), ("/usr/bin/jq", "-n", "[range(100000)]|map(.*3)|add"), fast=True),
    Application("stockfish", ("stockfish",), ("/usr/games/stockfish", "bench", "16", "1", "6"),
                compare=lines_matching(r"(Nodes searched\s+: \d+)"), memory="1G", errors=True),
    Application("stockfish-threads", ("stockfish",),
                ("/usr/games/stockfish", "bench", "16", "4", "8"),
                compare=lines_matching(r"(Total time)"), memory="1G", errors=True),
    Application("z3", ("z3",), ("/usr/bin/z3", "-T:120", "/work/work.smt2"), files=("work.smt2",)),
    Application("lammps", ("lammps",), ("/usr/bin/lmp", "-in", "/work/in.lj", "-log", "none"),
                files=("in.lj",), memory="1G",
                environment=("OMPI_MCA_ess_singleton_isolated=1", "OMPI_ALLOW_RUN_AS_ROOT=1",
                             "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "OMP_NUM_THREADS=2"),
                compare=lines_matching(r"^\s+(\d+)\s+(-?[\d.]{5})")),
    Application("git", ("git",), ("/usr/bin/git", "-C", "/work/repository", "status"),
                files=("repository",)),
]

# Modules of CPython's own tests (package libpython3.11-testsuite) for issue 2; apps.md has them all.
PYTHON_TEST_MODULES = [
    "test_abc", "test_array", "test_base64", "test_binop", "test_bufio", "test_bytes",
    "test_bz2", "test_codecs", "test_enum", "test_errno", "test_file", "test_float",
    "test_hash", "test_hashlib", "test_hmac", "test_int", "test_list", "test_marshal",
    "test_mmap", "test_poll", "test_sqlite3", "test_struct", "test_textwrap", "test_thread",
    "test_threading", "test_time", "test_types", "test_zlib",
]

# Of these, the ones that Debian's package lacks: they come from its source package.
PYTHON_SOURCE_MODULES = ["test_sqlite3"]

# SPDX-License-Identifier: BSD-3-Clause
"""More applications: languages, tools and formats of many kinds, each doing a little real work.

None of them forks (R, flex, xargs and diff3 do, and are left out); those that start others use
vfork or posix_spawn.
"""

import hashlib

from applications import Application, lines_matching


def digest(output):
    return hashlib.md5(output.encode()).hexdigest()


def command_list(name, packages, files=(), **settings):
    """Runs the commands of work/NAME.list one after the other, in one guest."""
    return Application(
        name, ("python3", *packages.split()),
        ("/usr/bin/python3", "/work/commands.py", f"/work/{name}.list"),
        files=("commands.py", f"{name}.list", *files), minutes=20, **settings)


def interpreter(name, packages, command, file, **settings):
    """Runs one file of work/ with an interpreter."""
    return Application(name, tuple(packages.split()), (*command.split(), f"/work/{file}"),
                       files=(file,), **settings)


APPLICATIONS = [
    # Many small programs in one guest each
    command_list("coreutils", "coreutils diffutils"),
    command_list("texttools", "gawk mawk original-awk busybox-static sed grep diffutils patch m4 bc "
                 "dc jq libxml2-utils xsltproc findutils debianutils libc-bin file bsdextrautils "
                 "ncal ed units figlet binutils xxd dash bash zsh mksh coreutils",
                 ("work.m4", "work.bc", "work.ed", "work.xml", "work.xsl")),
    command_list("archivers", "tar gzip pigz bzip2 pbzip2 xz-utils pixz zstd lz4 brotli lzip plzip "
                 "lzop zip unzip p7zip-full binutils squashfs-tools openssl coreutils diffutils",
                 memory="1G"),
    command_list("compilers", "gcc g++ clang-14 tcc nasm bison make libc6-dev dash coreutils",
                 ("work.c", "work.cc", "work.asm", "work.y", "work.make"), memory="1G"),
    command_list("media", "sox flac lame imagemagick-6.q16 libjpeg-turbo-progs webp optipng "
                 "ghostscript graphviz gnuplot-nox povray librsvg2-bin ffmpeg x264 aom-tools dav1d "
                 "vpx-tools coreutils diffutils",
                 ("work.ps", "work.dot", "work.plot", "work.pov"), memory="1G"),

    # Languages
    interpreter("java", "openjdk-17-jdk-headless",
                "/usr/lib/jvm/java-17-openjdk-amd64/bin/java -Xmx256m", "Work.java", memory="1G",
                minutes=15),
    interpreter("node", "nodejs", "/usr/bin/node", "work.js", memory="1G", minutes=10),
    interpreter("php", "php8.2-cli", "/usr/bin/php8.2", "work.php"),
    interpreter("ruby", "ruby3.1", "/usr/bin/ruby3.1", "work.rb"),
    interpreter("pypy", "pypy3", "/usr/bin/pypy3", "python_work.py", memory="1G"),
    interpreter("luajit", "luajit", "/usr/bin/luajit", "work.lua", fast=True),
    interpreter("guile", "guile-3.0", "/usr/bin/guile --no-auto-compile", "work.scm"),
    interpreter("chicken", "chicken-bin", "/usr/bin/csi -q -s", "work.scm"),
    interpreter("racket", "racket", "/usr/bin/racket -f", "work.scm", memory="1G", minutes=10),
    interpreter("sbcl", "sbcl", "/usr/bin/sbcl --script", "work.lisp", memory="2G", fast=True),
    interpreter("clisp", "clisp", "/usr/bin/clisp", "work.lisp"),
    interpreter("ecl", "ecl", "/usr/bin/ecl --shell", "work.lisp"),
    interpreter("prolog", "swi-prolog-nox", "/usr/bin/swipl", "work.pro", memory="1G"),
    interpreter("ocaml", "ocaml-nox", "/usr/bin/ocaml", "work.ml"),
    interpreter("forth", "gforth", "/usr/bin/gforth", "work.fs"),
    interpreter("esbuild", "esbuild", "/usr/bin/esbuild --minify", "work.js"),

    # Editors and documents
    interpreter("vim", "vim-nox", "/usr/bin/vim.nox -N -u NONE -i NONE -es -S", "work.vim"),
    interpreter("emacs", "emacs-nox", "/usr/bin/emacs-nox -Q --batch -l", "work.el", errors=True,
                memory="1G"),
    interpreter("pandoc", "pandoc", "/usr/bin/pandoc -f html -t markdown", "work.xml", memory="1G"),
    interpreter("w3m", "w3m", "/usr/bin/w3m -dump -T text/html", "work.xml"),
    Application("ugrep", ("ugrep", "libpython3.11-stdlib"),
                ("/usr/bin/ugrep", "--sort", "-J4", "-r", "-c", "import os", "/usr/lib/python3.11")),
    Application("fd", ("fd-find", "libpython3.11-stdlib"),
                ("/usr/bin/fdfind", "-e", "py", "io", "/usr/lib/python3.11"),
                compare=lambda output: sorted(output.splitlines())),

    # Mathematics and games
    interpreter("pari", "pari-gp", "/usr/bin/gp -q -f", "work.gp"),
    interpreter("glpk", "glpk-utils", "/usr/bin/glpsol -m", "work.mod",
                compare=lines_matching(r"^(x|total|OPTIMAL|INTEGER)")),
    Application("scipy", ("python3-scipy",), ("/usr/bin/python3", "/work/scipy_work.py"),
                files=("scipy_work.py",), memory="1G", minutes=10),
    Application("octave", ("octave",),
                ("/usr/bin/octave-cli", "--norc", "--no-history", "/work/work.m"),
                files=("work.m",), memory="1G", minutes=10),
    Application("gnugo", ("gnugo",),
                ("/usr/games/gnugo", "--quiet", "--seed", "1", "--benchmark", "1"),
                compare=lines_matching(r"(Result: \S+ +\d+ moves|\d+ nodes)")),
    Application("primesieve", ("primesieve-bin",), ("/usr/bin/primesieve", "1e9", "-t4", "-q")),

    # Those that read procfs and sysfs, and must find there what a known program does
    Application("proc-tools", ("python3", "python3-psutil", "procps", "lsof", "util-linux", "mount",
                               "numactl", "iproute2", "coreutils", "sysvinit-utils",
                               "ncurses-base"),
                ("/usr/bin/python3", "/work/proc_tools.py"), files=("proc_tools.py",),
                memory="1G", minutes=15,
                compare=lambda output: "WRONG" not in output and output.splitlines()),

    # Those that ask much of a kernel: other machines' code, memory, locks
    Application("qemu-user", ("qemu-user-static", "busybox-static"),
                ("/usr/bin/qemu-x86_64-static", "/usr/bin/busybox", "seq", "1", "2000"),
                compare=digest),
    Application("valgrind", ("valgrind", "libc6-dbg", "busybox-static"),
                ("/usr/bin/valgrind.bin", "--tool=none", "-q", "/usr/bin/busybox", "seq", "200"),
                environment=("VALGRIND_LIB=/usr/libexec/valgrind",), compare=digest),
    Application("gdb", ("gdb",),
                ("/usr/bin/gdb", "-nx", "-batch", "-ex", "info files", "/usr/bin/gdb"),
                compare=digest, memory="1G"),
    Application("sysbench-memory", ("sysbench",),
                ("/usr/bin/sysbench", "memory", "--threads=4", "--memory-total-size=200M", "run"),
                compare=lines_matching(r"^(Number of threads: 4|Total operations: \d+)")),
    Application("sysbench-mutex", ("sysbench",),
                ("/usr/bin/sysbench", "mutex", "--threads=8", "--mutex-num=16",
                 "--mutex-locks=2000", "run"),
                compare=lines_matching(r"^(Number of threads: 8|Threads fairness)")),
    Application("fio-mmap", ("fio",),
                ("/usr/bin/fio", "--thread", "--name=a", "--filename=/tmp/fio.bin", "--size=8m",
                 "--rw=randwrite", "--bs=4k", "--ioengine=mmap", "--verify=crc32c",
                 "--verify_fatal=1"),
                compare=lines_matching(r"(err= 0)")),
    Application("memtester", ("memtester",), ("/usr/sbin/memtester", "4M", "1"),
                compare=lambda output: [line.split(":")[0] for line in
                                        output.replace("\b", "").splitlines() if "ok" in line]),
]

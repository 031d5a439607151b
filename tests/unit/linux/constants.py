#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: constants.py LISTER - compares the kernel's named values with the host's headers."""
import pathlib
import subprocess
import sys
import tempfile

HEADERS = """fcntl.h sched.h signal.h poll.h sys/mman.h sys/stat.h sys/mount.h sys/epoll.h
 sys/eventfd.h sys/timerfd.h sys/signalfd.h sys/inotify.h sys/wait.h sys/prctl.h sys/resource.h
 sys/socket.h sys/ipc.h sys/shm.h sys/random.h sys/xattr.h sys/file.h sys/time.h sys/syscall.h
 linux/futex.h linux/membarrier.h linux/mempolicy.h linux/fs.h linux/sched.h linux/close_range.h
 linux/kcmp.h linux/openat2.h time.h unistd.h asm/prctl.h linux/memfd.h linux/falloc.h
 linux/fadvise.h""".split()
# Names that headers hide behind others or that glibc gives another value on 64-bit machines.
DIFFERENT_IN_GLIBC = {"O_LARGEFILE"}

named = [line.split() for line in
         subprocess.run([sys.argv[1]], capture_output=True, text=True, check=True).stdout.splitlines()]
lines = ["#define _GNU_SOURCE"]
for header in HEADERS:
    lines += [f"#if __has_include(<{header}>)", f"#include <{header}>", "#endif"]
# The C library knows no such structure, but the size of the kernel's is part of three numbers.
lines += ["struct termios2 { char bytes[44]; };", "#include <stdio.h>", "int main(void) {", "    int known = 0, wrong = 0;"]
for name, value in named:
    if not name.isidentifier() or name in DIFFERENT_IN_GLIBC:
        continue
    # A constant may be signed and narrower than the kernel's argument.
    lines += [f"#ifdef {name}", "    ++known;",
              f"    if ((unsigned)({name}) != (unsigned){value}ULL) {{ ++wrong;",
              f'        printf("{name} is {value} here and %lld there\\n", (long long)({name})); }}',
              "#endif"]
lines += ['    printf("%d of them known to the headers, %d wrong\\n", known, wrong);',
          f"    return wrong != 0 || known < {len(named) // 2};", "}"]
with tempfile.TemporaryDirectory() as folder:
    source = pathlib.Path(folder) / "check.c"
    source.write_text("\n".join(lines))
    subprocess.run(["gcc", "-w", "-o", f"{folder}/check", source], check=True)
    ended = subprocess.run([f"{folder}/check"], capture_output=True, text=True)
print(f"{len(named)} named values", ended.stdout)
sys.exit(ended.returncode)

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks of the source tree that no compiler makes.

usage: source_checks.py {format,headers,cycles,layers,arch,spdx} [--compile-commands FILE]

Each check prints one line per finding and exits with 1 if there is any.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
KERNEL = ROOT / "kernel"
ARCH = KERNEL / "arch" / "x86_64"

# Who may include whom: a folder of kernel/ -> the folders below it (DESIGN §2). `base` and `trace`
# are open to all; `arch` stands for the headers that every architecture offers.
LAYERS = {
    "base": set(),
    "trace": {"arch"},
    "arch": set(),
    "sync": {"arch", "sched"},
    "sched": {"arch", "sync", "memory"},
    "memory": {"arch", "sched", "sync"},
    "bus": {"arch", "sched", "sync", "memory"},
    "hypervisor": {"arch", "bus"},
    "drivers": {"arch", "sched", "sync", "memory", "bus", "hypervisor", "net"},
    "vfs": {"arch", "sched", "sync", "memory"},
    "net": {"arch", "sched", "sync", "memory", "vfs"},
    "fs": {"arch", "sched", "sync", "memory", "vfs", "net", "drivers"},
    "process": {"arch", "sched", "sync", "memory", "vfs", "fs", "drivers", "boot"},
    "linux": {"arch", "sched", "sync", "memory", "vfs", "fs", "process", "net", "drivers", "boot"},
    "boot": None,  # the start order knows everybody
}
# Where arch/ hands over to the layers above it (a trap, an interrupt, a started CPU), its own
# headers declare what they define, or they pass it what it needs when they start it.

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
ARCH_MACRO = re.compile(r"\b(__x86_64__|__i386__|__aarch64__|__arm__|_M_X64|_M_ARM64)\b")


def files(*suffixes, below=ROOT):
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "--", str(below)],
        capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in listed if name.endswith(suffixes) and (ROOT / name).exists()]


def includes(path):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1)


def kernel_header(name):
    """The file of the kernel that `#include <name>` means, or None."""
    for base in (KERNEL, ARCH):
        if (base / name).is_file():
            return base / name
    return None


def layer_of(path):
    return path.relative_to(KERNEL).parts[0]


def check_format():
    sources = files(".cc", ".hh", ".c", ".h")
    run = subprocess.run(["clang-format", "--dry-run", "--Werror", *map(str, sources)],
                         capture_output=True, text=True)
    return sorted({line for line in run.stderr.splitlines() if "error:" in line})


def check_headers():
    """Every kernel header compiles alone."""
    flags = ["-std=c++2b", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-mno-red-zone",
             "-mgeneral-regs-only", "-mcmodel=kernel", "-fno-pic", "-fsyntax-only", "-Wall",
             "-Wextra", "-Wno-invalid-offsetof", "-DOSPREY_KERNEL=1", "-DBOOST_NO_EXCEPTIONS",
             "-DBOOST_DISABLE_ASSERTS", f"-I{KERNEL}", f"-I{ARCH}", "-x", "c++"]

    def compile_alone(header):
        with tempfile.NamedTemporaryFile("w", suffix=".cc") as probe:
            probe.write(f'#include "{header}"\n')
            probe.flush()
            run = subprocess.run(["g++", *flags, probe.name], capture_output=True, text=True)
        if run.returncode:
            first = next((l for l in run.stderr.splitlines() if "error" in l), "does not compile")
            return f"{header.relative_to(ROOT)}: {first}"
        return None

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [f for f in pool.map(compile_alone, files(".hh", below=KERNEL)) if f]


def check_cycles():
    graph = {}
    for header in files(".hh", below=KERNEL):
        graph[header] = [h for _, name in includes(header) if (h := kernel_header(name))]
    findings, done, stack = [], set(), []

    def visit(header):
        if header in stack:
            cycle = stack[stack.index(header):] + [header]
            findings.append("cycle: " + " -> ".join(str(h.relative_to(KERNEL)) for h in cycle))
            return
        if header in done:
            return
        stack.append(header)
        for target in graph.get(header, []):
            visit(target)
        stack.pop()
        done.add(header)

    for header in sorted(graph):
        visit(header)
    return findings


def check_layers():
    findings = []
    for source in files(".cc", ".hh", ".S", below=KERNEL):
        layer = layer_of(source)
        if layer not in LAYERS:
            findings.append(f"{source.relative_to(ROOT)}: folder {layer} is not in the design")
            continue
        allowed = LAYERS[layer]
        if allowed is None:
            continue
        for number, name in includes(source):
            target = kernel_header(name)
            if not target:
                continue
            below = layer_of(target)
            if below not in allowed | {layer, "base", "trace"}:
                findings.append(f"{source.relative_to(ROOT)}:{number}: {layer} may not include "
                                f"<{name}>")
    return findings


def check_arch():
    """Generic code has no architecture macro."""
    findings = []
    for source in files(".cc", ".hh", ".S", below=KERNEL):
        if layer_of(source) == "arch":
            continue
        for number, line in enumerate(source.read_text().splitlines(), 1):
            if ARCH_MACRO.search(line):
                findings.append(f"{source.relative_to(ROOT)}:{number}: {line.strip()}")
    return findings


def check_spdx():
    findings = []
    for source in files(".cc", ".hh", ".S", ".c", ".py", "CMakeLists.txt"):
        head = source.read_text(errors="replace").splitlines()[:3]
        if not any("SPDX-License-Identifier: BSD-3-Clause" in line for line in head):
            findings.append(f"{source.relative_to(ROOT)}: no licence line")
    return findings


def main():
    checks = {name[6:]: function for name, function in globals().items()
              if name.startswith("check_")}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("check", choices=sorted(checks))
    findings = checks[parser.parse_args().check]()
    print("\n".join(findings) if findings else "nothing found")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())

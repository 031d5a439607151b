#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures Osprey against a Linux guest in one run, and prints ratios.

Both guests run the same static binaries under the same QEMU line; what counts is guest
instructions (exact to about 1 %) and QEMU's own CPU time. The Linux guest is Debian's cloud kernel
with a static init in an initramfs, tuned to its fairest: no mitigations, no clearing at allocation,
no string-instruction flags (under TCG each turn of REP counts as an instruction).

usage: bench/run.py [--build DIR] [--quick] [--json FILE] [--only SYSTEM] [--part PART]
                    [--profile OPERATION] [--count SYSTEM/EVENT]
"""

import argparse
import gzip
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

import servers

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = ["hello", "switches", "calls", "pages", "datagrams", "streams"]
CPU_MODEL = "max,-erms,-fsrm"

# What issue and design aim for, in guest instructions.
AIMS = {
    "ctxsw_futex_same": 900, "ctxsw_yield": 350, "sys_getppid": 90, "thread_create_join": 20000,
    "mem_touch_4k_page": 1200, "mem_touch_thp_page": 1200, "udp_loopback_roundtrip": 7000,
    "tcp_loopback_roundtrip": 9000,
}
APART = ["tcp_loopback_roundtrip", "udp_loopback_roundtrip"]  # also from CPU to CPU
HELLO_AIM_INSTRUCTIONS = 10_000_000
HELLO_AIM_MIB = 8
KERNEL_AIM_BYTES = 1_500_000


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, **options)


class Bench:
    def __init__(self, build):
        self.build = build
        self.kernel = build / "kernel.elf"
        self.work = build / "bench"
        self.count = None
        self.work.mkdir(parents=True, exist_ok=True)
        self.plugin = self.work / "marks.so"

    def compile(self):
        for name in PROGRAMS + ["linux_init"]:
            run("gcc", "-D_GNU_SOURCE", "-O2", "-static", "-pthread", "-o", self.work / name,
                ROOT / "bench" / "programs" / f"{name}.c")
        run("gcc", "-O2", "-fPIC", "-shared", "-o", self.plugin,
            ROOT / "bench" / "plugin" / "marks.c")

    # The two guests -----------------------------------------------------------------------------
    def linux_kernel(self):
        """Debian's cloud kernel, fetched as a package and unpacked, not installed."""
        found = sorted(self.work.glob("linux/boot/vmlinuz-*"))
        if found:
            return found[-1]
        folder = self.work / "linux"
        folder.mkdir(exist_ok=True)
        depends = subprocess.run(["apt-cache", "depends", "linux-image-cloud-amd64"], check=True,
                                 capture_output=True, text=True).stdout
        package = next(word for word in depends.split() if word.startswith("linux-image-6"))
        print(f"fetching {package} for the Linux guest", flush=True)
        run("apt-get", "download", "-q", package, cwd=folder, stdout=subprocess.DEVNULL)
        run("dpkg-deb", "-x", next(folder.glob("*.deb")), folder)
        return sorted(folder.glob("boot/vmlinuz-*"))[-1]

    def linux_initramfs(self):
        image = self.work / "initramfs.gz"
        with tempfile.TemporaryDirectory() as stage:
            shutil.copy(self.work / "linux_init", f"{stage}/init")
            for name in PROGRAMS:
                shutil.copy(self.work / name, stage)
            return self.pack(stage, image)

    @staticmethod
    def pack(stage, image):
        """The folder `stage` as an initramfs."""
        names = "\n".join(sorted(str(p.relative_to(stage)) for p in
                                 pathlib.Path(stage).rglob("*"))).encode()
        archive = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=stage, input=names,
                                 capture_output=True, check=True).stdout
        image.write_bytes(gzip.compress(archive, mtime=0))
        return image

    def osprey_image(self):
        image = self.work / "root.erofs"
        with tempfile.TemporaryDirectory() as stage:
            for name in PROGRAMS:
                shutil.copy(self.work / name, stage)
            image.unlink(missing_ok=True)
            run("mkfs.erofs", "-T0", "--all-root", image, stage,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return image

    def guest_arguments(self, system, program, environment):
        if system == "linux":
            return ["-kernel", self.linux_kernel(), "-initrd", self.linux_initramfs(), "-append",
                    "console=ttyS0 quiet mitigations=off init_on_alloc=0 nokaslr panic=-1 "
                    f"tsc=reliable bench={program} " + " ".join(
                        f"{k}={v}" for k, v in environment.items())]
        options = " ".join(f"--env={k}={v}" for k, v in environment.items())
        return ["-kernel", self.kernel, "-append", f"{options} /{program}".strip(),
                "-drive", f"if=none,id=root,format=raw,readonly=on,file={self.osprey_image()}",
                "-device", "virtio-blk-pci,drive=root"]

    def machine(self, memory, cpus, counts, profile):
        """The QEMU line that both guests have, with the plugin if `counts` is a file for it."""
        line = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display",
                "none", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", CPU_MODEL, "-smp",
                str(cpus), "-m", str(memory), "-serial", "stdio", "-device",
                "isa-debug-exit,iobase=0x501,iosize=4"]
        if counts:
            plugin = f"{self.plugin},out={counts}"
            if profile:
                plugin += f",profile={profile}"
            line += ["-plugin", plugin]
        return line

    def boot(self, system, program, memory=256, cpus=1, count=True, profile=None, limit=300,
             **environment):
        """Runs `program` in a guest. @return its output, the plugin's lines, QEMU's CPU seconds."""
        counts = self.work / "counts"
        counts.unlink(missing_ok=True)
        line = self.machine(memory, cpus, counts if count else None, profile)
        line += self.guest_arguments(system, program, environment)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            ended = subprocess.run([str(a) for a in line], stdin=subprocess.DEVNULL,
                                   capture_output=True, text=True, errors="replace", timeout=limit)
            output = ended.stdout
        except subprocess.TimeoutExpired as late:
            output = (late.stdout or b"").decode(errors="replace")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        lines = counts.read_text().splitlines() if counts.exists() else []
        return output, lines, cpu

    # What is measured ---------------------------------------------------------------------------
    def operations(self, system, program, cpus=1, **environment):
        """Guest instructions per operation, least of the rounds: {name: (all, kernel)}; output."""
        if self.count and system == "osprey":
            environment["BENCH_COUNT"] = self.count
        output, lines, _ = self.boot(system, program, cpus=cpus, **environment)
        regions = [tuple(map(int, l.split()[1:])) for l in lines if l.startswith("region")]
        results, at = {}, 0
        for line in output.splitlines():
            words = line.split()
            if len(words) == 3 and words[0] == "op":
                rounds, at = regions[at:at + 5], at + 5
                if len(rounds) == 5:
                    total, kernel = min(rounds)
                    results[words[1]] = (total / int(words[2]), kernel / int(words[2]))
        return results, output

    def hello(self, system, cpus):
        output, lines, _ = self.boot(system, "hello", cpus=cpus)
        if "hello" not in output:
            return None
        facts = {l.split()[0]: int(l.split()[1]) for l in lines if not l.startswith("region")}
        facts["cpu"] = min(self.boot(system, "hello", cpus=cpus, count=False)[2] for _ in range(3))
        return facts

    def least_memory(self, system, low, high):
        """Least MiB in which hello still prints, by bisection."""
        while low < high:
            middle = (low + high) // 2
            output, _, _ = self.boot(system, "hello", memory=middle, count=False, limit=90)
            if "hello" in output.split("\n")[-4:] or "\nhello" in "\n" + output.replace("\r", ""):
                high = middle
            else:
                low = middle + 1
        return high

    def stripped_size(self):
        copy = self.work / "kernel.stripped"
        run("strip", "-o", copy, self.kernel)
        return copy.stat().st_size


def verdict(value, aim):
    if aim is None:
        return ""
    return "aim met" if value <= aim else f"aim {aim:,} missed by {100 * value / aim - 100:.0f} %"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--quick", action="store_true", help="a tenth of each operation's count")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures to this file")
    parser.add_argument("--only", choices=["linux", "osprey"], help="measure one guest")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this (repeatable)")
    parser.add_argument("--count", metavar="SYSTEM/EVENT",
                        help="let Osprey's kernel count a trace event during the operations")
    parser.add_argument("--profile", metavar="OPERATION",
                        help="show which functions of Osprey's kernel one operation's or one "
                             "server load's instructions go to")
    options = parser.parse_args()
    bench = Bench(options.build.resolve())
    bench.count = options.count
    bench.compile()
    if options.profile:
        return profile(bench, options.profile)
    systems = [options.only] if options.only else ["linux", "osprey"]
    figures = {}
    complete = True
    for part in options.part or PARTS:
        complete = PARTS[part](bench, systems, options.quick, figures) and complete
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if complete else 1


def measure_start(bench, systems, quick, figures):
    print("Start: one static hello, q35, guest instructions and QEMU CPU time")
    for cpus in (1, 2):
        for system in systems:
            facts = bench.hello(system, cpus)
            figures[f"hello.{system}.{cpus}"] = facts
            if facts is None:
                print(f"  {system:7} {cpus} CPU: hello did not print")
                continue
            print(f"  {system:7} {cpus} CPU: to main {facts.get('main', 0) / 1e6:9.2f} M, to exit "
                  f"{facts['total'] / 1e6:9.2f} M, QEMU CPU {facts['cpu']:.2f} s  "
                  + (verdict(facts["total"], HELLO_AIM_INSTRUCTIONS)
                     if system == "osprey" and cpus == 1 else ""), flush=True)
    if "osprey" in systems:
        size = bench.stripped_size()
        print(f"  kernel, stripped: {size:,} bytes  {verdict(size, KERNEL_AIM_BYTES)}")
        least = bench.least_memory("osprey", 2, 64)
        print(f"  least memory for hello: osprey {least} MiB  {verdict(least, HELLO_AIM_MIB)}",
              flush=True)
        figures["kernel_bytes"], figures["least_memory_mib"] = size, least
    if "linux" in systems and not quick:
        least = bench.least_memory("linux", 32, 160)
        print(f"  least memory for hello: linux {least} MiB", flush=True)
        figures["least_memory_mib.linux"] = least
    return True


def print_operations(systems, results, figures, suffix=""):
    """`results`: {system: {name: (all, kernel)}}"""
    for name in dict.fromkeys(name for system in systems for name in results[system]):
        row = [results[s].get(name, (None, 0))[0] for s in systems]
        figures[name + suffix] = dict(zip(systems, row))
        text = "".join(f"{'-':>10}" if v is None else f"{v:10,.0f}" for v in row)
        complete = None not in row
        ratio = f"{row[0] / row[1]:6.2f}x" if len(row) == 2 and complete else ""
        aim = AIMS.get(name) if systems[-1] == "osprey" and complete and not suffix else None
        print(f"  {name + suffix:32}{text} {ratio}  {verdict(row[-1], aim)}", flush=True)


def measure_operations(bench, systems, quick, figures):
    """@return whether all programs came to their ends."""
    environment = {"BENCH_SCALE": "10"} if quick else {}
    print("\nOne operation, guest instructions (1 CPU)")
    print(f"  {'':32}" + "".join(f"{system:>10}" for system in systems) + "  ratio")
    complete = True
    for program in PROGRAMS[1:]:
        results, outputs = {}, {}
        for system in systems:
            results[system], outputs[system] = bench.operations(system, program, **environment)
        print_operations(systems, results, figures)
        names = {name for system in systems for name in results[system]}
        for system in systems:
            if len(results[system]) < max(len(names), 1):
                complete = False
                print(f"  {system}: {program} did not come to its end; its output ends:\n"
                      + "\n".join("    " + l for l in outputs[system].splitlines()[-8:]))
    print("  from CPU to CPU (2 CPUs; includes what idle CPUs do)")
    for program in ("streams", "datagrams"):
        results = {s: bench.operations(s, program, cpus=2, BENCH_APART="1", **environment)[0]
                   for s in systems}
        print_operations(systems, {s: {n: v for n, v in r.items() if n in APART}
                                   for s, r in results.items()}, figures, ".2")
    return complete


def measure_servers(bench, systems, quick, figures):
    lab = servers.Servers(bench)
    lab.prepare(systems)
    if reason := servers.enter_namespace():
        print(f"\nServers: skipped: {reason}")
        return True
    print("\nServers over tap, for one request: guest instructions, those of the kernel, and QEMU CPU "
          "us without plugin")
    aims = {l.name: l.aim for l in servers.LOADS}
    for cpus in (1, 2):
        print(f"  {f'{cpus} CPU':28}" + "".join(f"{s:>26}" for s in systems) + "  ratio of both")
        for server in servers.SERVERS:
            for name, found in lab.table(systems, cpus, quick, server).items():
                figures[f"{name}.{cpus}"] = found
                row = [found[s] for s in systems]
                text = "".join(f"{i:10,.0f} {k:7,.0f} {us:7,.2f}" if i else f"{'failed':>26}"
                               for i, k, us in row)
                ratio = ("  ".join(f"{a / b:5.2f}x" for a, b in zip(row[0][::2], row[1][::2]))
                         if len(row) == 2 and all(row[0] + row[1]) else "")
                aim = aims[name] if systems[-1] == "osprey" and cpus == 1 else None
                print(f"  {name:28}{text} {ratio}  {verdict(row[-1][0], aim)}", flush=True)
    return all(all(found) for of in figures.values() if isinstance(of, dict)
               for found in of.values() if isinstance(found, tuple))


PARTS = {"start": measure_start, "operations": measure_operations, "servers": measure_servers}


def profile(bench, operation):
    """Instructions of one operation by kernel function."""
    import bisect
    counts = bench.work / "profile"
    load = next((l for l in servers.LOADS if l.name == operation), None)
    if load:
        lab = servers.Servers(bench)
        lab.prepare(["osprey"])
        if reason := servers.enter_namespace():
            sys.exit(reason)
        print(lab.measure("osprey", 1, load.server, [load], True, counts))
    for program in [] if load else PROGRAMS[1:]:
        if operation in (ROOT / "bench" / "programs" / f"{program}.c").read_text():
            bench.boot("osprey", program, profile=counts, BENCH_ONLY=operation)
            break
    else:
        if not load:
            sys.exit(f"no such operation: {operation}")
    names = subprocess.run(["nm", "-C", "-n", str(bench.kernel)], capture_output=True, text=True,
                           check=True).stdout
    table = sorted((int(f[0], 16), f[2]) for l in names.splitlines()
                   if len(f := l.split(None, 2)) == 3 and f[1] in "tTwW")
    starts, totals = [a for a, _ in table], {}
    for line in counts.read_text().splitlines():
        address, instructions = int(line.split()[0], 16), int(line.split()[1])
        index = bisect.bisect_right(starts, address) - 1
        name = table[index][1] if address >> 63 and index >= 0 else "(application and firmware)"
        totals[name] = totals.get(name, 0) + instructions
    everything = sum(totals.values())
    for name, count in sorted(totals.items(), key=lambda item: -item[1])[:40]:
        print(f"{100 * count / everything:6.2f} % {count:12,} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures Osprey against a Linux guest in one run, and prints ratios.

Both guests run the same static binaries under the same QEMU line; what counts is guest
instructions (exact to about 1 %) and QEMU's own CPU time. The Linux guest is Debian's cloud kernel
with a static init in an initramfs, tuned to its fairest: no mitigations, no clearing at allocation,
no string-instruction flags (under TCG each turn of REP counts as an instruction).

usage: bench/run.py [--build DIR] [--quick] [--json FILE] [--profile OPERATION]
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

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = ["hello", "switches", "calls", "pages", "datagrams"]
CPU_MODEL = "max,-erms,-fsrm"

# What issue and design aim for, in guest instructions.
AIMS = {
    "ctxsw_futex_same": 900, "ctxsw_yield": 350, "sys_getppid": 90, "thread_create_join": 20000,
    "mem_touch_4k_page": 1200, "mem_touch_thp_page": 1200, "udp_loopback_roundtrip": 9900,
}
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
            names = "\n".join(sorted(os.listdir(stage))).encode()
            archive = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=stage,
                                     input=names, capture_output=True, check=True).stdout
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

    def boot(self, system, program, memory=256, cpus=1, count=True, profile=None, limit=300,
             **environment):
        """Runs `program` in a guest. @return its output, the plugin's lines, QEMU's CPU seconds."""
        counts = self.work / "counts"
        counts.unlink(missing_ok=True)
        line = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display",
                "none", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", CPU_MODEL, "-smp",
                str(cpus), "-m", str(memory), "-serial", "stdio", "-device",
                "isa-debug-exit,iobase=0x501,iosize=4"]
        if count:
            plugin = f"{self.plugin},out={counts}"
            if profile:
                plugin += f",profile={profile}"
            line += ["-plugin", plugin]
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
    def operations(self, system, program, **environment):
        """Guest instructions per operation, least of the rounds: {name: (all, kernel)}; output."""
        output, lines, _ = self.boot(system, program, **environment)
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
    parser.add_argument("--profile", metavar="OPERATION",
                        help="show which kernel functions one operation's instructions go to")
    options = parser.parse_args()
    bench = Bench(options.build.resolve())
    bench.compile()
    if options.profile:
        return profile(bench, options.profile)
    systems = [options.only] if options.only else ["linux", "osprey"]
    environment = {"BENCH_SCALE": "10"} if options.quick else {}
    figures = {}

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
    if "linux" in systems and not options.quick:
        least = bench.least_memory("linux", 32, 160)
        print(f"  least memory for hello: linux {least} MiB", flush=True)
        figures["least_memory_mib.linux"] = least

    print("\nOne operation, guest instructions (1 CPU)")
    print(f"  {'':32}" + "".join(f"{system:>10}" for system in systems) + "  ratio")
    failed = False
    for program in PROGRAMS[1:]:
        results, outputs = {}, {}
        for system in systems:
            results[system], outputs[system] = bench.operations(system, program, **environment)
        names = list(dict.fromkeys(name for system in systems for name in results[system]))
        for name in names:
            row = [results[s].get(name, (None, 0))[0] for s in systems]
            figures[name] = dict(zip(systems, row))
            text = "".join(f"{'-':>10}" if v is None else f"{v:10,.0f}" for v in row)
            complete = None not in row
            ratio = f"{row[0] / row[1]:6.2f}x" if len(row) == 2 and complete else ""
            aim = verdict(row[-1], AIMS.get(name)) if systems[-1] == "osprey" and complete else ""
            print(f"  {name:32}{text} {ratio}  {aim}", flush=True)
        for system in systems:
            if len(results[system]) < max(len(names), 1):
                failed = True
                print(f"  {system}: {program} did not come to its end; its output ends:\n"
                      + "\n".join("    " + l for l in outputs[system].splitlines()[-8:]))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if failed else 0


def profile(bench, operation):
    """Instructions of one operation by kernel function."""
    import bisect
    counts = bench.work / "profile"
    for program in PROGRAMS[1:]:
        if operation in (ROOT / "bench" / "programs" / f"{program}.c").read_text():
            bench.boot("osprey", program, profile=counts, BENCH_ONLY=operation)
            break
    else:
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

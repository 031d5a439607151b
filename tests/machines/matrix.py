#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: matrix.py BUILD GROUP [--qemu10]

Boots threads.c on many kinds of machine: what the host tool would start, with parts of the QEMU
line replaced. Each must print what it prints on Linux, or, where Osprey cannot run, say why.
GROUP: quick, machines, processors, memory, large, clocks. --qemu10: with QEMU 10 of Debian's
backports, whose translator has x2APIC, RDSEED and FSRM.
"""
import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import packages

HERE = pathlib.Path(__file__).resolve().parent
WANTED = """4 threads, 40000 rounds
monotonic: yes (0 steps back)
vector registers kept: yes
slept at least as long as asked: yes
time runs: yes
"""


class Case:
    """One machine. `says`: it cannot run, and its log must match this."""

    def __init__(self, machine="q35", cpus=2, memory="256M", cpu="max", says=None, shows=None,
                 more=()):
        self.machine, self.cpus, self.memory, self.cpu = machine, cpus, memory, cpu
        self.says, self.shows, self.more = says, shows, more

    def __str__(self):
        return " ".join([f"{self.machine} -cpu {self.cpu} -smp {self.cpus} -m {self.memory}",
                         *self.more])


def processors(models, **more):
    return [Case(cpu=model, **more) for model in models]


# Devices without MSI-X: their wired interrupts.
WIRES = [word for device in ("blk", "serial", "rng")
         for word in ("-global", f"virtio-{device}-pci.vectors=0")]
MODELS = ["qemu64", "Nehalem", "SandyBridge", "Skylake-Client", "EPYC", "core2duo"]
WITHOUT = [f"max,-{name}" for name in (
    "xsave", "xsaveopt", "avx", "fsgsbase", "rdtscp", "smap,-smep", "invtsc", "rdrand", "erms",
    "pdpe1gb", "sse4.1,-sse4.2", "hypervisor", "umip", "pge", "pat", "cx16")]
GROUPS = {
    "quick": [Case("q35", 4), Case("pc", 1), Case("microvm", 2), Case(cpu="qemu64"),
              Case(cpu="max,-xsave"), Case("q35,hpet=off"), Case("pc,acpi=off"),
              Case(more=WIRES), Case(memory="4M", cpus=1), Case(cpu="max,-nx", says="CPUID: nx"),
              Case(cpu="max,-lm", says="no 64-bit mode"),
              Case(cpu="max,-syscall", says="too old: it has no syscall")],
    "machines": [Case(machine, cpus) for machine in ("q35", "pc", "microvm") for cpus in (1, 2, 4)] +
                [Case(machine, 2, more=WIRES) for machine in ("q35", "pc", "pc,acpi=off")],
    "processors": processors(MODELS) + processors(WITHOUT) + processors(
        ["max,la57=on"]) + [Case(cpu="Opteron_G1", says="too old: it has no lahf_lm")],
    "memory": [Case(machine, 1, memory) for machine in ("q35", "pc", "microvm")
               for memory in ("4M", "8M", "64M", "3G", "20G")] +
              [Case(machine, 1, "3M", says="too little memory: 2[0-9]+ KiB")
               for machine in ("q35", "pc", "microvm")],
    "large": [Case(machine, cpus, "1G") for cpus in (16, 64, 200, 255)
              for machine in ("q35", "microvm")],
    "clocks": [Case("q35,hpet=off", shows="measured by ACPI PM timer"),
               Case("q35", shows="measured by HPET"),
               Case("pc,hpet=off", shows="measured by ACPI PM timer"),
               Case("pc,hpet=off,acpi=off", 1, shows="measured by PIT"),
               Case("q35,hpet=off,acpi=off", 1), Case("microvm", shows="measured by PIT"),
               Case("microvm,pit=off", shows="measured by RTC"),
               Case("microvm,rtc=off"), Case("microvm,acpi=off", 1),
               Case("microvm,pit=off,rtc=off", says="no HPET, PM timer, PIT or RTC"),
               Case("microvm,pic=off"), Case("q35,smm=off"), Case("pc,i8042=off")],
}


def line_of(osprey, case, program):
    """The QEMU line for a case, from the tool's own."""
    words = [osprey, "run", "--dry-run", "-q", "--machine", case.machine.split(",")[0], "-c",
             str(case.cpus), "-m", case.memory, "--kernel-arg=--verbose", program]
    line = shlex.split(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    line[line.index("-M") + 1] = case.machine
    line[line.index("-cpu") + 1] = case.cpu
    return line + list(case.more)


def run(line, environment):
    # The guest's log comes by QEMU's stderr.
    ended = subprocess.run(["timeout", "-k", "5", "200", *line], stdin=subprocess.DEVNULL,
                           capture_output=True, env=environment)
    return (ended.returncode, ended.stdout.decode(errors="replace").replace("\r\n", "\n"),
            ended.stderr.decode(errors="replace"))


def judge(case, status, output, log):
    """@return what is wrong, or None"""
    if case.says:
        return None if status == 127 and re.search(case.says, log) else f"does not say {case.says!r}"
    if output != WANTED:
        return "prints something else"
    if status not in (0, 1):  # 1: without ACPI the machine ends by isa-debug-exit
        return f"QEMU ends with status {status}"
    if case.shows and case.shows not in log:
        return f"does not show {case.shows!r}"
    return None


def newer_qemu():
    """QEMU 10, unpacked beside the system's own. @return its first words and its environment"""
    root = packages.Archive("bookworm-backports").unpacked(
        "qemu-system-x86", "qemu-system-common", "qemu-system-data", "seabios")
    program = root / "usr/bin/qemu-system-x86_64"
    if subprocess.run([program, "--version"], capture_output=True).returncode:
        packages.skip("QEMU of bookworm-backports does not start here")
    modules = root / "usr/lib/x86_64-linux-gnu/qemu"
    return ([str(program), "-L", str(root / "usr/share/qemu"), "-L",
             str(root / "usr/share/seabios")], dict(os.environ, QEMU_MODULE_DIR=str(modules)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("group", choices=GROUPS)
    parser.add_argument("--qemu10", action="store_true")
    options = parser.parse_args()
    qemu, environment = newer_qemu() if options.qemu10 else (None, None)
    failures = 0
    with tempfile.TemporaryDirectory(prefix="osprey-machines.") as folder:
        program = pathlib.Path(folder, "threads")
        subprocess.run(["gcc", "-O2", "-Wno-psabi", "-static", "-pthread", "-o", program,
                        HERE / "threads.c"], check=True)
        for case in GROUPS[options.group]:
            line = line_of(options.build / "osprey", case, program)
            status, output, log = run(qemu + line[1:] if qemu else line, environment)
            wrong = judge(case, status, output, log)
            print(f"{'FAIL' if wrong else 'ok  '}  {case}", flush=True)
            if wrong:
                failures += 1
                print(f"      {wrong} (status {status})\n{output[-1500:]}\n{log[-3000:]}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: nested_kvm.py BUILD [--clock hpet|tsc] [GUEST…]

Real KVM on a machine without hardware virtualisation: a Debian kernel under QEMU's translator with
emulated AMD SVM loads kvm-amd, and under that KVM run Osprey's kernel and the tool itself. So
kvmclock, x2APIC, the TSC-deadline timer and the interrupt controllers inside KVM are the real ones.

--clock hpet leaves the middle Linux without a stable time-stamp counter, so that KVM says of its
clock that it may differ between CPUs; --clock tsc makes it promise one time for all.
Ends with 0 when every guest ended as expected, 77 when the packages cannot be had.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import packages

HERE = pathlib.Path(__file__).resolve().parent
MODULES = ("irqbypass", "ccp", "kvm", "kvm-amd")
LIMIT = 1500  # seconds for all guests of one machine


def libraries(program):
    """The files that the dynamic linker loads for a program."""
    text = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", text)]


def copy(root, path, to=None):
    target = root / str(to or path).lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copy(path, target)


def guest_command(machine, cpus, append, cpu="host", more=""):
    return (f"qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -display none -M {machine}"
            f" -accel kvm -cpu {cpu} -smp {cpus} -m 128 -serial stdio -kernel /osprey/kernel.elf"
            f" -device isa-debug-exit,iobase=0x501,iosize=4 {more} -append '{append}'")


def guests():
    """name -> (command, patterns that its output must show)"""
    table = {}
    everything = ["on KVM", "clock: kvmclock", "timer: TSC deadline"]
    for machine, cpus in (("q35", 4), ("pc", 2), ("microvm", 1), ("microvm", 4)):
        table[f"clock.{machine}.cpus{cpus}"] = (
            guest_command(machine, cpus, "--selftest=clock --verbose"),
            ["selftest: clock passed", *everything])
    # Without x2APIC, deadline timer and kvmclock, one by one and together; without KVM's own leaf.
    for lacks, clock, timer in (("-x2apic", "kvmclock", "TSC deadline"),
                                ("-tsc-deadline", "kvmclock", "local APIC"),
                                ("-kvmclock", "time-stamp counter", "TSC deadline"),
                                ("-kvmclock,-x2apic,-tsc-deadline", "time-stamp counter",
                                 "local APIC"),
                                ("kvm=off", "time-stamp counter", "TSC deadline")):
        table[f"clock.q35.cpus2.{lacks}"] = (
            guest_command("q35", 2, "--selftest=clock --verbose", cpu=f"host,{lacks}"),
            ["selftest: clock passed", f"clock: {clock},", f"timer: {timer}"])
    for machine in ("q35", "microvm"):
        table[f"tool.{machine}"] = (
            f"/osprey/osprey run --machine {machine} -c 2 -m 128M --timeout 150 /osprey/threads.img",
            [r"\(kvm\)", "4 threads, 40000 rounds", "monotonic: yes", "@end tool.* 0"])
    table["panic.q35"] = (guest_command("q35", 2, "--selftest=fault", more="-device pvpanic"),
                          ["kernel panic on CPU", "boot::write_to_nowhere", "@end panic.q35 127"])
    table["panic.pvpanic"] = (
        guest_command("q35", 2, "--selftest=fault", more="-device pvpanic -action panic=exit-failure")
        .replace("-device isa-debug-exit,iobase=0x501,iosize=4", ""),
        ["kernel panic on CPU", "@end panic.pvpanic 1"])
    for machine, cpus in (("q35", 1), ("q35", 4), ("pc", 2), ("microvm", 4)):
        table[f"sched.{machine}.cpus{cpus}"] = (
            guest_command(machine, cpus, "--selftest=sched --verbose"),
            ["selftest: sched passed", *everything])
    return table


def make_initramfs(build, chosen, work):
    root = work / "root"
    busybox = packages.Archive("bookworm").unpacked("busybox-static") / "bin/busybox"
    copy(root, busybox, "/bin/busybox")
    copy(root, HERE / "l1_init", "/init")
    for program in (shutil.which("qemu-system-x86_64"), build / "osprey"):
        for library in libraries(program):
            copy(root, library)
    copy(root, shutil.which("qemu-system-x86_64"), "/usr/bin/qemu-system-x86_64")
    for name in ("osprey", "kernel.elf"):
        copy(root, build / name, f"/osprey/{name}")
    for folder in ("/usr/share/qemu", "/usr/share/seabios"):
        for name in ("kvmvapic.bin", "linuxboot_dma.bin", "pvh.bin", "bios-256k.bin",
                     "bios-microvm.bin", "qboot.rom"):
            path = pathlib.Path(folder, name)
            if path.exists():
                copy(root, path.resolve(), path)
    threads = work / "threads"
    subprocess.run(["gcc", "-O2", "-Wno-psabi", "-static", "-pthread", "-o", threads, HERE / "threads.c"],
                   check=True)
    image = root / "osprey/threads.img"
    subprocess.run([build / "osprey", "build", "-q", "-o", image, threads], check=True)
    kernel = packages.Archive("bookworm")
    kernel_package = kernel.dependency("linux-image-cloud-amd64", "linux-image-")
    linux = kernel.unpacked(kernel_package)
    for module in MODULES:
        for path in linux.glob(f"lib/modules/*/kernel/**/{module}.ko"):
            copy(root, path, f"/modules/{module}.ko")
    lines = [f"{name}|{guests()[name][0]}\n" for name in chosen]
    (root / "guests").write_text("".join(lines))
    archive = work / "initramfs"
    with open(archive, "wb") as out:
        names = subprocess.run(["find", ".", "-print0"], cwd=root, capture_output=True,
                               check=True).stdout
        subprocess.run(["cpio", "--quiet", "-0", "-o", "-H", "newc", "-R", "0:0"], cwd=root,
                       input=names, stdout=out, check=True)
    return next(linux.glob("boot/vmlinuz-*")), archive


def run_machine(kernel, initramfs, clock, log):
    append = "console=ttyS0 quiet panic=-1 loglevel=4 mitigations=off"
    if clock == "tsc":
        append += " tsc=reliable clocksource=tsc"
    command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display",
               "none", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max,+svm", "-smp", "2",
               "-m", "2048", "-serial", "stdio", "-kernel", kernel, "-initrd", initramfs,
               "-append", append]
    lines = []
    with open(log, "w") as copy_of_it, subprocess.Popen(
            ["timeout", "-k", "5", str(LIMIT), *map(str, command)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as qemu:
        for line in qemu.stdout:
            copy_of_it.write(line)
            copy_of_it.flush()
            lines.append(line.rstrip("\r\n"))
    return lines


def judge(lines, chosen):
    """@return the number of guests that did not do what was expected"""
    outputs, name = {}, None
    for line in lines:
        if line.startswith("@begin "):
            name = line.split()[1]
            outputs[name] = []
        if name:
            outputs[name].append(line)
        if line.startswith("@end"):
            name = None
    failures = 0
    for name in chosen:
        text = "\n".join(outputs.get(name, ["(not started)"]))
        lacking = [p for p in guests()[name][1] if not re.search(p, text)]
        for line in text.splitlines():
            if " clock: " in line:
                print(f"      {line}")
        print(f"{'FAIL' if lacking else 'ok  '}  {name}")
        if lacking:
            failures += 1
            print(f"      lacks: {lacking}\n      " + "\n      ".join(text.splitlines()[-25:]))
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("guests", nargs="*")
    parser.add_argument("--clock", choices=("hpet", "tsc"), default="hpet")
    parser.add_argument("--log", default="/dev/null")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_intermixed_args()
    if options.list:
        print("\n".join(guests()))
        return 0
    chosen = options.guests or list(guests())
    for program in ("qemu-system-x86_64", "cpio", "gcc"):
        if not shutil.which(program):
            packages.skip(f"there is no {program}")
    with tempfile.TemporaryDirectory(prefix="osprey-nested.") as folder:
        kernel, initramfs = make_initramfs(options.build.resolve(), chosen, pathlib.Path(folder))
        lines = run_machine(kernel, initramfs, options.clock, options.log)
    text = "\n".join(lines)
    for line in lines:
        if line.startswith("@clocksource") or line.startswith("@no"):
            print(line[1:])
    if "@no /dev/kvm" in text:
        packages.skip("kvm-amd does not load under this QEMU")
    failures = judge(lines, chosen)
    if "@done" not in text:
        print("the machine ended early:\n" + "\n".join(lines[-20:]))
        failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: self_test.py KERNEL NAME CPUS [MACHINE [IMAGE | QEMU OPTION…]]

Boots the kernel with --selftest=NAME; the test passes if the kernel's log says so. IMAGE is given
to the guest as its first disk.
"""
import subprocess
import sys

kernel, name, cpus, *rest = sys.argv[1:]
machine = rest[0] if rest else "q35"
command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
           "-M", machine, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", cpus, "-m", "256",
           "-serial", "stdio", "-kernel", kernel, "-append", f"--selftest={name}",
           "-device", "isa-debug-exit,iobase=0x501,iosize=4"]
if len(rest) > 1 and rest[1].startswith("-"):
    command += rest[1:]
elif len(rest) > 1:
    bus = "device" if machine == "microvm" else "pci"
    command += ["-drive", f"if=none,id=root,format=raw,readonly=on,file={rest[1]}",
                "-device", f"virtio-blk-{bus},drive=root"]
run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                     errors="replace", timeout=800)
print(run.stdout[-6000:], run.stderr[-1000:])
sys.exit(0 if f"selftest: {name} passed" in run.stdout else 1)

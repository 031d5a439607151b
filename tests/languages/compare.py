#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: compare.py OSPREY CPUS PROGRAM: runs a program on Linux and in the guest; what it writes
and how it exits must be equal."""
import subprocess
import sys

osprey, cpus, program = sys.argv[1:]
linux = subprocess.run([program], capture_output=True, stdin=subprocess.DEVNULL, timeout=300)
guest = subprocess.run([osprey, "run", "-q", "-c", cpus, "-m", "512M", program],
                       capture_output=True, stdin=subprocess.DEVNULL, timeout=1100)
if (linux.returncode, linux.stdout) == (guest.returncode, guest.stdout) and linux.stdout:
    print("equal")
    sys.exit(0)
for name, run in ("Linux", linux), ("guest", guest):
    print(f"--- {name}: exit {run.returncode}\n{run.stdout.decode(errors='replace')}"
          f"{run.stderr.decode(errors='replace')[-3000:]}")
sys.exit(1)

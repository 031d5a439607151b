#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: ss_guest.py BUILD

Lets ss_output, which opens sockets and asks ss(8) about them, run here and in a guest with this
machine's ss, and compares what they say. Exits with 77 where ss is missing.
"""
import difflib
import pathlib
import re
import shutil
import subprocess
import sys


def libraries(program):
    told = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    return sorted(set(re.findall(r"(/\S+) \(0x", told)))


def main():
    build = pathlib.Path(sys.argv[1])
    ss = shutil.which("ss")
    if not ss:
        print("ss is missing")
        return 77
    ss = str(pathlib.Path(ss).resolve())
    program = build / "net-tests/ss_output"
    wanted = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    command = [build / "osprey", "run", "-q", "-c", "2", "-m", "256M", "--net", "none",
               "--timeout", "120", "--file", f"{ss}:/usr/bin/ss"]
    for file in libraries(ss):
        command += ["--file", f"{pathlib.Path(file).resolve()}:{file}"]
    got = subprocess.run([*command, program], stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, timeout=300)
    said = got.stdout.replace("\r\n", "\n")
    for line in difflib.unified_diff(wanted.split("\n"), said.split("\n"), "linux", "guest",
                                     lineterm=""):
        print(line)
    if said != wanted:
        print(got.stderr)
    return said != wanted


sys.exit(main())

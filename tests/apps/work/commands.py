# SPDX-License-Identifier: BSD-3-Clause
"""Runs the commands of a list one after the other in a folder of their own, and prints what each
wrote and how it ended. A line of the list is one command; `< FILE` and `> FILE` redirect.
"""
import hashlib
import os
import random
import shlex
import subprocess
import sys

MOST_SHOWN = 400

os.makedirs("/tmp/here")
os.chdir("/tmp/here")
generator = random.Random(7)
words = [bytes(generator.choices(b"aeioulnrst", k=generator.randint(2, 9))).decode()
         for _ in range(600)]
with open("text", "w") as text:
    for number in range(6000):
        text.write(f"{number * 7919 % 6000} {' '.join(generator.choices(words, k=8))}\n")
with open("binary", "wb") as binary:
    binary.write(generator.randbytes(300_000))

for line in open(sys.argv[1]):
    line = line.strip()
    if not line or line.startswith("#"):
        continue
    command = shlex.split(line)
    source, sink = subprocess.DEVNULL, subprocess.PIPE
    if ">" in command:
        at = command.index(">")
        sink = open(command[at + 1], "wb")
        del command[at:at + 2]
    if "<" in command:
        at = command.index("<")
        source = open(command[at + 1], "rb")
        del command[at:at + 2]
    ended = subprocess.run(command, stdin=source, stdout=sink, stderr=subprocess.STDOUT)
    output = ended.stdout or b""
    if len(output) > MOST_SHOWN:
        digest = hashlib.md5(output).hexdigest()
        output = output[:MOST_SHOWN] + f"… {len(output)} bytes, {digest}\n".encode()
    print(f"$ {line}\n{output.decode(errors='replace')}[{ended.returncode}]", flush=True)

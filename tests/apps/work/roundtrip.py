# SPDX-License-Identifier: BSD-3-Clause
"""Compresses and restores 200 MB with the program named, four threads; prints what must agree."""
import hashlib
import os
import random
import subprocess
import sys

tool = sys.argv[1]
megabytes = int(sys.argv[2]) if len(sys.argv) > 2 else 200
words = [random.Random(i).randbytes(16).hex() for i in range(512)]
generator = random.Random(42)
digest = hashlib.sha256()
with open("/tmp/big", "wb") as big:
    for _ in range(megabytes):
        block = "".join(generator.choices(words, k=1 << 15)).encode()[:1 << 20]
        digest.update(block)
        big.write(block)
level = "-0" if tool == "xz" else "-1"  # the fastest
subprocess.run([f"/usr/bin/{tool}", "-q", "-f", "-k", "-T4", level, "/tmp/big"], check=True)
packed = f"/tmp/big.{'zst' if tool == 'zstd' else 'xz'}"
os.unlink("/tmp/big")
subprocess.run([f"/usr/bin/{tool}", "-q", "-k", "-d", packed], check=True)
restored = hashlib.sha256()
with open("/tmp/big", "rb") as big:
    while block := big.read(1 << 20):
        restored.update(block)
print(tool, megabytes, os.path.getsize(packed) < megabytes << 20, os.path.getsize("/tmp/big") == megabytes << 20,
      digest.hexdigest() == restored.hexdigest())

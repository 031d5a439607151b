# SPDX-License-Identifier: BSD-3-Clause
"""Several threads, sqlite3, hashlib, json and zlib on real files; the same output on any system."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import queue
import sqlite3
import tempfile
import threading
import zlib

library = pathlib.Path(os.__file__).parent
sources = sorted(library.glob("[a-m]*.py"))


def facts(path):
    data = path.read_bytes()
    packed = zlib.compress(data, 6)
    assert zlib.decompress(packed) == data
    return path.name, len(data), len(packed), hashlib.sha256(data).hexdigest()


with concurrent.futures.ThreadPoolExecutor(4) as pool:
    rows = list(pool.map(facts, sources))

with tempfile.TemporaryDirectory() as folder:
    database = sqlite3.connect(f"{folder}/facts.db")
    database.execute("create table file(name text primary key, bytes int, packed int, digest text)")
    with database:
        database.executemany("insert into file values(?,?,?,?)", rows)
    count, total = database.execute("select count(*), sum(bytes) from file").fetchone()
    largest = database.execute("select name, bytes from file order by bytes desc, name limit 3")
    report = {"files": count, "bytes": total, "largest": largest.fetchall()}
    database.close()
    text = json.dumps(report, indent=1)
    (pathlib.Path(folder) / "report.json").write_text(text)
    assert json.loads((pathlib.Path(folder) / "report.json").read_text())["files"] == count

jobs, done = queue.Queue(), queue.Queue()


def worker():
    while (job := jobs.get()) is not None:
        done.put(job * job)


threads = [threading.Thread(target=worker) for _ in range(6)]
for thread in threads:
    thread.start()
for number in range(3000):
    jobs.put(number)
for _ in threads:
    jobs.put(None)
for thread in threads:
    thread.join()
print(text)
print("digest of digests", hashlib.sha256("".join(r[3] for r in rows).encode()).hexdigest())
print("squares", sum(done.get() for _ in range(3000)))

# SPDX-License-Identifier: BSD-3-Clause
"""Real work for `make run`: threads, sqlite3, hashlib, json and zlib over real files.

usage: python-work.py FOLDER

Prints only what depends on the work, never on time or order, so that two runs on different
systems must print the same bytes.
"""
import hashlib
import json
import os
import queue
import sqlite3
import sys
import tempfile
import threading
import zlib

THREADS = 4


def files_below(folder):
    for path, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            full = os.path.join(path, name)
            if os.path.isfile(full) and not os.path.islink(full):
                yield os.path.relpath(full, folder)


def examine(folder, name):
    """Hashes and packs one file, and checks that unpacking gives it back."""
    with open(os.path.join(folder, name), "rb") as file:
        data = file.read()
    packed = zlib.compress(data, 6)
    assert zlib.decompress(packed) == data
    lines = data.count(b"\n")
    return name, len(data), lines, len(packed), zlib.crc32(data), hashlib.sha256(data).hexdigest()


def examine_all(folder, names):
    """Spreads the files over threads; each puts its findings into one queue."""
    todo, done = queue.Queue(), queue.Queue()
    for name in names:
        todo.put(name)

    def work():
        while True:
            try:
                name = todo.get_nowait()
            except queue.Empty:
                return
            try:
                done.put(examine(folder, name))
            except BaseException as problem:  # must end the run, not only this thread
                done.put(problem)
                return

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = []
    while not done.empty():
        row = done.get()
        if isinstance(row, BaseException):
            raise row
        rows.append(row)
    return sorted(rows)


def main():
    folder = sys.argv[1]
    names = list(files_below(folder))
    rows = examine_all(folder, names)

    with tempfile.TemporaryDirectory() as work:
        database = os.path.join(work, "files.db")
        with sqlite3.connect(database) as db:
            db.execute("create table file (name text primary key, size int, lines int, packed int, "
                       "crc int, sha256 text)")
            db.execute("create index by_size on file (size)")
            db.executemany("insert into file values (?,?,?,?,?,?)", rows)
        db.close()
        # Read it back through a second connection: it must be on disk by now.
        db = sqlite3.connect(database)
        count, size, lines, packed = db.execute(
            "select count(*), sum(size), sum(lines), sum(packed) from file").fetchone()
        kinds = db.execute(
            "select replace(name, rtrim(name, replace(name, '.', '')), '') as kind, count(*), "
            "sum(size) from file where name like '%.%' group by kind order by 2 desc, 1 limit 3"
        ).fetchall()
        largest = db.execute(
            "select name, size, sha256 from file order by size desc, name limit 1").fetchall()
        check = db.execute("pragma integrity_check").fetchone()[0]
        db.close()

    total = hashlib.sha256()
    for row in rows:
        total.update(repr(row).encode())
    report = {"files": count, "bytes": size, "lines": lines, "packed": packed, "kinds": kinds,
              "largest": largest, "database": check, "sha256 of all": total.hexdigest(),
              "threads": THREADS}
    text = "{" + ",\n ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in report.items()) + "}"
    assert json.loads(text)["files"] == len(names) > 0
    print(text)
    print("python", sys.version.split()[0], "sqlite", sqlite3.sqlite_version, "zlib",
          zlib.ZLIB_RUNTIME_VERSION)


if __name__ == "__main__":
    main()

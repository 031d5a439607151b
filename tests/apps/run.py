#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs unmodified applications on Linux and in the guest, and compares what they put out.

usage: tests/apps/run.py [--osprey FILE] [--cpus 1,2,4] [--fast] [--list] [NAME…]

NAME is an application of applications.py, or cpython:MODULE for a module of CPython's own tests.
The Linux run uses the very files of the guest's image, unpacked, in a chroot.
"""

import argparse
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import time

import applications

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


class Failure(Exception):
    pass


def cpython(module):
    """A module of CPython's own tests as an application; its result line must say success."""
    return applications.Application(
        f"cpython:{module}", ("python3", "libpython3.11-testsuite"),
        ("/usr/bin/python3", "-m", "test", module),
        compare=applications.lines_matching(r"^(Tests? result: \w+|Result: \w+)"), memory="1G",
        minutes=15)


def chosen(options):
    table = {a.name: a for a in applications.APPLICATIONS}
    table |= {f"cpython:{m}": cpython(m) for m in applications.PYTHON_TEST_MODULES}
    if options.names:
        for name in options.names:
            if name not in table and name.startswith("cpython:"):
                table[name] = cpython(name[8:])
            if name not in table:
                sys.exit(f"no application {name}; --list shows them")
        return [table[name] for name in options.names]
    return [a for a in table.values() if a.fast or not options.fast]


class Runner:
    def __init__(self, osprey, work):
        self.osprey = osprey
        self.work = work
        work.mkdir(parents=True, exist_ok=True)

    def work_file(self, name):
        if name == "repository":
            return self.repository()
        return HERE / "work" / name

    def repository(self):
        """A small git repository with one change, made the same way each time."""
        folder = self.work / "repository"
        if folder.exists():
            return folder
        folder.mkdir()
        environment = dict(os.environ, GIT_AUTHOR_DATE="2026-01-01T00:00:00Z",
                           GIT_COMMITTER_DATE="2026-01-01T00:00:00Z", GIT_CONFIG_GLOBAL="/dev/null")

        def git(*words):
            subprocess.run(["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@b",
                            *words], check=True, env=environment, stdout=subprocess.DEVNULL)

        git("init", "-q", "-b", "main")
        for number in range(40):
            (folder / f"file{number}").write_text(f"{number}\n" * 50)
        git("add", ".")
        git("commit", "-q", "-m", "start")
        (folder / "file3").write_text("changed\n")
        (folder / "new").write_text("new\n")
        return folder

    def image(self, app):
        """The guest's image, kept under a name that depends on its ingredients."""
        key = hashlib.sha256(repr((app.packages, app.files)).encode())
        for name in app.files:
            source = self.work_file(name)
            if source.is_file():
                key.update(source.read_bytes())
        image = self.work / f"{key.hexdigest()[:16]}.erofs"
        if not image.exists():
            command = [self.osprey, "build", "-q", "--deb", ",".join(app.packages)]
            for name in app.files:
                command += ["--file", f"{self.work_file(name)}:/work/{name}"]
            partial = image.with_suffix(".partial")
            made = subprocess.run([*command, "-o", partial, app.command[0]], capture_output=True,
                                  text=True)
            if made.returncode:
                raise Failure(f"image: {made.stderr.strip()[-600:]}")
            partial.rename(image)
        return image

    def on_linux(self, app, image):
        root = image.with_suffix(".root")
        if not root.exists():
            partial = image.with_suffix(".unpacking")
            shutil.rmtree(partial, ignore_errors=True)
            subprocess.run(["fsck.erofs", f"--extract={partial}", image], check=True,
                           capture_output=True)
            partial.rename(root)
        for folder in ("tmp", "proc", "dev"):
            (root / folder).mkdir(exist_ok=True)
        settings = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb", *app.environment]
        inside = ("mount -t proc proc proc && mount --bind /dev dev && mount -t tmpfs tmp tmp && "
                  'exec env -i "$@"')
        ended = subprocess.run(["unshare", "-m", "-p", "-f", "sh", "-c", inside, "sh", *settings,
                                "chroot", ".", *app.command], cwd=root, stdin=subprocess.DEVNULL,
                               capture_output=True, timeout=60 * app.minutes)
        return ended.returncode, ended.stdout.decode(errors="replace"), ended.stderr.decode(
            errors="replace")

    def in_guest(self, app, image, cpus):
        command = [self.osprey, "run", "-q", "-c", str(cpus), "-m", app.memory]
        for setting in ("LC_ALL=C.UTF-8", "TERM=dumb", *app.environment):
            command += ["-e", setting]
        ended = subprocess.run([*command, image, *app.command], stdin=subprocess.DEVNULL,
                               capture_output=True, timeout=60 * app.minutes)
        return ended.returncode, ended.stdout.decode(errors="replace"), ended.stderr.decode(
            errors="replace")

    def check(self, app, cpus_list):
        """@return a list of (cpus, seconds, problem or None)."""
        image = self.image(app)
        code, text, errors = self.on_linux(app, image)
        wanted = app.compare(text + errors if app.errors else text)
        if code != 0 or not wanted:
            raise Failure(f"Linux itself: exit {code}, output {text[-300:]!r} {errors[-300:]!r}")
        results = []
        for cpus in cpus_list:
            started, problem = time.monotonic(), None
            try:
                code, text, errors = self.in_guest(app, image, cpus)
                if code != 0:
                    problem = f"exit {code}: {(text + errors)[-1500:]}"
                elif app.compare(text + errors if app.errors else text) != wanted:
                    problem = f"output differs: {text[-600:]!r}, on Linux {str(wanted)[-600:]!r}"
            except subprocess.TimeoutExpired as late:
                tail = ((late.stdout or b"") + (late.stderr or b""))[-600:]
                problem = f"no end after {app.minutes} minutes: {tail.decode(errors='replace')}"
            results.append((cpus, time.monotonic() - started, problem))
        return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--osprey", type=pathlib.Path, default=ROOT / "build" / "osprey")
    parser.add_argument("--cpus", default="1,2,4", help="machine sizes, separated by commas")
    parser.add_argument("--fast", action="store_true", help="only the quick ones")
    parser.add_argument("--list", action="store_true", help="name the applications and end")
    options = parser.parse_args()
    apps = chosen(options)
    if options.list:
        print("\n".join(a.name for a in apps))
        return 0
    runner = Runner(options.osprey.resolve(), options.osprey.resolve().parent / "apps")
    passed = failed = 0
    for app in apps:
        try:
            results = runner.check(app, [int(c) for c in options.cpus.split(",")])
        except (Failure, subprocess.SubprocessError, OSError) as problem:
            results = [(0, 0.0, str(problem))]
        for cpus, seconds, problem in results:
            passed, failed = passed + (problem is None), failed + (problem is not None)
            print(f"{'FAILED' if problem else 'passed'} {app.name} on {cpus} CPU "
                  f"({seconds:.0f} s){': ' + problem if problem else ''}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

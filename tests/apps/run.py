#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs unmodified applications on Linux and in the guest, and compares what they put out.

usage: tests/apps/run.py [--osprey FILE] [--cpus 1,2,4] [--fast] [--list] [--table] [NAME…]

NAME is an application of applications.py or wider.py, or cpython:MODULE[,MODULE…] for modules of CPython's own
tests, which then run one after the other in one guest.
The Linux run uses the very files of the guest's image, unpacked, in a chroot. Results are kept;
--table prints those of all runs so far as Markdown.
"""

import argparse
import difflib
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import applications
import results
import wider
from made_once import locked, made_once, unpacked

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LINUX_TRIES = 3  # some tests of CPython depend on the time that a busy machine lets them have
PYTHON_BATCH = 10  # modules of CPython's tests in one guest
APT = pathlib.Path("/etc/apt")
SOURCE_TESTS = "Lib/test/"  # where CPython's source has its tests


class Failure(Exception):
    pass


def cpython(modules):
    """Modules of CPython's own tests as an application: one run, whose results must be success.

    Tests that fork are left out. subprocess wants a shell and `sleep`. -w gives modules that failed
    a second try, here as there, since some depend on the time that a busy machine lets them have;
    the result says which needed it.
    """
    words = modules.split(",")
    return applications.Application(
        f"cpython:{modules}", ("python3", "libpython3.11-testsuite", "dash", "coreutils"),
        ("/usr/bin/python3", "-m", "test", "-w", "--timeout", "600", "--ignore", "*fork*",
         *words),
        files=tuple(f"{SOURCE_TESTS}{m}" for m in words
                    if m in applications.PYTHON_SOURCE_MODULES),
        compare=python_outcome, note=python_second_tries, memory="1G", minutes=15 + 3 * len(words))


def python_outcome(output):
    """How CPython's tests ended, and which modules did not run."""
    ended = re.search(r"Tests result: (?:FAILURE then )?(\w+)\s*$", output)
    skipped = re.findall(r"^\d+ tests? skipped:\n((?: .*\n)+)", output, re.M)
    return ended and ended[1] == "SUCCESS" and ["SUCCESS", *sorted(" ".join(skipped).split())]


def python_second_tries(output):
    """Modules that passed at their second try only."""
    again = re.search(r"^\d+ re-run tests?:\n((?: .*\n)+)", output, re.M)
    return f"second try: {' '.join(again[1].split())}" if again else ""


def chosen(options):
    table = {a.name: a for a in [*applications.APPLICATIONS, *wider.APPLICATIONS]}
    modules = applications.PYTHON_TEST_MODULES
    for start in range(0, len(modules), PYTHON_BATCH):
        batch = cpython(",".join(modules[start:start + PYTHON_BATCH]))
        table[batch.name] = batch
    if options.names:
        for name in options.names:
            if name not in table and name.startswith("cpython:"):
                table[name] = cpython(name[8:])
            if name not in table:
                sys.exit(f"no application {name}; --list shows them")
        return [table[name] for name in options.names]
    return [a for a in table.values() if a.fast or not options.fast]


def difference(on_linux, in_guest):
    """The first lines by which two outputs, or what was compared of them, differ."""
    lines = [value.splitlines() if isinstance(value, str) else list(map(str, value))
             if isinstance(value, list) else [str(value)] for value in (on_linux, in_guest)]
    return "\n".join(list(difflib.unified_diff(*lines, "Linux", "guest", "", "", 1, ""))[:40])


class Runner:
    def __init__(self, osprey, work):
        self.osprey = osprey
        self.work = work
        work.mkdir(parents=True, exist_ok=True)

    def work_file(self, name):
        if name == "repository":
            return self.repository()
        if name.startswith(SOURCE_TESTS):
            return self.python_source() / name
        return HERE / "work" / name

    def repository(self):
        """A small git repository with one change, made the same way each time."""
        return made_once(self.work / "repository", self.make_repository)

    @staticmethod
    def make_repository(folder):
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

    def python_source(self):
        """CPython's source, for the tests that Debian leaves out of its package."""
        return made_once(self.work / "python-source", self.fetch_python_source)

    @staticmethod
    def fetch_python_source(partial):
        for name in ("lists/partial", "parts", "archives/partial"):
            (partial / name).mkdir(parents=True)
        settings = {"Dir::Etc::SourceList": "/dev/null", "Dir::Etc::SourceParts": f"{partial}/parts",
                    "Dir::State::Lists": f"{partial}/lists", "Dir::Cache": partial,
                    "APT::Sandbox::User": "root"}
        (partial / "apt.conf").write_text("".join(f'{k} "{v}";\n' for k, v in settings.items()))
        for number, source in enumerate(sorted(APT.glob("sources.list.d/*.sources"))):
            (partial / "parts" / f"{number}.sources").write_text(
                re.sub(r"(?m)^Types:.*", "Types: deb-src", source.read_text()))
        for number, source in enumerate([APT / "sources.list", *APT.glob("sources.list.d/*.list")]):
            if source.exists():
                (partial / "parts" / f"{number}.list").write_text(
                    re.sub(r"(?m)^deb\s", "deb-src ", source.read_text()))
        environment = dict(os.environ, APT_CONFIG=str(partial / "apt.conf"))
        for words in (("update",), ("source", "--download-only", "--tar-only", "python3.11")):
            fetched = subprocess.run(["apt-get", "-qq", *words], cwd=partial, env=environment,
                                     capture_output=True, text=True)
            if fetched.returncode:
                raise Failure(f"CPython's source: {fetched.stderr.strip()[-600:]}")
        for archive in partial.glob("python3.11_*.orig.tar.*"):
            subprocess.run(["tar", "-xf", archive, "--strip-components=1"], cwd=partial, check=True)
            archive.unlink()

    def destination(self, name):
        """Where in the guest a work file is found."""
        if name.startswith(SOURCE_TESTS):
            return "/usr/lib/python3.11/test/" + name[len(SOURCE_TESTS):]
        return f"/work/{name}"

    def image_path(self, app):
        """Where the guest's image is kept: under a name that depends on its ingredients."""
        key = hashlib.sha256(repr((app.packages, app.files)).encode())
        for name in app.files:
            source = self.work_file(name)
            if source.is_file():
                key.update(source.read_bytes())
        return self.work / f"{key.hexdigest()[:16]}.erofs"

    def build(self, app, image):
        command = [self.osprey, "build", "-q", "--deb", ",".join(app.packages)]
        for name in app.files:
            command += ["--file", f"{self.work_file(name)}:{self.destination(name)}"]
        made = subprocess.run([*command, "-o", image, app.command[0]], capture_output=True, text=True)
        if made.returncode:
            raise Failure(f"image: {made.stderr.strip()[-600:]}")

    def on_linux(self, app, image):
        root = unpacked(image)
        for folder in ("tmp", "proc", "dev"):
            (root / folder).mkdir(exist_ok=True)
        settings = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb", *app.environment]
        # A /dev of its own: nasm and others replace the file that they write, were it /dev/stdout.
        inside = ("set -e; mount -t proc proc proc; mount -t tmpfs tmp tmp; mount -t tmpfs dev dev; "
                  "mkdir dev/shm; for name in null zero full random urandom tty; do "
                  "touch dev/$name; mount --bind /dev/$name dev/$name; done; "
                  "ln -s /proc/self/fd dev/fd; n=0; for name in stdin stdout stderr; do "
                  "ln -s fd/$n dev/$name; n=$((n + 1)); done; "
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
        """@return a list of (cpus, seconds, problem or None, note)."""
        # One test at a time for an image: whoever is done with it takes it away.
        with locked(self.image_path(app)) as image:
            try:
                self.build(app, image)
                return self.compare_on(app, image, cpus_list)
            finally:
                # Images and unpacked roots of all applications are more than 40 GB.
                shutil.rmtree(image.with_suffix(".root"), ignore_errors=True)
                image.unlink(missing_ok=True)

    def compare_on(self, app, image, cpus_list):
        for _ in range(LINUX_TRIES):
            code, text, errors = self.on_linux(app, image)
            wanted = app.compare(text + errors if app.errors else text)
            if code == 0 and wanted:
                break
        else:
            raise Failure(f"Linux itself: exit {code}, output {text[-300:]!r} {errors[-300:]!r}")
        outcome = []
        for cpus in cpus_list:
            started, problem, note = time.monotonic(), None, ""
            try:
                code, text, errors = self.in_guest(app, image, cpus)
                if code != 0:
                    problem = f"exit {code}: {(text + errors)[-1500:]}"
                elif (seen := app.compare(text + errors if app.errors else text)) != wanted:
                    problem = f"output differs:\n{difference(wanted, seen)}"
                note = app.note(text)
            except subprocess.TimeoutExpired as late:
                tail = ((late.stdout or b"") + (late.stderr or b""))[-600:]
                problem = f"no end after {app.minutes} minutes: {tail.decode(errors='replace')}"
            outcome.append((cpus, time.monotonic() - started, problem, note))
        return outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--osprey", type=pathlib.Path, default=ROOT / "build" / "osprey")
    parser.add_argument("--cpus", default="1,2,4", help="machine sizes, separated by commas")
    parser.add_argument("--fast", action="store_true", help="only the quick ones")
    parser.add_argument("--list", action="store_true", help="name the applications and end")
    parser.add_argument("--table", action="store_true", help="print all results kept and end")
    options = parser.parse_args()
    work = options.osprey.resolve().parent / "apps"
    kept = results.Results(work / "results", ROOT)
    if options.table:
        print(kept.table())
        return 0
    apps = chosen(options)
    if options.list:
        print("\n".join(a.name for a in apps))
        return 0
    runner = Runner(options.osprey.resolve(), work)
    passed = failed = 0
    for app in apps:
        try:
            outcome = runner.check(app, [int(c) for c in options.cpus.split(",")])
            kept.keep(app.name, outcome)
        except (Failure, subprocess.SubprocessError, OSError) as problem:
            outcome = [(0, 0.0, str(problem), "")]
        for cpus, seconds, problem, note in outcome:
            passed, failed = passed + (problem is None), failed + (problem is not None)
            print(f"{'FAILED' if problem else 'passed'} {app.name} on {cpus} CPU "
                  f"({seconds:.0f} s){note and '; ' + note}{': ' + problem if problem else ''}",
                  flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

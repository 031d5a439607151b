#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs unmodified servers in guests and asks them from this machine.

usage: tests/apps/run_servers.py [--osprey FILE] [--cpus 1,2,4] [--net user|tap] [--fast] [--list]
                                 [--option OPTION]… [NAME…]

NAME is a server of servers.py. With --net tap the guest is reached over a tap device in a network
namespace that this run makes for itself; exit code 77 where that is not allowed.
"""

import argparse
import ctypes
import hashlib
import http.client
import os
import pathlib
import shutil
import subprocess
import sys
import time

import results
import server
import servers
from made_once import locked, made_once, unpacked

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLONE_NEWNET = 0x40000000
SKIPPED = 77
PROBLEMS = (server.Failure, OSError, ValueError, KeyError, subprocess.SubprocessError,
            http.client.HTTPException)


class Files:
    """Work files: those of tests/apps/work, and those that are made once and kept."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, name):
        kept = self.folder / name
        with locked(self.folder):
            if (HERE / "work" / name).exists():
                shutil.copyfile(HERE / "work" / name, kept)
            elif not kept.exists():
                {"big.bin": self.big, "cert.pem": self.certificate, "key.pem": self.certificate,
                 "go-server": self.go_server, "mariadb": self.mariadb}[name](kept)
        return kept

    def big(self, path):
        """1 MB that differs everywhere."""
        path.write_bytes(b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(32768)))

    def certificate(self, _):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650",
                        "-subj", "/CN=guest", "-keyout", self.folder / "key.pem", "-out",
                        self.folder / "cert.pem"], check=True, capture_output=True)

    def go_server(self, path):
        environment = dict(os.environ, CGO_ENABLED="0", GOFLAGS="-mod=mod", GO111MODULE="off")
        subprocess.run(["go", "build", "-o", path, HERE / "work" / "server.go"], check=True,
                       env=environment, capture_output=True)

    def mariadb(self, path):
        """A data directory, empty: the server makes its system tablespace by itself."""
        (path / "mysql").mkdir(parents=True)


class Runner:
    def __init__(self, osprey, network, extra):
        self.osprey = osprey
        self.network = server.Network(network)
        self.extra = extra
        self.work = osprey.parent / "apps"
        self.files = Files(self.work / "server-files")
        (self.work / "logs").mkdir(exist_ok=True)

    def image(self, app):
        """The guest's image, and the same unpacked if clients of this machine are in it."""
        key = hashlib.sha256(repr((app.packages, app.clients, app.files)).encode())
        words = []
        for name in app.files:
            path = self.files.get(name)
            if path.is_file():
                key.update(path.read_bytes())
            words += ["--file", f"{path}:/work/{name}"]
        image = self.work / f"{key.hexdigest()[:16]}.erofs"

        def build(partial):
            made = subprocess.run([self.osprey, "build", "-q", "--deb",
                                   ",".join(app.packages + app.clients), *words, "-o", partial,
                                   app.command[0]], capture_output=True, text=True)
            if made.returncode:
                raise server.Failure(f"image: {made.stderr.strip()[-600:]}")
        made_once(image, build)
        return image, unpacked(image) if app.clients else None

    def run(self, app, image, clients, cpus):
        """@return what went wrong, or None."""
        log = self.work / "logs" / f"{app.name}.{self.network.kind}.{cpus}"
        command = [self.osprey, "run", "-c", str(cpus), "-m", app.memory,
                   *self.network.options(app), *self.extra]
        for setting in ("LC_ALL=C.UTF-8", *app.environment):
            command += ["-e", setting]
        try:
            with server.running(app, [*command, image, *app.command], self.network, clients,
                                self.files.folder, log) as guest:
                guest.wait_ready(app.ports[0].lstrip("="), app.ready, app.probe)
                app.check(guest)
                guest.alive()
        except PROBLEMS as problem:
            told = log.read_text(errors="replace")[-1500:]
            written = pathlib.Path(f"{log}.out").read_text(errors="replace")[-500:]
            return f"{type(problem).__name__}: {problem}\n{told}{written}"
        return None


def enter_namespace():
    """A network of this process' own, with a tap device; @return why not, or None."""
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
        return "making a tap device needs root and /dev/net/tun"
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return f"no network namespace: {os.strerror(ctypes.get_errno())}"
    for words in ("link set lo up", "tuntap add dev tap0 mode tap vnet_hdr",
                  "addr add 10.9.0.1/24 dev tap0", "link set tap0 up"):
        done = subprocess.run(["ip", *words.split()], capture_output=True, text=True)
        if done.returncode:
            return f"ip {words}: {done.stderr.strip()}"
    return None


def chosen(options):
    table = {s.name: s for s in servers.SERVERS}
    for name in options.names:
        if name not in table:
            sys.exit(f"no server {name}; --list shows them")
    return [table[n] for n in options.names] or [
        s for s in table.values() if s.fast or not options.fast]


def prepare(runner, apps):
    """Images of all, before the network is left. @return name: (image, unpacked) or problem."""
    images = {}
    for app in apps:
        try:
            images[app.name] = runner.image(app)
        except PROBLEMS as problem:
            images[app.name] = problem
    return images


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--osprey", type=pathlib.Path, default=ROOT / "build" / "osprey")
    parser.add_argument("--cpus", default="1,2,4", help="machine sizes, separated by commas")
    parser.add_argument("--net", choices=("user", "tap"), default="user")
    parser.add_argument("--fast", action="store_true", help="only the quick ones")
    parser.add_argument("--list", action="store_true", help="name the servers and end")
    parser.add_argument("--option", action="append", default=[], help="for osprey run")
    options = parser.parse_args()
    apps = chosen(options)
    if options.list:
        print("\n".join(a.name for a in apps))
        return 0
    work = options.osprey.resolve().parent / "apps"
    kept = results.Results(work / "results", ROOT)
    runner = Runner(options.osprey.resolve(), options.net, options.option)
    images = prepare(runner, apps)
    if options.net == "tap" and (reason := enter_namespace()):
        print(f"skipped: {reason}")
        return SKIPPED
    passed = failed = 0
    for app in apps:
        for cpus in map(int, options.cpus.split(",")):
            started = time.monotonic()
            made = images[app.name]
            problem = f"image: {made}" if isinstance(made, Exception) else runner.run(
                app, *made, cpus)
            seconds = time.monotonic() - started
            passed, failed = passed + (problem is None), failed + (problem is not None)
            kept.keep(f"{app.name} ({options.net})", [(cpus, seconds, problem, "")])
            print(f"{'FAILED' if problem else 'passed'} {app.name} ({options.net}) on {cpus} CPU "
                  f"({seconds:.0f} s){': ' + problem if problem else ''}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

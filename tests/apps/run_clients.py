#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Debian's curl and wrk in a guest, against an HTTP server on this machine; curl also on this machine, and
its outputs are compared.

usage: tests/apps/run_clients.py [--osprey FILE] [--cpus 1,2,4]
"""

import argparse
import functools
import hashlib
import http.server
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading

from made_once import made_once, unpacked

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTSIDE = "10.0.2.2"  # this machine, as seen through QEMU's user network
SECONDS = 300


class Pages(http.server.BaseHTTPRequestHandler):
    """GET /N: N bytes of a pattern. POST, PUT: the digest of the body. /moved: leads to /10."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        name = self.path[1:]
        if name == "moved":
            self.answer(302, Location="/10")
        elif name.isdigit():
            self.answer(200, pattern(int(name)))
        else:
            self.answer(404, b"no such page\n")

    do_HEAD = do_GET

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, hashlib.sha256(body).hexdigest().encode() + b"\n")

    do_PUT = do_POST

    def log_message(self, *_):
        pass


@functools.lru_cache
def pattern(count):
    return (b"0123456789abcdef" * (count // 16 + 1))[:count]


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """wrk leaves in the middle of answers."""


def serve(context=None):
    """A server in threads of its own. @return its port."""
    server = Server(("0.0.0.0", 0), Pages)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def certificate(folder):
    """A server's key and certificate for both names of this machine."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj",
                    "/CN=pages", "-addext", f"subjectAltName=IP:127.0.0.1,IP:{OUTSIDE}", "-keyout",
                    folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


# Each is a line of curl's options; PLAIN and TLS stand for the servers' addresses.
CURL = ("PLAIN/0", "PLAIN/100000", "PLAIN/3000000", "-I PLAIN/5", "-i PLAIN/none", "-L PLAIN/moved",
        "--data-binary @/work/body PLAIN/", "-T /work/body PLAIN/x", "-r 5-20 PLAIN/100",
        "--cacert /work/cert.pem TLS/200000", "TLS/1", "--cacert /dev/null TLS/1", "--http1.0 PLAIN/1000",
        "PLAIN/1 PLAIN/2 PLAIN/3 PLAIN/70000", "--max-time 20 --retry 0 PLAIN:1/",
        "-Z PLAIN/50000 PLAIN/60000 PLAIN/70000 -o /dev/null -o /dev/null -o /dev/null")


class Case:
    def __init__(self, options):
        self.osprey = options.osprey.resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="osprey-clients-"))
        context = certificate(self.folder)
        (self.folder / "body").write_bytes(pattern(777777))
        self.plain, self.tls = serve(), serve(context)
        work = self.osprey.parent / "apps"
        work.mkdir(parents=True, exist_ok=True)
        self.image = made_once(work / "clients-2.erofs", self.build)

    def build(self, partial):
        subprocess.run([self.osprey, "build", "-q", "--deb", "curl,wrk,ca-certificates", "-o", partial, "/usr/bin/curl"],
                       check=True)

    def words(self, line, host, work):
        line = line.replace("PLAIN:1", f"http://{host}:1").replace("/work", work)
        line = line.replace("PLAIN", f"http://{host}:{self.plain}")
        return line.replace("TLS", f"https://{host}:{self.tls}").split()

    def guest(self, cpus, *words):
        """@return status and stdout of a program in a guest."""
        done = subprocess.run(
            [self.osprey, "run", "-q", "-c", cpus, "-m", "512M", "--root", unpacked(self.image), "--file",
             f"{self.folder}:/work", *words], capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def on_linux(self, line):
        root = unpacked(self.image)
        libraries = f"{root}/usr/lib/x86_64-linux-gnu:{root}/lib/x86_64-linux-gnu"
        done = subprocess.run(
            [f"{root}/lib64/ld-linux-x86-64.so.2", "--library-path", libraries, f"{root}/usr/bin/curl", "-sS",
             *self.words(line, "127.0.0.1", str(self.folder))], capture_output=True, timeout=SECONDS)
        return done.returncode, done.stdout

    def curl(self, cpus):
        for line in CURL:
            wanted = self.on_linux(line)
            status, out, errors = self.guest(cpus, "curl", "-sS", *self.words(line, OUTSIDE, "/work"))
            if (status, undated(out)) != (wanted[0], undated(wanted[1])):
                return f"curl {line}: status {status}, {len(out)} bytes; on Linux {wanted[0]}, " \
                       f"{len(wanted[1])} bytes\n{errors}"
        return None

    def wrk(self, cpus):
        for line in ("-t2 -c20 -d3 PLAIN/1000", "-t1 -c4 -d3 PLAIN/300000", "-t2 -c8 -d3 TLS/1000"):
            status, out, errors = self.guest(cpus, "wrk", "--timeout", "60",
                                             *self.words(line, OUTSIDE, "/work"))
            text = out.decode(errors="replace")
            count = re.search(r"(\d+) requests in", text)
            if status or not count or int(count[1]) < 20 or re.search("Non-2xx|Socket errors", text):
                return f"wrk {line}: status {status}\n{text}{errors}"
        return None


def undated(out):
    return re.sub(rb"(?m)^Date: .*$", b"", out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--osprey", type=pathlib.Path, default=ROOT / "build" / "osprey")
    parser.add_argument("--cpus", default="1,2,4", help="machine sizes, separated by commas")
    options = parser.parse_args()
    case = Case(options)
    failed = 0
    try:
        for cpus in options.cpus.split(","):
            for check in (case.curl, case.wrk):
                problem = check(cpus)
                failed += problem is not None
                print("FAILED" if problem else "passed", check.__name__, "on", cpus, "CPU", problem or "",
                      flush=True)
    finally:
        shutil.rmtree(case.folder)
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())

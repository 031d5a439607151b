#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Clients that are slow, too large, malformed, nosy, or have no token: none harms the others."""
import pathlib
import random
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

import service


def talk(s, data, seconds=60):
    """Sends bytes and reads until the server closes. @return what it said."""
    with s.connect(seconds) as connection:
        try:
            connection.sendall(data)
        except OSError:
            pass  # it has closed already
        said = b""
        try:
            while more := connection.recv(65536):
                said += more
        except OSError:
            pass
        return said


class Malformed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.running = service.on_linux()
        cls.s = cls.running.__enter__()
        cls.addClassCleanup(cls.running.__exit__, None, None, None)

    def status(self, data):
        said = talk(self.s, data)
        return int(said.split(b" ")[1]) if said.startswith(b"HTTP/1.1 ") else said

    def test_heads(self):
        name = b"GET /os/name HTTP/1.1\r\n"
        end = b"Connection: close\r\n\r\n"
        self.assertEqual(self.status(name + end), 200)
        self.assertEqual(self.status(name + b"".join(b"X-%d: y\r\n" % i for i in range(200)) + end),
                         431)
        self.assertEqual(self.status(name + b"X: " + b"y" * 100_000 + b"\r\n" + end), 431)
        self.assertIn(self.status(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + end),
                      (b"", 414, 431))
        self.assertEqual(self.status(b"GET /" + b"a" * 8000 + b" HTTP/1.1\r\n" + end), 404)
        # The longest address that is taken, where a body is read, too.
        self.assertEqual(self.status(b"POST /" + b"a" * 8000 + b" HTTP/1.1\r\n" + end), 404)
        for wrong in (b"\r\n\r\n", b"GET\r\n\r\n", b"\0\1\2\3\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                      b"G" * 5000 + b" / HTTP/1.1\r\n\r\n"):
            self.assertIn(self.status(wrong), (400, b""))

    def test_lengths(self):
        post = b"POST /env/X?val=1 HTTP/1.1\r\nHost: x\r\n"
        for wrong in (b"Content-Length: -1\r\n", b"Content-Length: 1x\r\n",
                      b"Content-Length: 5\r\nContent-Length: 6\r\n",
                      b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"):
            self.assertEqual(self.status(post + wrong + b"\r\nabcdef"), 400, wrong)
        self.assertEqual(self.status(post + b"Content-Length: 99999999\r\n\r\n"), 413)
        chunk = b"Transfer-Encoding: chunked\r\n\r\n"
        self.assertIn(self.status(post + chunk + b"zz\r\n"), (400, 413))
        self.assertIn(self.status(post + chunk + b"1" * 3_000_000), (400, 413))
        self.assertIn(self.status(post + chunk + b"fffffff\r\n" + b"a" * 3_000_000), (400, 413))

    def test_forms(self):
        head = (b"POST /api/batch HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                b"Content-Length: %d\r\n\r\n")
        for body in (b"", b"--b", b"--b\r\n", b"nothing", b"--b\r\nContent-Disposition: x\r\n\r\n",
                     b"--b\r\n" + b"A" * 100_000, b"--b--\r\n"):
            data = head % len(body) + body + b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
            self.assertIn(self.status(data), (400, 413), body[:30])

    def test_traversal(self):
        for path in ("/file/../etc/passwd?op=GET", "/file/%2e%2e/etc/passwd?op=GET",
                     "/file/etc%2f..%2fshadow?op=GET", "/swagger/../../../etc/passwd",
                     "/swagger/%2e%2e/%2e%2e/etc/passwd", "/dashboard/..%2f..%2fetc/passwd",
                     "/file/etc/pass%00wd?op=GET"):
            data = f"GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n".encode()
            said = talk(self.s, data)
            self.assertIn(int(said.split(b" ")[1]), (400, 404), path)
            self.assertNotIn(b"root:", said)

    def test_noise(self):
        """Requests with random damage: the server answers or closes, and lives."""
        chance = random.Random(4)
        good = [b"GET /os/threads HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                b"POST /api/batch HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                b"Content-Length: 60\r\n\r\nbatch=[{'method':'GET','relative_url':'/os/name'}]"
                b"&a=b&c=d%%20"]
        for _ in range(300):
            data = bytearray(chance.choice(good))
            for _ in range(chance.randrange(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            with self.s.connect(10) as connection:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                try:
                    while connection.recv(65536):
                        pass
                except OSError:
                    pass
        self.s.get("/os/name")

    def test_many_ranges(self):
        ranges = ",".join("0-" for _ in range(1000))
        answer = self.s.request("GET", "/file/etc/passwd?op=GET", headers={
            "Range": "bytes=" + ranges})
        self.assertLess(len(answer.body), 1_000_000)


class Crowds(unittest.TestCase):
    def test_slow_clients(self):
        """Each has 15 s for a request; others are served meanwhile."""
        with service.on_linux("--connections", "64") as s:
            slow = [s.connect(60) for _ in range(40)]
            for c in slow:
                c.sendall(b"GET /os/name HTTP/1.1\r\n")
            start = time.monotonic()
            while time.monotonic() - start < 20:
                for c in slow:
                    try:
                        c.sendall(b"X")
                    except OSError:
                        pass
                before = time.monotonic()
                s.get("/os/name")
                self.assertLess(time.monotonic() - before, 10)
                time.sleep(1)
            # All have been shown the door.
            for c in slow:
                c.settimeout(5)
                try:
                    while c.recv(4096):
                        pass
                except ConnectionError:
                    pass
                c.close()

    def test_too_many(self):
        with service.on_linux("--connections", "4") as s:
            idle = [s.connect() for _ in range(4)]
            time.sleep(0.3)
            with s.connect() as one_more:
                one_more.settimeout(20)
                self.assertTrue(one_more.recv(4096).startswith(b"HTTP/1.1 503 "))
            for c in idle:
                c.close()
            time.sleep(1)
            s.get("/os/name")

    def test_upload_limit(self):
        with service.on_linux("--max-upload", "100000") as s:
            path = f"/file{s.folder}/x"
            s.ask("POST", path, 413, body=b"x" * 100_001)
            s.ask("POST", path, 413, body=(b"x" * 1000 for _ in range(200)))
            s.ask("POST", path, body=b"x" * 100_000)
            names = [e["pathSuffix"] for e in s.get(f"/file{s.folder}", op="LISTSTATUS")]
            self.assertEqual(names, [".", "..", "x"])


class Rights(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="osprey-rest."))
        cls.addClassCleanup(shutil.rmtree, cls.folder)

    def test_token(self):
        (self.folder / "token").write_text("s3cret\n")
        with service.on_linux("--token-file", str(self.folder / "token")) as s:
            for headers in ({}, {"Authorization": "Bearer wrong!"}, {"Authorization": "s3cret"},
                            {"Authorization": "Bearer "}, {"Cookie": "osprey_session="},
                            {"Cookie": "osprey_session=s3cret"}):
                for method, path in (("GET", "/os/name"), ("POST", "/api/stop"),
                                     ("GET", "/metrics"), ("PUT", "/file/tmp/x?op=MKDIRS"),
                                     ("GET", "/nothing"), ("GET", "/swagger/")):
                    self.assertEqual(s.request(method, path, headers=headers).status, 401)
            good = {"Authorization": "Bearer s3cret"}
            self.assertEqual(s.request("GET", "/os/name", headers=good).status, 200)
            browser = s.request("GET", "/os/name", headers={"Accept": "text/html"})
            self.assertEqual((browser.status, browser.headers["Location"]), (303, "/login"))
            self.assertEqual(s.request("GET", "/login").status, 200)
            s.ask("POST", "/login", 401, form={"token": "wrong"})
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            entry = s.request("POST", "/login", "token=s3cret", form)
            self.assertEqual(entry.status, 303)
            cookie = entry.headers["Set-Cookie"]
            self.assertIn("HttpOnly; SameSite=Strict", cookie)
            self.assertNotIn("s3cret", cookie)
            self.assertEqual(s.request("GET", "/os/name", headers={
                "Cookie": "a=b; " + cookie.split(";")[0]}).status, 200)

    def test_other_sites(self):
        with service.on_linux() as s:
            evil = {"Origin": "http://evil.example"}
            self.assertEqual(s.request("POST", "/env/X?val=1", headers=evil).status, 403)
            own = {"Origin": f"http://127.0.0.1:{s.port}"}
            self.assertEqual(s.request("GET", "/os/name", headers=own).status, 200)
        with service.on_linux("--access-allow", "true") as s:
            answer = s.request("GET", "/os/name", headers=evil)
            self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")

    def make_certificates(self):
        def run(*words):
            subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)
        for name in ("ca", "other"):
            run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out",
                name + ".pem", "-days", "2", "-subj", "/CN=" + name)
        for name, authority in (("server", "ca"), ("client", "ca"), ("stranger", "other")):
            run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out",
                name + ".csr", "-subj", "/CN=" + name)
            run("x509", "-req", "-in", name + ".csr", "-CA", authority + ".pem", "-CAkey",
                authority + ".key", "-CAcreateserial", "-out", name + ".pem", "-days", "2")

    def secure_status(self, port, client=None, versions=None):
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        context.check_hostname = False
        if client:
            context.load_cert_chain(self.folder / f"{client}.pem", self.folder / f"{client}.key")
        if versions:
            context.minimum_version, context.maximum_version = versions
        with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
            with context.wrap_socket(plain) as s:
                s.sendall(b"GET /file/etc/passwd?op=GET HTTP/1.1\r\nConnection: close\r\n\r\n")
                said = b""
                while more := s.recv(65536):
                    said += more
                return int(said.split(b" ")[1]) if said else 0

    def test_tls(self):
        self.make_certificates()
        files = [f"--{option}={self.folder}/{name}" for option, name in (
            ("cert", "server.pem"), ("key", "server.key"), ("cacert", "ca.pem"))]
        with service.on_linux("--ssl", *files, wait=False) as s:
            limit = time.monotonic() + 60
            while True:
                try:
                    self.assertEqual(self.secure_status(s.port, "client"), 200)
                    break
                except ConnectionRefusedError:
                    self.assertLess(time.monotonic(), limit)
                    time.sleep(0.1)
            both = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
            self.assertEqual(self.secure_status(s.port, "client", both), 200)
            for client in (None, "stranger"):
                with self.assertRaises(OSError):
                    self.assertEqual(self.secure_status(s.port, client), 0)
                    raise OSError
            old = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
            with self.assertRaises((OSError, ValueError)):
                self.secure_status(s.port, "client", old)
            self.assertEqual(talk(s, b"GET / HTTP/1.1\r\n\r\n")[:5] == b"HTTP/", False)
            # A client that never finishes its handshake does not stop others.
            with s.connect() as silent:
                silent.sendall(b"\x16\x03")
                self.assertEqual(self.secure_status(s.port, "client"), 200)


if __name__ == "__main__":
    unittest.main()

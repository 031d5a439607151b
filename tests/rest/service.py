# SPDX-License-Identifier: BSD-3-Clause
"""The REST server under test, on Linux or in a guest, and a client that knows only HTTP."""
import contextlib
import ctypes
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OSPREY_BUILD", ROOT / "build"))
SERVER = BUILD / "modules/httpserver/httpserver"
START_SECONDS = 400  # image and boot on a machine that is busy
PR_SET_PDEATHSIG = 1


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)


class Service:
    """A server that runs. Ends with the `with` statement."""

    on_guest = False

    def __init__(self, port, folder):
        self.port = port
        self.folder = folder  # where tests may write, as the server sees it
        self.host = "127.0.0.1"

    def request(self, method, path, body=None, headers=None, timeout=120):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, status=200, **query):
        return self.ask("GET", path, status, query)

    def ask(self, method, path, status=200, query=None, form=None, body=None, headers=None):
        """A request that must have this status. @return its JSON, or bytes if it is none."""
        headers = dict(headers or {})
        if query:
            path += "?" + urllib.parse.urlencode(query)
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self.request(method, path, body, headers)
        assert answer.status == status, f"{method} {path}: {answer.status} {answer.body[:300]}"
        if answer.headers.get("Content-Type", "").startswith("application/json"):
            return answer.json()
        return answer.body

    def connect(self, timeout=60):
        return socket.create_connection((self.host, self.port), timeout=timeout)

    def wait_ready(self, process, path="/os/name"):
        limit = time.monotonic() + START_SECONDS
        while time.monotonic() < limit:
            if process.poll() is not None:
                raise RuntimeError(f"it ended with status {process.returncode}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.request("GET", path, timeout=5).status in (200, 401):
                    return
            time.sleep(0.1)
        raise RuntimeError("it never was ready")


def die_with_parent():
    """A test that is killed leaves nothing behind that holds its output open."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@contextlib.contextmanager
def on_linux(*options, wait=True):
    """The server on this machine. Never asked to switch it off: see power tests."""
    folder = tempfile.mkdtemp(prefix="osprey-rest.")
    port = free_port()
    process = subprocess.Popen([SERVER, "--ipaddress", "127.0.0.1", "--port", str(port),
                                "--www", str(BUILD / "share/osprey/httpserver/www"), *options],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               preexec_fn=die_with_parent)
    service = Service(port, folder)
    service.process = process
    try:
        if wait:
            service.wait_ready(process)
        yield service
        assert process.poll() is None, f"the server ended with status {process.returncode}"
    finally:
        process.terminate()
        try:
            process.wait(60)
        finally:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def in_guest(*options, program=("sleep", "100000"), wait=True):
    """The server in a guest, beside a program."""
    port = free_port()
    state = tempfile.mkdtemp(prefix="osprey-rest.")
    environment = dict(os.environ, OSPREY_STATE=state)
    process = subprocess.Popen([BUILD / "osprey", "run", "-q", f"--api={port}", *options, *program],
                               stdin=subprocess.DEVNULL, env=environment, start_new_session=True)
    service = Service(port, "/tmp")
    service.on_guest = True
    service.process = process
    try:
        if wait:
            service.wait_ready(process)
        yield service
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)  # the second one stops the machine
        process.wait(120)
        shutil.rmtree(state, ignore_errors=True)


def multipart(field, data, filename="file"):
    """Body and headers as `curl -F` makes them."""
    mark = "----osprey8d1f"
    body = (f"--{mark}\r\nContent-Disposition: form-data; name=\"{field}\""
            + (f"; filename=\"{filename}\"" if filename else "")
            + "\r\nContent-Type: application/octet-stream\r\n\r\n").encode()
    body += data + f"\r\n--{mark}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={mark}"}

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""test_load.py [--guest] [--seconds N] [--clients N]: many clients, no leak."""
import argparse
import http.client
import re
import sys
import threading
import time

import service

PATHS = ("/os/threads", "/os/name", "/metrics", "/network/ifconfig", "/env", "/fs/df",
         "/file/etc/hosts?op=GET", "/file/etc?op=LISTSTATUS", "/os/memory/free", "/api-doc/os")


class Load:
    def __init__(self, s):
        self.s = s
        self.stop = False
        self.requests = 0
        self.failures = []
        self.lock = threading.Lock()

    def client(self, number):
        connection = None
        done = 0
        while not self.stop:
            try:
                if connection is None or done % 50 == 0:
                    if connection:
                        connection.close()
                    connection = http.client.HTTPConnection("127.0.0.1", self.s.port, timeout=120)
                connection.request("GET", PATHS[(number + done) % len(PATHS)])
                answer = connection.getresponse()
                answer.read()
                if answer.status not in (200, 503):
                    raise OSError(f"status {answer.status}")
            except (OSError, http.client.HTTPException) as e:
                self.failures.append(repr(e))
                connection = None
            done += 1
        if connection:
            connection.close()
        with self.lock:
            self.requests += done

    def run(self, clients, seconds):
        self.stop = False
        threads = [threading.Thread(target=self.client, args=(i,)) for i in range(clients)]
        for t in threads:
            t.start()
        time.sleep(seconds)
        self.stop = True
        for t in threads:
            t.join()

    def footprint(self):
        """Resident memory in KiB and descriptors of the server, by itself."""
        status = self.s.get("/file/proc/self/status", op="GET").decode()
        files = self.s.get("/file/proc/self/fd", op="LISTSTATUS")
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]), len(files)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--guest", action="store_true")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--clients", type=int, default=100)
    options = parser.parse_args()
    with service.in_guest("-c", "2") if options.guest else service.on_linux() as s:
        load = Load(s)
        load.run(options.clients, max(options.seconds // 3, 3))  # until memory is warm
        time.sleep(12)  # threads without work leave after 10 s
        before = load.footprint()
        load.run(options.clients, options.seconds)
        time.sleep(12)
        after = load.footprint()
    print(f"{load.requests} requests, {len(load.failures)} failures; KiB and descriptors: "
          f"{before} before, {after} after")
    if load.failures:
        sys.exit(f"failures: {load.failures[:5]}")
    if after[1] > before[1] + 2:
        sys.exit("descriptors leak")
    if after[0] > before[0] * 1.25 + 2048:
        sys.exit("memory leaks")


if __name__ == "__main__":
    main()

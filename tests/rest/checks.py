# SPDX-License-Identifier: BSD-3-Clause
"""Every request of the API, against a server that `service` of the class below gives."""
import http.client
import json
import re
import struct
import time
import unittest

import service


class Checks(unittest.TestCase):
    service = None  # of the module that runs these

    def get(self, path, status=200, **query):
        return self.service.get(path, status, **query)

    def ask(self, *words, **options):
        return self.service.ask(*words, **options)

    # os

    def test_identity(self):
        self.assertEqual(self.get("/os/name"), "Osprey" if self.service.on_guest else "Linux")
        if self.service.on_guest:
            self.assertRegex(self.get("/os/version"), r"^v0\.\d+")
        self.assertEqual(self.get("/os/vendor"), "Osprey")

    def test_uptime(self):
        before = self.get("/os/uptime")
        time.sleep(2)
        self.assertIn(self.get("/os/uptime") - before, range(1, 60))

    def test_date(self):
        self.assertRegex(self.get("/os/date"), r"^... ... \d\d \d\d:\d\d:\d\d UTC 20\d\d$")

    def test_memory(self):
        total, free = self.get("/os/memory/total"), self.get("/os/memory/free")
        self.assertGreater(total, 256 << 20)
        self.assertGreater(free, 0)
        self.assertLess(free, total)
        self.assertGreaterEqual(self.get("/os/memory/balloon"), 0)

    def test_hostname(self):
        self.assertIsInstance(self.get("/os/hostname"), str)
        if self.service.on_guest:
            old = self.get("/os/hostname")
            self.assertEqual(self.ask("POST", "/os/hostname", query={"name": "falcon"}), "")
            self.assertEqual(self.get("/os/hostname"), "falcon")
            self.assertEqual(self.ask("POST", "/os/hostname", form={"name": old}), "")
        message = self.ask("POST", "/os/hostname", 400)
        self.assertEqual(message, {"message": "Missing mandatory parameter 'name'", "code": 400})

    def test_threads(self):
        before = self.get("/os/threads")
        self.assertAlmostEqual(before["time_ms"] / 1000, time.time(), delta=3600)
        time.sleep(2)
        after = self.get("/os/threads")
        seconds = (after["time_ms"] - before["time_ms"]) / 1000
        idle = [[t for t in answer["list"] if t["name"] == "idle1"] for answer in (before, after)]
        self.assertEqual([len(i) for i in idle], [1, 1])
        self.assertEqual(idle[0][0]["cpu"], 1)
        used = (idle[1][0]["cpu_ms"] - idle[0][0]["cpu_ms"]) / 1000
        self.assertGreaterEqual(used, 0)
        self.assertLess(used, seconds * 1.2 + 0.5)
        if self.service.on_guest:
            self.assertGreater(used, seconds * 0.3)
        ids = [t["id"] for t in after["list"]]
        self.assertEqual(len(ids), len(set(ids)))
        for t in after["list"]:
            self.assertEqual(set(t), {"id", "cpu", "cpu_ms", "switches", "migrations", "pid",
                                      "preemptions", "priority", "stack_size", "status", "name"})
            self.assertIn(t["status"], ("waiting", "running", "terminated"))
            self.assertIsInstance(t["priority"], float)
        self.assertIn("httpserver", [t["name"] for t in after["list"]])

    def test_dmesg(self):
        if not self.service.on_guest:
            answer = self.service.request("GET", "/os/dmesg")
            self.assertIn(answer.status, (200, 403))  # as the kernel lets us
            return
        self.assertIn("Osprey", self.get("/os/dmesg"))
        answer = self.service.request("GET", "/os/dmesg?since=0")
        following = int(answer.headers["Osprey-Log-Next"])
        self.assertIn("Osprey", answer.json())
        self.assertGreater(following, 1)
        one = self.get("/os/dmesg", since=following - 1)
        self.assertGreaterEqual(one.count("\n"), 1)
        self.assertLess(len(one), len(answer.json()))
        self.assertEqual(self.get("/os/dmesg", since=10**9), "")

    def test_command_line(self):
        self.assertEqual(self.get("/os/cmdline"), self.get("/file/proc/cmdline", op="GET")
                         .decode().strip())
        self.ask("POST", "/os/cmdline", 501, query={"cmdline": "/bin/true"})
        self.ask("POST", "/os/cmdline", 400, form={"cmdline": "x" * 3000})

    # env

    def test_environment(self):
        self.assertEqual(self.ask("POST", "/env/OSPREY_TEST", query={"val": "a b=ü"}), "")
        self.assertIn("OSPREY_TEST=a b=ü", self.get("/env/"))
        self.assertEqual(self.get("/env"), self.get("/env/"))
        self.assertEqual(self.get("/env/OSPREY_TEST"), "a b=ü")
        self.ask("POST", "/env/OSPREY_TEST", form={"val": "2"})
        self.assertEqual(self.get("/env/OSPREY_TEST"), "2")
        self.assertEqual(self.ask("DELETE", "/env/OSPREY_TEST"), "")
        self.get("/env/OSPREY_TEST", 400)
        self.assertEqual(self.ask("DELETE", "/env/OSPREY_TEST"), "")
        self.ask("POST", "/env/A%3DB", 400, query={"val": "1"})
        self.ask("POST", "/env/A", 400)

    # file

    def test_listing(self):
        entries = {e["pathSuffix"]: e for e in self.get("/file/etc", op="LISTSTATUS")}
        self.assertIn("hosts", entries)
        self.assertLessEqual({".", ".."}, set(entries))
        self.assertEqual(entries["hosts"]["owner"], "root")
        found = self.get("/file/et%3F/hos*", op="LISTSTATUS")
        self.assertIn("hosts", [e["pathSuffix"] for e in found])
        self.get("/file/et%3F/nothing*", 404, op="LISTSTATUS")
        self.assertEqual([e["pathSuffix"] for e in self.get("/file/etc/hosts", op="LISTSTATUS")],
                         ["hosts"])
        self.assertIn("etc", [e["pathSuffix"] for e in self.get("/file//", op="LISTSTATUS")])

    def test_status(self):
        status = self.get("/file/etc/hosts", op="GETFILESTATUS")
        self.assertEqual(list(status), ["accessTime", "blockSize", "group", "length",
                                        "modificationTime", "owner", "pathSuffix", "permission",
                                        "replication", "type"])
        self.assertEqual((status["type"], status["blockSize"], status["replication"],
                          status["permission"]), ("FILE", 512, 1, "644"))
        self.assertEqual(len(self.get("/file/etc/hosts", op="GET")), status["length"])
        self.get("/file/no/such", 404, op="GETFILESTATUS")
        self.get("/file/no/such", 404, op="LISTSTATUS")
        self.assertEqual(self.get("/file/no/such", 404, op="GET"),
                         {"message": "Page not found", "code": 404})
        self.get("/file/etc/hosts", 400)
        self.get("/file/etc/hosts", 400, op="STEAL")

    def test_file_operations(self):
        base = "/file" + self.service.folder + "/work"
        self.assertEqual(self.ask("PUT", base + "/a/b", query={"op": "MKDIRS"}), b"")
        write = {"op": "WRITE", "content": "hello", "overwrite": "true", "permission": "640"}
        self.assertEqual(self.ask("PUT", base + "/a/f", query=write), b"")
        self.ask("PUT", base + "/a/f", form={"op": "WRITE", "content": " world"})
        self.assertEqual(self.get(base + "/a/f", op="GET"), b"hello world")
        self.assertEqual(self.get(base + "/a/f", op="GET", offset=3, length=4), b"lo w")
        self.assertEqual(self.get(base + "/a/f", op="GET", offset=100), b"")
        self.assertEqual(self.get(base + "/a/f", op="GETFILESTATUS")["permission"], "640")
        self.ask("PUT", base + "/x/y/f", 404, query=write)
        self.ask("PUT", base + "/x/y/f", query=dict(write, createParent="true"))
        path = self.service.folder + "/work"
        self.ask("PUT", base + "/a/f",
                 query={"op": "COPY", "destination": path + "/a/g", "permission": "600"})
        self.assertEqual(self.get(base + "/a/g", op="GET"), b"hello world")
        self.assertEqual(self.get(base + "/a/g", op="GETFILESTATUS")["permission"], "600")
        self.ask("PUT", base + "/a/none", 404, query={"op": "COPY", "destination": path + "/z"})
        self.ask("PUT", base + "/a/g", query={"op": "RENAME", "destination": path + "/a/h"})
        self.get(base + "/a/g", 404, op="GET")
        self.ask("PUT", base + "/a/h", 400, query={"op": "RENAME"})
        self.ask("PUT", base + "/a/h", 400, query={"op": "RENAME", "destination": "/x/../y"})
        self.ask("DELETE", base + "/a/h", query={"op": "DELETE"})
        self.ask("DELETE", base + "/a/h", 404, query={"op": "DELETE"})
        self.ask("DELETE", base, 400, query={"op": "DELETE"})
        self.ask("DELETE", base, query={"op": "DELETE", "recursive": "true"})
        self.get(base, 404, op="GETFILESTATUS")

    def test_upload(self):
        data = b"".join(b"%d\n" % i for i in range(128_000))
        path = f"/file{self.service.folder}/upload"
        body, headers = service.multipart("filedata", data)
        self.assertEqual(self.ask("POST", path, body=body, headers=headers), b"")
        self.assertEqual(self.get(path, op="GET") == data, True)
        # Chunked, and not as a form.
        chunks = (data[i:i + 70_000] for i in range(0, len(data), 70_000))
        self.ask("POST", path + "2", body=chunks,
                 headers={"Content-Type": "application/octet-stream"})
        self.assertEqual(self.get(path + "2", op="GET") == data, True)
        part = self.service.request("GET", path + "?op=GET", headers={"Range": "bytes=10-19"})
        self.assertEqual((part.status, part.body), (206, data[10:20]))
        self.ask("POST", "/file/no/such/folder/f", 404, body=body, headers=headers)
        for name in ("", "2"):
            self.ask("DELETE", path + name, query={"op": "DELETE"})
        left = [e["pathSuffix"] for e in self.get("/file" + self.service.folder, op="LISTSTATUS")]
        self.assertEqual([n for n in left if n.startswith("upload")], [])

    def test_large_file(self):
        """Files larger than what the server keeps in memory go both ways."""
        size = 64 << 20 if self.service.on_guest else 256 << 20
        piece = bytes(range(256)) * 4096
        path = f"/file{self.service.folder}/large"

        def pieces():
            for _ in range(size // len(piece)):
                yield piece
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=300)
        connection.request("POST", path, pieces(), {"Content-Length": str(size),
                                                    "Content-Type": "application/octet-stream"})
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.read()), (200, b""))
        connection.request("GET", path + "?op=GET")
        answer = connection.getresponse()
        self.assertEqual(int(answer.headers["Content-Length"]), size)
        for _ in range(size // len(piece)):
            self.assertEqual(answer.read(len(piece)) == piece, True)
        connection.close()
        status = self.get("/file/proc/self/status", op="GET").decode()
        peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) if "VmHWM" in status else 0
        self.assertLess(peak, 100 << 10)
        self.ask("DELETE", path, query={"op": "DELETE"})

    def test_kernel_files(self):
        """Files whose size is not known before."""
        self.assertIn(b"processor", self.get("/file/proc/cpuinfo", op="GET"))
        self.assertIn(b"MemTotal", self.get("/file/proc/meminfo", op="GET", length=20))

    def test_content_types(self):
        folder = self.service.folder
        for name, kind in (("a.html", "text/html"), ("b.js", "text/javascript"),
                           ("c.json", "application/json"), ("d", "text/plain")):
            self.ask("PUT", f"/file{folder}/{name}",
                     query={"op": "WRITE", "content": "{}", "overwrite": "1"})
            answer = self.service.request("GET", f"/file{folder}/{name}?op=GET")
            self.assertEqual(answer.headers["Content-Type"], kind)
            self.ask("DELETE", f"/file{folder}/{name}", query={"op": "DELETE"})

    # fs, hardware, network

    def test_df(self):
        mounts = self.get("/fs/df/")
        self.assertEqual(mounts[0]["mount"], "/")
        for m in mounts:
            self.assertEqual(list(m), ["filesystem", "mount", "btotal", "bfree", "ftotal",
                                       "ffree", "blocksize"])
            self.assertLessEqual(m["bfree"], m["btotal"])
        self.assertEqual(self.get("/fs/df/%2F")[0]["mount"], "/")
        self.assertEqual(self.get("/fs/df/no/such", 404),
                         {"message": "mount does not exist", "code": 404})

    def test_hardware(self):
        self.assertIn("sse2", self.get("/hardware/processor/flags").split())
        self.assertGreaterEqual(self.get("/hardware/processor/count"), 1)
        self.assertGreater(len(self.get("/hardware/firmware/vendor")), 0)
        self.assertIn(self.get("/hardware/hypervisor"),
                      ("kvm", "xen", "vmware", "hyperv", "Unknown"))

    def test_interfaces(self):
        interfaces = self.get("/network/ifconfig/")
        names = [i["config"]["name"] for i in interfaces]
        self.assertIn("lo", names)
        for i in interfaces:
            self.assertEqual(list(i), ["config", "data", "time"])
            self.assertRegex(i["config"]["flags"], r"^[0-7]+<[A-Z,]*>$")
            self.assertEqual(len(i["data"]), 32)
            self.assertEqual(len(i["data"]["ifi_iwakeup_stats"]), 6)
        for name in ("lo", "lo0"):
            loopback = self.get("/network/ifconfig/" + name)["config"]
            self.assertEqual((loopback["addr"], loopback["mask"], loopback["phys_addr"]),
                             ("127.0.0.1", "255.0.0.0", ""))
        if self.service.on_guest:
            card = self.get("/network/ifconfig/eth0")
            self.assertEqual(card["config"]["addr"], "10.0.2.15")
            self.assertEqual(card["config"]["mtu"], "1500")
            self.assertRegex(card["config"]["phys_addr"], r"^([0-9a-f]{2}:){5}[0-9a-f]{2}$")
            self.assertGreater(card["data"]["ifi_ipackets"], 0)
        self.assertEqual(self.get("/network/ifconfig/nix", 404)["message"],
                         "Interface nix not found")

    def test_routes(self):
        routes = self.get("/network/route/")
        for r in routes:
            self.assertEqual(list(r), ["destination", "gateway", "flags", "netif", "ipv6"])
            self.assertGreaterEqual(len(r["flags"]), 6)
        if self.service.on_guest:
            default = [r for r in routes if r["destination"] == "default" and not r["ipv6"]]
            self.assertEqual([(r["gateway"], r["flags"], r["netif"]) for r in default],
                             [("10.0.2.2", "UGS   ", "eth0")])

    # app

    def test_app(self):
        self.ask("POST", "/env/GREETING", query={"val": "from the environment"})
        target = self.service.folder + "/app-output"
        self.ask("PUT", f"/file{self.service.folder}/app-input",
                 query={"op": "WRITE", "content": "text", "overwrite": "true"})
        self.ask("PUT", f"/file{self.service.folder}/script", query={
            "op": "WRITE", "overwrite": "true", "content": "# a comment\nsleep 0.1 &\nsleep '0.2'\n"})
        ids = self.ask("PUT", "/app/", query={"command": "sleep 0.3 & sleep 1000"})
        self.assertRegex(ids, r"^\d+ \d+$")
        short, long = ids.split()
        self.wait_finished(short)
        self.assertEqual(self.get("/app/finished", tid=long), "0")
        both = self.ask("PUT", "/app", form={"command": f"runscript {self.service.folder}/script",
                                             "new_program": "true"}).split()
        self.assertEqual(len(both), 2)
        for tid in both:
            self.wait_finished(tid)
        self.assertEqual(self.get("/app/finished", tid=99999999), "1")
        self.assertEqual(self.ask("PUT", "/app/", 400, query={"command": "a ; b"})["message"],
                         "The use of ; is not allowed, use & for multiple commands")
        for wrong in ("sleep '1", "& sleep 1", "${"):
            self.ask("PUT", "/app/", 400, query={"command": wrong})
        self.ask("PUT", "/app/", 500, query={"command": "/no/such/program"})
        self.ask("PUT", "/app/", 400)
        self.get("/app/finished", 400, tid="x")
        self.assertEqual(self.get("/app/finished", tid=long), "0")
        for name in ("app-input", "script"):
            self.ask("DELETE", f"/file{self.service.folder}/{name}", query={"op": "DELETE"})

    def wait_finished(self, tid):
        limit = time.monotonic() + 60
        while self.get("/app/finished", tid=tid) != "1":
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.1)

    # batch and descriptions

    def test_batch(self):
        batch = ('[{"method":"GET","relative_url":"/os/name"},'
                 "{'relative_url':'os/no/such','method':'GET'},"
                 '{"method":"GET","relative_url":"/file/etc/hosts?op=GET"}]')
        for body, headers in (service.multipart("batch", batch.encode(), None),
                              ("batch=" + urlencode(batch),
                               {"Content-Type": "application/x-www-form-urlencoded"})):
            answers = self.ask("POST", "/api/batch", body=body, headers=headers)
            self.assertEqual([a["code"] for a in answers], [200, 404, 200])
            self.assertEqual(answers[0]["body"], self.get("/os/name"))
            self.assertEqual(answers[1]["body"]["code"], 404)
            self.assertEqual(answers[2]["body"].encode(), self.get("/file/etc/hosts", op="GET"))
        for wrong in ("", "x", "{}", "[1]", '[{"method":"GET"}]', "[" * 100_000,
                      '[{"method":"GET","relative_url":{"a":{}}}]',
                      '[{"method":"STEAL","relative_url":"/"}]'):
            self.ask("POST", "/api/batch", 400, form={"batch": wrong})

    def test_descriptions(self):
        listing = self.get("/api-doc")
        self.assertEqual((listing["apiVersion"], listing["swaggerVersion"]), ("0.0.1", "1.2"))
        groups = [a["path"] for a in listing["apis"]]
        self.assertLessEqual({"/api", "/app", "/env", "/file", "/fs", "/hardware", "/network",
                              "/os", "/trace"}, set(groups))
        described = set()
        for group in groups:
            old = self.get("/api-doc" + group)
            self.assertEqual(old["basePath"], f"http://127.0.0.1:{self.service.port}")
            for path in old["apis"]:
                described |= {(path["path"], o["method"].lower()) for o in path["operations"]}
        self.get("/api-doc/nothing", 404)
        new = self.get("/openapi.json")
        self.assertTrue(new["openapi"].startswith("3."))
        self.assertEqual({(p, m) for p, methods in new["paths"].items() for m in methods},
                         described)
        names = [o["operationId"] for methods in new["paths"].values() for o in methods.values()]
        self.assertEqual(len(names), len(set(names)))
        for reference in re.findall(r'"\$ref":"#/components/schemas/([^"]+)"', json.dumps(
                new, separators=(",", ":"))):
            self.assertIn(reference, new["components"]["schemas"])

    def test_swagger_pages(self):
        page = self.service.request("GET", "/swagger/")
        if page.status == 404:
            self.assertIn(b"not built in", page.body)
            return
        self.assertEqual(page.headers["Content-Type"], "text/html")
        for name in re.findall(rb'(?:src|href)="([^"]+)"', page.body):
            self.assertEqual(self.service.request("GET", f"/swagger/{name.decode()}").status, 200)
        redirect = self.service.request("GET", "/")
        self.assertEqual((redirect.status, redirect.headers["Location"]), (301, "/dashboard/"))

    # metrics

    def test_metrics(self):
        answer = self.service.request("GET", "/metrics")
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        samples, kind = {}, {}
        for line in answer.body.decode().splitlines():
            if line.startswith("# TYPE "):
                name, kind[name] = line.split()[2], line.split()[3]
                self.assertIn(line.split()[3], ("counter", "gauge"))
            elif not line.startswith("#"):
                found = re.fullmatch(r'([a-z_A-Z0-9:]+)(\{[a-z]+="[^\n]*"\})? (\S+)', line)
                self.assertTrue(found, line)
                self.assertIn(found[1], kind)
                float(found[3])
                self.assertNotIn(found[1] + (found[2] or ""), samples)
                samples[found[1] + (found[2] or "")] = float(found[3])
        for name in ("node_cpu_seconds_total", "node_memory_MemTotal_bytes", "node_load1",
                     "node_network_receive_bytes_total", "node_filesystem_size_bytes",
                     "node_context_switches_total", "node_boot_time_seconds", "osprey_info",
                     "osprey_thread_cpu_seconds_total", "node_vmstat_pgfault",
                     "node_disk_reads_completed_total", "node_procs_running"):
            self.assertIn(name, kind)
        self.assertTrue(any('name="httpserver"' in s for s in samples))
        self.assertAlmostEqual(samples["node_time_seconds"], time.time(), delta=3600)

    # behaviour on the wire

    def test_methods(self):
        options = self.service.request("OPTIONS", "/os/name")
        self.assertEqual((options.status, options.body), (200, b""))
        head = self.service.request("HEAD", "/os/name")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(self.service.request("PATCH", "/os/name").status, 200)
        self.ask("PUT", "/os/name", 405)
        self.assertEqual(self.ask("GET", "/nothing", 404), {"message": "Not found", "code": 404})

    def test_keep_alive(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=60)
        for _ in range(50):
            connection.request("GET", "/os/uptime")
            answer = connection.getresponse()
            self.assertEqual(answer.version, 11)
            int(answer.read())
            self.assertIsNotNone(connection.sock)
        # A body that nobody asked for does not disturb what follows.
        connection.request("POST", "/nothing", b"GET /x HTTP/1.1\r\n\r\n")
        answer = connection.getresponse()
        self.assertEqual(answer.status, 404)
        answer.read()
        connection.request("GET", "/os/uptime")
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()

    def test_http_1_0(self):
        with self.service.connect() as s:
            s.sendall(b"GET /os/name HTTP/1.0\r\n\r\n")
            text = b""
            while more := s.recv(4096):
                text += more
        head, body = text.split(b"\r\n\r\n", 1)
        self.assertIn(b" 200 ", head.splitlines()[0])
        self.assertIn(f"content-length: {len(body)}".encode(), head.lower())
        with self.service.connect() as s:
            s.sendall(b"GET /file/proc/cpuinfo?op=GET HTTP/1.0\r\n\r\n")
            text = b""
            while more := s.recv(65536):
                text += more
        self.assertNotIn(b"chunked", text.lower().split(b"\r\n\r\n")[0])

    def test_post_without_length(self):
        """As `curl -X POST` sends it."""
        with self.service.connect() as s:
            s.sendall(b"POST /env/NO_LENGTH?val=1 HTTP/1.1\r\nHost: x\r\n\r\n")
            s.settimeout(10)
            self.assertIn(b" 200 ", s.recv(4096))
        self.ask("DELETE", "/env/NO_LENGTH")

    def test_parameters(self):
        """The body's parameters come before those of the URL."""
        self.ask("POST", "/env/WHICH", query={"val": "url"}, form={"val": "body"})
        self.assertEqual(self.get("/env/WHICH"), "body")
        self.ask("DELETE", "/env/WHICH")
        message = self.ask("DELETE", "/file/tmp/x", 400,
                           query={"op": "DELETE", "recursive": "maybe"})
        self.assertEqual(message["message"], "Invalid value maybe use true/false or 0/1")

    # trace

    def trace_or_none(self):
        answer = self.service.request("GET", "/trace/status")
        if answer.status == 501:
            self.assertIn("tracefs", answer.json()["message"])
            self.skipTest("there is no tracefs")
        return answer.json()

    def test_trace_status(self):
        events = self.trace_or_none()
        names = [e["name"] for e in events]
        self.assertIn("sched_switch", names)
        for e in events:
            self.assertEqual(list(e), ["name", "id", "enabled", "backtrace"])
        some = self.get("/trace/status", match="^mutex_lock")
        self.assertEqual([e["name"] for e in some], [n for n in names if n.startswith("mutex_lock")])
        before = self.get("/trace/status", match="mutex")
        for enabled in ("true", "false"):
            for backtrace in ("true", "false"):
                old = self.ask("POST", "/trace/status",
                               query={"match": "mutex", "enabled": enabled, "backtrace": backtrace})
                self.assertEqual(old, before)
                before = self.get("/trace/status", match="mutex")
                self.assertEqual({(e["enabled"], e["backtrace"]) for e in before},
                                 {(enabled == "true", backtrace == "true")})
                for e in before:
                    self.assertEqual(self.get("/trace/event/" + e["id"]), e)
        for wrong in ("\\(", "[", "a\\{1,9999\\}", "\\(a*\\)*\\1", "x" * 201):
            self.get("/trace/status", 400, match=wrong)
        self.ask("POST", "/trace/status", 400, query={"match": "mutex"})

    def test_trace_event(self):
        self.trace_or_none()
        old = self.ask("POST", "/trace/event/sched_switch", query={"enabled": "true"})
        self.assertEqual(old["enabled"], False)
        self.assertEqual(self.get("/trace/event/sched_switch")["enabled"], True)
        self.ask("POST", "/trace/event/sched_switch", form={"enabled": "false"})
        self.assertEqual(self.get("/trace/event/sched_switch")["enabled"], False)
        for wrong in ("nothing", "..", "%2e%2e", "sched%2Fsched_switch"):
            self.assertIn(self.service.request("GET", "/trace/event/" + wrong).status, (400, 404))

    def test_trace_sampler(self):
        self.trace_or_none()
        self.assertEqual(self.ask("POST", "/trace/sampler", query={"freq": 100}),
                         "Sampler started successfully")
        self.assertEqual(self.ask("POST", "/trace/sampler", form={"freq": 0}),
                         "Sampler stopped successfully")
        self.ask("POST", "/trace/sampler", 400, query={"freq": 100001})
        self.ask("POST", "/trace/sampler", 400)

    def test_trace_buffers(self):
        self.trace_or_none()
        data = self.get("/trace/buffers")
        self.assertEqual(data[:10], b"\x17\x08\x44tracing")
        self.assertEqual(data[10:12], b"6\0")
        self.assertEqual(struct.unpack_from("<BBI", data, 12), (0, 8, 4096))
        self.assertIn(b"header_page\0", data)
        at = data.index(b"flyrecord\0") + 10
        cpus = struct.unpack_from("<I", data, data.index(b"options  \0") - 4)[0]
        end = 0
        for cpu in range(cpus):
            start, size = struct.unpack_from("<QQ", data, at + 16 * cpu)
            self.assertEqual((start % 4096, size % 4096), (0, 0))
            end = max(end, start + size)
        self.assertEqual(end, len(data))


def urlencode(text):
    import urllib.parse
    return urllib.parse.quote(text)

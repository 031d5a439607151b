#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Stands in for QEMU and the guest: speaks the channels of docs/host-guest.md.

OSPREY_FAKE names what the "program" does; OSPREY_FAKE_NOTES is a file that it leaves notes in.
"""
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

arguments = sys.argv[1:]
channels = {}
for word, value in zip(arguments, arguments[1:]):
    if word == "-chardev" and value.startswith("socket,"):
        fields = dict(f.split("=", 1) for f in value.split(",")[1:])
        channels[fields["id"]] = socket.socket(fileno=int(fields["fd"]))


def note(**facts):
    if path := os.environ.get("OSPREY_FAKE_NOTES"):
        with open(path, "a") as file:
            file.write(json.dumps(facts) + "\n")


def event(kind, **fields):
    channels["control"].sendall(json.dumps({"event": kind, **fields}).encode() + b"\n")


def log(text):
    channels["log"].sendall(text.encode() + b"\r\n")


def boot():
    log("osprey: kernel starts")
    event("booted", boot_us=123456, cpus=2, memory=512 << 20, version="0.1.0")


def finish(code=0, status=0):
    event("exit", code=code)
    sys.exit(status)


def control_lines():
    text = b""
    while chunk := channels["control"].recv(65536):
        text += chunk
        while b"\n" in text:
            line, text = text.split(b"\n", 1)
            message = json.loads(line)
            note(control=message)
            yield message


def out(data):
    channels["console"].sendall(data)


def hello():
    boot()
    out(b"hello\n")
    channels.get("stderr", channels["console"]).sendall(b"warning\n")
    finish(int(os.environ.get("OSPREY_FAKE_CODE", "0")))


def echo():
    """Like cat: gives back all of stdin, and ends at its end."""
    boot()
    channels["console"].setblocking(False)
    control = channels["control"]
    control.setblocking(False)
    seen, wanted, pending = 0, None, b""
    while wanted is None or seen < wanted or pending:
        for take in (lambda: control.recv(65536), lambda: channels["console"].recv(65536)):
            try:
                data = take()
            except BlockingIOError:
                continue
            if data.startswith(b'{"stdin_eof"'):
                wanted = json.loads(data)["stdin_eof"]
            else:
                seen, pending = seen + len(data), pending + data
        if pending:
            try:
                pending = pending[channels["console"].send(pending):]
            except BlockingIOError:
                pass
        time.sleep(0.0005)
    finish()


def lacks():
    boot()
    log("[    1.000000] linux: frob (system call 999) is not implemented: ENOSYS")
    finish(1)


def killed():
    boot()
    log("crash: rip 0x401136 reads address 0x0")
    event("exit", signal=11)


def obey():
    """Ends by the first signal that comes."""
    boot()
    out(b"ready\n")
    for message in control_lines():
        if "signal" in message:
            event("exit", signal=message["signal"])
            return


def deaf():
    """Hears signals and goes on."""
    boot()
    out(b"ready\n")
    for _ in control_lines():
        pass
    time.sleep(600)


def listens():
    """Opens a port as QEMU's user network does, and says how many clients may wait there."""
    door = socket.create_server(("127.0.0.1", 0), backlog=1)
    boot()
    queue = 1
    for _ in range(300):
        told = subprocess.run(["ss", "-ltnH", f"sport = :{door.getsockname()[1]}"],
                              capture_output=True, text=True, check=True).stdout
        queue = int(told.split()[2])
        if queue > 1:
            break
        time.sleep(0.1)
    out(f"{queue}\n".encode())
    finish()


def no_boot():
    log("osprey: kernel starts")
    note(pid=os.getpid())
    time.sleep(600)


def lingers():
    """Says exit, and does not power off."""
    note(pid=os.getpid())
    boot()
    event("exit", code=3)
    time.sleep(600)


def panics():
    boot()
    log("PANIC: page fault in kernel mode")
    log("  at osprey::memory::fault")
    event("panic", message="page fault in kernel mode")
    sys.exit(127)


def panics_early():
    log("PANIC: no memory map")
    sys.exit(127)


def vanishes():
    log("osprey: kernel starts")
    sys.exit(0)


def refuses():
    sys.stderr.write("qemu-system-x86_64: invalid accelerator foo\n")
    sys.exit(1)


def not_found():
    event("error", message="there is no program /no/such")
    finish(127)


def floods():
    boot()
    block = bytes(range(256)) * 256
    for _ in range(160):  # 10 MiB
        out(block)
    finish()


def garbles():
    channels["control"].sendall(b"no json\n{\"event\":5}\n\xff\xfe\n[1]\n")
    hello()


def dumps_arguments():
    note(arguments=arguments, pid=os.getpid())
    hello()


def stays():
    note(pid=os.getpid())
    deaf()


def with_agent():
    """A guest that is this machine: the agent runs here, whenever it is wanted."""
    boot()
    port = channels["agent"]
    running = []

    def follow():
        running[0].wait()
        running.clear()
        event("agent", ended=True)

    for message in control_lines():
        if "agent" in message and not running:
            running.append(subprocess.Popen([os.environ["OSPREY_FAKE_AGENT"], str(port.fileno())],
                                            pass_fds=[port.fileno()]))
            threading.Thread(target=follow, daemon=True).start()
        elif "signal" in message:
            if running:
                running[0].kill()
            finish()


def no_agent():
    boot()
    for message in control_lines():
        if "agent" in message:
            event("agent", error="the image has no agent (/usr/lib/osprey/agent)")
        elif "signal" in message:
            finish()


def mad_agent():
    """An agent that says hello and then breaks every rule."""
    boot()
    for message in control_lines():
        if "agent" in message:
            port = channels["agent"]
            port.sendall(b"rubbish\nosprey-agent" + b"\nosprey-agent 1\n" + bytes(16))
            port.recv(32)
            # A frame of 4 GB, of a kind that does not exist, of nobody's channel.
            port.sendall(b"\xff" * 64)
        elif "signal" in message:
            finish()


def flooding_agent():
    """An agent that sends much more than it may."""
    boot()
    for message in control_lines():
        if "agent" in message:
            port = channels["agent"]
            port.sendall(b"\nosprey-agent 1\n" + bytes(16))
            port.recv(32)
            head = port.recv(8)
            channel = head[4:6]
            try:
                for _ in range(2000):
                    port.sendall((16384).to_bytes(4, "little") + channel + b"\x10\0" + bytes(16384))
            except OSError:
                pass
        elif "signal" in message:
            finish()


def terminal():
    """Shows keys in hexadecimal until q."""
    boot()
    out(b"ready\r\n")
    console, control = channels["console"], channels["control"]
    lines = control_lines()
    while True:
        ready, _, _ = select.select([console, control], [], [])
        if control in ready:
            next(lines)  # leaves a note
        elif (key := console.recv(1)) == b"q":
            break
        else:
            out(key.hex().encode() + b"\r\n")
    finish(7)


if "--version" in arguments:
    print("QEMU emulator version 0 (fake)")
    sys.exit(0)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
globals()[os.environ.get("OSPREY_FAKE", "hello")]()

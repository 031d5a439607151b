# SPDX-License-Identifier: BSD-3-Clause
"""A folder that looks like tracefs. Its files are ordinary: they keep what is written to them."""
import pathlib

FORMAT = """name: {name}
ID: {number}
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

print fmt: "x"
"""
EVENTS = {"sched": ["sched_switch", "sched_wakeup"], "mutex": ["mutex_lock", "mutex_lock_wait"],
          "syscalls": ["syscall_openat"]}


def make(folder):
    root = pathlib.Path(folder)
    number = 300
    for system, names in EVENTS.items():
        for name in names:
            event = root / "events" / system / name
            event.mkdir(parents=True)
            (event / "enable").write_text("0\n")
            (event / "trigger").write_text("")
            (event / "count").write_text("off\n")
            (event / "format").write_text(FORMAT.format(name=name, number=number))
            number += 1
        (root / "events" / system / "enable").write_text("0\n")
    (root / "events/header_page").write_text("\tfield: u64 timestamp;\toffset:0;\tsize:8;\n")
    (root / "events/header_event").write_text("# compressed entry header\n")
    for name, text in {"counts": "", "sampler": "0\n", "stacks": "", "printk_formats": "",
                       "saved_cmdlines": "1 init\n", "trace_clock": "[local] global\n"}.items():
        (root / name).write_text(text)
    for cpu in range(2):
        path = root / f"per_cpu/cpu{cpu}"
        path.mkdir(parents=True)
        (path / "trace_pipe_raw").write_bytes(bytes([cpu + 1]) * 4096 * (cpu + 1))
    return root

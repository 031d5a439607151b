# SPDX-License-Identifier: BSD-3-Clause
"""Files and folders that several tests need and that the first of them makes."""
import contextlib
import fcntl
import shutil
import subprocess


@contextlib.contextmanager
def locked(path):
    """One process at a time for `path`."""
    with open(path.with_name(path.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path


def made_once(path, make):
    """`path`, made by `make(partial)` unless it is there: whole or not at all."""
    if not path.exists():
        with locked(path):
            if not path.exists():
                partial = path.with_name(path.name + ".partial")
                if partial.is_dir():
                    shutil.rmtree(partial)
                make(partial)
                partial.rename(path)
    return path


def unpacked(image):
    """The folder with what is in an image."""
    return made_once(image.with_suffix(".root"), lambda partial: subprocess.run(
        ["fsck.erofs", f"--extract={partial}", image], check=True, capture_output=True))

#!/usr/bin/env python3
"""What an idle daemon costs: its start, its memory, its processor time.

    footprint.py TROUPE [--starts N] [--seconds N] [--devices 1,10,100]

TROUPE is the launcher, such as runtime/target/troupe/bin/troupe. Starts are measured with and without the AOT cache if
there is one beside it (bin/make-aot-cache makes it). Prints Markdown; reads /proc, so it is for Linux.
"""

import argparse
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PATIENCE_SECONDS = 120
POLL_SECONDS = 0.002
TICKS = os.sysconf("SC_CLK_TCK")


class Daemon:
    """A running daemon with so many disks in memory; its start took `start_seconds` by the clock."""

    def __init__(self, troupe, devices, folder):
        self.folder = pathlib.Path(folder)
        disks = "\n".join(f"disk{i} {{ type = blk, back-end = memory, size = 64 MiB }}" for i in range(devices))
        config = self.folder / "troupe.conf"
        config.write_text(
            f'troupe {{ socket-directory = "{folder}", control-socket = "{folder}/control.sock"\n'
            f"devices {{\n{disks}\n}} }}\n"
        )
        last = self.folder / f"disk{devices - 1}.sock"
        self.log = open(self.folder / "log", "w")
        begin = time.monotonic()
        self.process = subprocess.Popen(
            [troupe, "run", str(config)],
            stdout=self.log,
            stderr=self.log,
        )
        while not listens(last):
            if self.process.poll() is not None or time.monotonic() - begin > PATIENCE_SECONDS:
                sys.exit(f"The daemon did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(POLL_SECONDS)
        self.start_seconds = time.monotonic() - begin
        self.start_processor_seconds = self.processor_seconds()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_SECONDS)
        self.log.close()

    def kib(self, key):
        rollup = pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith(key + ":"))

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def switches(self):
        """Context switches of each thread."""
        counts = {}
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            try:
                status = (task / "status").read_text().splitlines()
            except FileNotFoundError:
                continue  # The thread has ended meanwhile.
            name = status[0].split(None, 1)[1]
            counts[task.name, name] = sum(int(line.split()[1]) for line in status if "ctxt_switches" in line)
        return counts


def listens(path):
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
        return True
    except OSError:
        return False


def without_cache(troupe, folder):
    """A launcher beside the same libraries but no AOT cache. Java's own switch would turn its own archive off as well."""
    home = pathlib.Path(troupe).resolve().parent.parent
    copy = pathlib.Path(folder)
    (copy / "lib").mkdir()
    for file in (home / "lib").iterdir():
        if file.name != "troupe.aot":
            (copy / "lib" / file.name).symlink_to(file)
    shutil.copytree(home / "bin", copy / "bin")
    return str(copy / "bin" / "troupe")


def starts(troupe, count):
    seconds = []
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder, Daemon(troupe, 1, folder) as daemon:
            seconds.append((daemon.start_seconds, daemon.start_processor_seconds))
    return zip(*seconds)


def idle(troupe, devices, seconds):
    with tempfile.TemporaryDirectory() as folder, Daemon(troupe, devices, folder) as daemon:
        time.sleep(5)  # What the start left to compile.
        before, used = daemon.switches(), daemon.processor_seconds()
        time.sleep(seconds)
        after, used_after = daemon.switches(), daemon.processor_seconds()
        by_thread = {}
        for key, count in after.items():
            by_thread[key[1]] = by_thread.get(key[1], 0) + count - before.get(key, 0)
        busiest = sorted(by_thread.items(), key=lambda item: -item[1])[:3]
        return {
            "rss": daemon.kib("Rss") / 1024,
            "own": daemon.kib("Private_Dirty") / 1024,
            "threads": len(after),
            "switches": sum(by_thread.values()) / seconds,
            "cpu": 100 * (used_after - used) / seconds,
            "busiest": ", ".join(f"{name} {count / seconds:.1f}" for name, count in busiest if count),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("troupe")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--devices", default="1,10,100")
    arguments = parser.parse_args()
    cache = pathlib.Path(arguments.troupe).resolve().parent.parent / "lib" / "troupe.aot"

    print(f"{os.cpu_count()} processors; load average at the start {os.getloadavg()[0]:.1f}\n")
    print("| start to listening, s | least | median | most | processor time, median |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        launchers = [("without AOT cache", without_cache(arguments.troupe, folder))]
        if cache.exists():
            launchers.append(("with AOT cache", arguments.troupe))
        for name, launcher in launchers:
            s, cpu = starts(launcher, arguments.starts)
            print(f"| {name} | {min(s):.2f} | {statistics.median(s):.2f} | {max(s):.2f} | {statistics.median(cpu):.2f} |", flush=True)
    print(
        "\n| idle devices | resident MiB | of it written by it alone | threads | processor % | context switches/s |"
        " the busiest threads |\n| --- | --- | --- | --- | --- | --- | --- |"
    )
    for devices in map(int, arguments.devices.split(",")):
        i = idle(arguments.troupe, devices, arguments.seconds)
        print(
            f"| {devices} | {i['rss']:.0f} | {i['own']:.0f} | {i['threads']} | {i['cpu']:.1f} | {i['switches']:.1f} |"
            f" {i['busiest']} |",
            flush=True,
        )
    print(f"\nload average at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()

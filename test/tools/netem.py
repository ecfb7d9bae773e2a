#!/usr/bin/python3
"""A bad link for tests: two TUN devices in two network namespaces, joined by this process, which loses, delays, copies and
reorders what passes. Runs as root on Linux, with nothing but Python.

usage: netem.py NAMESPACE_A ADDRESS_A NAMESPACE_B ADDRESS_B [options]     addresses with their prefix length; see --help
prints `ready` when both ends are up; loses everything from SIGUSR1 to SIGUSR2; ends on SIGTERM with its counters as JSON."""
import argparse
import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x1, 0x1000
CLONE_NEWNET = 0x40000000
DEVICE = "em0"
MAX_PACKET = 65536
QUEUE_SECONDS = 0.3
PACKETS_A_TURN = 64


def options():
    parser = argparse.ArgumentParser()
    for name in ("namespace_a", "address_a", "namespace_b", "address_b"):
        parser.add_argument(name)
    parser.add_argument("--loss", type=float, default=0, help="percent of the packets, each way")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds, each way")
    parser.add_argument("--jitter", type=float, default=0, help="milliseconds more or less")
    parser.add_argument("--rate", type=float, default=0, help="kbit/s; what does not fit into a queue of 300 ms is lost")
    parser.add_argument("--duplicate", type=float, default=0, help="percent")
    parser.add_argument("--reorder", type=float, default=0, help="percent that is not delayed")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def open_tun(namespace):
    """A namespace belongs to a thread: this one goes there to open the device, and comes back."""
    libc = ctypes.CDLL("libc.so.6", use_errno=True)

    def enter(fd):
        if libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"entering {namespace}")

    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    enter(there)
    try:
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    finally:
        enter(home)
        os.close(home)
        os.close(there)
    return fd


def open_end(namespace, address):
    fd = open_tun(namespace)
    for command in (f"addr add {address} dev {DEVICE}", f"link set {DEVICE} mtu 1500 up"):
        subprocess.check_call(["ip", "-n", namespace, *command.split()])
    return fd


class Link:
    def __init__(self, chosen, a, b):
        self.loss, self.duplicate, self.reorder = chosen.loss / 100, chosen.duplicate / 100, chosen.reorder / 100
        self.delay, self.jitter, self.bytes_per_second = chosen.delay / 1e3, chosen.jitter / 1e3, chosen.rate * 125
        self.random = random.Random(chosen.seed)
        self.other = {a: b, b: a}
        self.busy_until = {a: 0.0, b: 0.0}
        self.is_down = False
        self.underway = []
        self.count = 0
        self.counters = dict(received=0, lost=0, sent=0, overflown=0)

    def turn(self):
        """Waits for a packet or for the next departure, and does both."""
        now = time.monotonic()
        wait = max(0, self.underway[0][0] - now) if self.underway else 1
        readable, _, _ = select.select(list(self.other), [], [], wait)
        now = time.monotonic()
        for fd in readable:
            for _ in range(PACKETS_A_TURN):
                try:
                    self.take(fd, os.read(fd, MAX_PACKET), now)
                except BlockingIOError:
                    break
        now = time.monotonic()
        while self.underway and self.underway[0][0] <= now:
            _, _, fd, packet = heapq.heappop(self.underway)
            try:
                os.write(fd, packet)
                self.counters["sent"] += 1
            except OSError:
                pass

    def take(self, fd, packet, now):
        self.counters["received"] += 1
        if self.is_down or self.random.random() < self.loss:
            self.counters["lost"] += 1
            return
        for _ in range(2 if self.random.random() < self.duplicate else 1):
            at = now
            if self.bytes_per_second:
                at = max(now, self.busy_until[fd])
                if at - now > QUEUE_SECONDS:
                    self.counters["overflown"] += 1
                    continue
                at += len(packet) / self.bytes_per_second
                self.busy_until[fd] = at
            is_early = self.random.random() < self.reorder
            delay = 0 if is_early else self.delay + self.random.uniform(-self.jitter, self.jitter)
            self.count += 1
            heapq.heappush(self.underway, (at + max(0, delay), self.count, self.other[fd], packet))


def main():
    chosen = options()
    a = open_end(chosen.namespace_a, chosen.address_a)
    b = open_end(chosen.namespace_b, chosen.address_b)
    link = Link(chosen, a, b)

    def set_down(is_down):
        link.is_down = is_down

    def end(*_):
        print(json.dumps(link.counters), flush=True)
        sys.exit(0)

    signal.signal(signal.SIGUSR1, lambda *_: set_down(True))
    signal.signal(signal.SIGUSR2, lambda *_: set_down(False))
    signal.signal(signal.SIGTERM, end)
    print("ready", flush=True)
    while True:
        link.turn()


main()

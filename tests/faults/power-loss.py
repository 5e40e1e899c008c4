#!/usr/bin/env python3
"""power-loss.py BEFORE JOURNAL DIR AFTER SEED [--no-sync]

What a disk may hold when the power goes: AFTER becomes the directory BEFORE
with the deeds of JOURNAL (of power-loss.c, about files below DIR) that are
certain, and of the others what SEED says. Certain is what was done to a file
before its last sync, and a new, renamed or deleted name after a sync of its
directory. Of the rest, each sector of 512 octets, each change of size and each
name may have reached the disk or not, in whatever order. A memory map, such as
SQLite's -shm, is gone. --no-sync: a disk that only says it has synced; tests
use it to see that they would notice."""
import argparse
import os
import random
import shutil
import struct

SECTOR = 512


def deeds(path):
    with open(path, "rb") as journal:
        while head := journal.read(28):
            deed = head[:4].decode().strip()
            path_length, length, offset = struct.unpack("3Q", head[4:])
            name = journal.read(path_length).decode()
            yield deed, name, offset, journal.read(length)


class Disk:
    """Names lead to files; a file is its octets on the disk, and what has not
    been synced yet."""

    def __init__(self, before, root):
        self.durable = {}   # name -> file, on the disk
        self.names = {}     # name -> file, as the process sees it
        self.renames = []   # (deed, name, new name, file), not certain yet
        for folder, _, files in os.walk(before):
            for name in files:
                full = os.path.join(folder, name)
                with open(full, "rb") as stream:
                    file = {"octets": bytearray(stream.read()), "pending": []}
                seen = os.path.join(root, os.path.relpath(full, before))
                self.durable[seen] = self.names[seen] = file

    def do(self, deed, name, offset, data, lies):
        if deed == "new":
            self.names[name] = {"octets": bytearray(), "pending": []}
            self.renames.append(("new", name, None, self.names[name]))
        elif deed in ("put", "cut"):
            self.names[name]["pending"].append((deed, offset, data))
        elif deed == "gone":
            self.renames.append(("gone", name, None, self.names.pop(name, None)))
        elif deed == "name":
            new = data.decode()
            self.names[new] = self.names.pop(name)
            self.renames.append(("name", name, new, self.names[new]))
        elif deed == "sync" and not lies:
            self.sync(name)

    def sync(self, name):
        if name in self.names:
            file = self.names[name]
            for change in file["pending"]:
                apply(file["octets"], change)
            file["pending"] = []
            return
        kept = []
        for rename in self.renames:
            if os.path.dirname(rename[1]) == name.rstrip("/"):
                self.settle(rename)
            else:
                kept.append(rename)
        self.renames = kept

    def settle(self, rename):
        deed, name, new, file = rename
        if deed == "new":
            self.durable[name] = file
        else:
            self.durable.pop(name, None)
        if deed == "name":
            self.durable[new] = file

    def lose_power(self, dice):
        share = dice.choice([0.0, 0.2, 0.5, 0.8, 1.0])
        for rename in self.renames:
            if dice.random() < share:
                self.settle(rename)
        for file in self.durable.values():
            for change in file["pending"]:
                for part in sectors(change):
                    if dice.random() < share:
                        apply(file["octets"], part)


def sectors(change):
    deed, offset, data = change
    if deed == "cut":
        return [change]
    parts = []
    while data:
        length = SECTOR - offset % SECTOR
        parts.append((deed, offset, data[:length]))
        offset, data = offset + length, data[length:]
    return parts


def apply(octets, change):
    deed, offset, data = change
    if deed == "cut":
        del octets[offset:]
    if len(octets) < offset:
        octets.extend(bytes(offset - len(octets)))
    octets[offset:offset + len(data)] = data


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("before")
    parser.add_argument("journal")
    parser.add_argument("dir")
    parser.add_argument("after")
    parser.add_argument("seed", type=int)
    parser.add_argument("--no-sync", action="store_true")
    o = parser.parse_args()
    disk = Disk(o.before, o.dir)
    for deed in deeds(o.journal):
        disk.do(*deed, o.no_sync)
    disk.lose_power(random.Random(o.seed))
    shutil.rmtree(o.after, ignore_errors=True)
    for name, file in disk.durable.items():
        if not name.endswith("-shm"):
            full = os.path.join(o.after, os.path.relpath(name, o.dir))
            os.makedirs(os.path.dirname(full), mode=0o700, exist_ok=True)
            with open(full, "wb") as stream:
                stream.write(file["octets"])
            os.chmod(full, 0o600)


main()

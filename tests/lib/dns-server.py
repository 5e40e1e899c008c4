#!/usr/bin/env python3
"""dns-server.py ZONE PORT-FILE [53] - a DNS server of a few records on 127.0.0.1, for
tests; with 53 on that port, in a network of its own (unshare -n), where it
switches the loopback interface on

A line of ZONE is NAME TYPE VALUE; TYPE is A, AAAA, MX, TXT, PTR, CNAME, FAIL
(SERVFAIL) or SILENT (no answer). TXT strings are cut at 255 octets. A name that
has no line is NXDOMAIN. The file is read anew for every question. The port goes
to PORT-FILE. UDP only. (Not dns.py: Python's module dns would be found here.)
"""
import fcntl
import ipaddress
import os
import socket
import struct
import sys

TYPES = {'A': 1, 'CNAME': 5, 'PTR': 12, 'MX': 15, 'TXT': 16, 'AAAA': 28}


def name_bytes(name):
    out = b''
    for label in name.rstrip('.').split('.'):
        if label:
            out += bytes([len(label)]) + label.encode()
    return out + b'\0'


def data_bytes(kind, value):
    if kind in ('A', 'AAAA'):
        return ipaddress.ip_address(value).packed
    if kind == 'MX':
        preference, host = value.split()
        return struct.pack('>H', int(preference)) + name_bytes(host)
    if kind == 'TXT':
        raw = value.encode()
        return b''.join(bytes([len(raw[i:i + 255])]) + raw[i:i + 255]
                        for i in range(0, max(len(raw), 1), 255))
    return name_bytes(value)


def read_zone(path):
    zone = {}
    for line in open(path, encoding='utf-8'):
        parts = line.strip().split(None, 2)
        if len(parts) >= 2 and not line.startswith('#'):
            zone.setdefault(parts[0].lower(), []).append(
                (parts[1], parts[2] if len(parts) > 2 else ''))
    return zone


def answer(zone, question):
    ident, flags, _, _, _, _ = struct.unpack('>6H', question[:12])
    at, labels = 12, []
    while question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode())
        at += 1 + question[at]
    asked = struct.unpack('>H', question[at + 1:at + 3])[0]
    name = '.'.join(labels).lower()
    records, code, owner = [], 0, name
    kinds = [k for k, _ in zone.get(name, [])]
    if 'SILENT' in kinds:
        return None
    if 'FAIL' in kinds:
        code = 2
    elif not kinds:
        code = 3
    for _ in range(8):
        target = [v for k, v in zone.get(owner, []) if k == 'CNAME']
        records += [(owner, k, v) for k, v in zone.get(owner, [])
                    if k == 'CNAME' or TYPES.get(k) == asked]
        if not target:
            break
        owner = target[0].lower()
    body = b''
    for owner, kind, value in records:
        data = data_bytes(kind, value)
        body += name_bytes(owner) + struct.pack(
            '>HHIH', TYPES[kind], 1, 60, len(data)) + data
    head = struct.pack('>6H', ident, 0x8180 | code, 1, len(records), 0, 0)
    return head + question[12:at + 5] + body


def main():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    alone = sys.argv[3:] == ['53']
    if alone: # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING
        fcntl.ioctl(server, 0x8914, struct.pack('16sh14x', b'lo', 0x41))
    server.bind(('127.0.0.1', 53 if alone else 0))
    with open(sys.argv[2] + '.new', 'w', encoding='ascii') as out:
        out.write('%d\n' % server.getsockname()[1])
    os.rename(sys.argv[2] + '.new', sys.argv[2])
    while True:
        question, peer = server.recvfrom(4096)
        reply = answer(read_zone(sys.argv[1]), question)
        if reply:
            server.sendto(reply, peer)


main()

#!/usr/bin/env python3
"""Verify signatures with dkimpy. check-dkim.py RECORDS.json FILE..

RECORDS.json is what `nurture dkim dns --json` printed; there is no other DNS.
Prints `FILE INDEX ok` or `FILE INDEX fail` for each signature found. With
--break HOW each file is changed first:
  body    one bit of its last letter
  header  one bit of the Subject
  from, list-unsubscribe  another such field is added on top
"""
import json
import re
import sys

import dkim


def changed(message, how):
    head, _, body = message.partition(b"\r\n\r\n")
    if how == "body":
        at = max(i for i, c in enumerate(body) if chr(c).isalpha())
        body = body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
    elif how == "header":
        at = re.search(rb"(?im)^Subject: ", head).end()
        head = head[:at] + bytes([head[at] ^ 1]) + head[at + 1:]
    elif how == "from":
        head = b"From: Eve <eve@example.com>\r\n" + head
    elif how == "list-unsubscribe":
        head = b"List-Unsubscribe: <https://example.com/>\r\n" + head
    elif how:
        sys.exit("--break " + how)
    return head + b"\r\n\r\n" + body


def main(args):
    how = None
    if args[0] == "--break":
        how, args = args[1], args[2:]
    with open(args[0], encoding="utf-8") as file:
        records = json.load(file)["records"]
    for record in records:
        assert all(len(s) <= 255 for s in record["strings"])
    dns = {r["name"] + ".": "".join(r["strings"]) for r in records}

    def lookup(name, timeout=5):
        name = name.decode() if isinstance(name, bytes) else name
        return dns.get(name, "").encode() or None

    for path in args[1:]:
        with open(path, "rb") as file:
            message = changed(file.read(), how)
        found = len(re.findall(rb"(?im)^DKIM-Signature:", message))
        for index in range(found):
            try:
                good = dkim.DKIM(message).verify(idx=index, dnsfunc=lookup)
            except dkim.DKIMException:
                good = False
            print(path.rsplit("/", 1)[-1], index, "ok" if good else "fail")


main(sys.argv[1:])

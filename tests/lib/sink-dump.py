#!/usr/bin/env python3
"""sink-dump.py DUMPS OUT - smtp-sink's dump files as they were on the wire.

Takes away the header fields that smtp-sink puts on top and its empty line at
the end, gives the line ends back, writes OUT/*.eml, and prints one line per
mail: recipient, Message-ID, SHA-256 of the bytes. A dump that ends in the
middle is no mail."""
import hashlib, pathlib, re, sys

out = pathlib.Path(sys.argv[2])
out.mkdir(exist_ok=True)
for f in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    lines = f.read_bytes().split(b'\n')
    if lines[-2:] != [b'', b'']:
        continue  # the sink died within this one: it has not accepted it
    args = {}
    while lines[0].startswith((b'X-Client-', b'X-Helo-', b'X-Mail-', b'X-Rcpt-')):
        name, _, value = lines.pop(0).partition(b': ')
        args[name] = value.decode()
    if not lines[0].startswith(b'Received:'):
        sys.exit(f'{f}: not a dump of smtp-sink')
    lines.pop(0)
    while lines[0].startswith(b'\t'):
        lines.pop(0)
    lines.pop()
    raw = b'\r\n'.join(lines)
    (out / (f.name + '.eml')).write_bytes(raw)
    rcpt = re.search(r'<([^>]*)>', args[b'X-Rcpt-Args']).group(1)
    mid = re.search(rb'^Message-ID: <([^>]*)>', raw, re.M | re.I).group(1).decode()
    print(rcpt, mid, hashlib.sha256(raw).hexdigest())

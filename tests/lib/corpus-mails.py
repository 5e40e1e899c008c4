#!/usr/bin/env python3
"""corpus-mails.py CORPUS SENT OUT - other people's mail, as answers to ours.

SENT is the sink's folder, SENT.log its log: every mail there gets one answer
from the labelled corpus, rewritten so that it comes from (or speaks of) the
candidate and carries our token: OUT/N.eml. OUT/N.bare.eml is the same
from or about the same candidate without any token of ours. Prints one line
per answer, with tabs:

    N  KIND  CANDIDATE  ENVELOPE-RECIPIENT  RETURN-DATE  SOURCE

KIND is reply, bounce, returned (no token but in the returned copy) or ooo."""
import email, email.policy, pathlib, re, sys

corpus, sent, out = (pathlib.Path(a) for a in sys.argv[1:4])
out.mkdir()

BOUNCES = '''mailman/postfix_01.eml mailman/qmail_04.eml mailman/dsn_13.eml
mailman/dsn_12.eml mailman/exim_01.eml mailman/microsoft_01.eml
mailman/groupwise_02.eml mailman/llnl_01.eml'''.split()


def rows(path):
    lines = path.read_text(encoding='utf-8').splitlines()
    head = lines[0].split('\t')
    return [dict(zip(head, l.split('\t'))) for l in lines[1:]]


def plan():
    labels = {r['file']: r for r in rows(corpus / 'bounces/labels.tsv')}
    for f in BOUNCES:
        yield 'bounce', corpus / 'bounces/raw' / f, labels[f]['recipients'], '-'
    f = BOUNCES[0]
    yield 'returned', corpus / 'bounces/raw' / f, labels[f]['recipients'], '-'
    for r in rows(corpus / 'auto/LABELS.tsv'):
        if '/own-ooo' in r['file'] and r['return_date'].startswith('2026'):
            yield 'ooo', corpus / 'auto' / r['file'], None, r['return_date']
        if '/own-human' in r['file']:
            yield 'reply', corpus / 'auto' / r['file'], None, '-'


def header_set(raw, **fields):
    """Replace or add fields, whatever state the header is in."""
    head, sep, body = re.split(rb'(\r?\n\r?\n)', raw, maxsplit=1)
    for name, value in fields.items():
        name = name.replace('_', '-')
        head = re.sub(rb'(?im)^%s:.*(\n[ \t].*)*\n?' % name.encode(), b'', head).rstrip(b'\r\n')
        if value:
            head += b'\n%s: %s' % (name.encode(), value.encode())
    return head + sep + body


def ours():
    """(candidate, envelope sender, Reply-To address, Message-ID, bytes)"""
    for line in sent.with_suffix('.log').read_text().splitlines():
        m = re.search(r'from=<(\S+)> to=<(\S+)> .*file=(\S+)', line)
        raw = (sent / m[3]).read_bytes()
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        yield m[2], m[1], mail['Reply-To'].addresses[0].addr_spec, mail['Message-ID'], raw


def about(raw, old, candidate):
    """A report on `old` becomes one on the candidate."""
    raw = raw.replace(old.encode(), candidate.encode())
    return re.sub(rb'^From [^\n]*\n', b'', raw)


def write(n, kind, source, old, mail):
    candidate, bounces, reply_to, mid, copy = mail
    raw = source.read_bytes()
    if kind in ('bounce', 'returned'):
        raw = about(raw, old, candidate)
        plain = re.sub(r'\+[^@]*', '', bounces)
        bare = header_set(raw, To=plain, Delivered_To=None)
        full = header_set(raw, To=bounces, Delivered_To=None)
        if kind == 'returned':
            head = copy.split(b'\r\n\r\n')[0].replace(b'\r\n', b'\n')
            full = bare.replace(b'Message removed', head + b'\n\nMessage removed')
            bounces = plain
        rcpt = bounces
    else:
        plain = re.sub(r'\+[^@]*', '', reply_to)
        bare = header_set(raw, From=candidate, To=plain, Delivered_To=None, X_Original_To=None,
                          In_Reply_To=None, References=None)
        full = header_set(raw, From=candidate, To=reply_to, Delivered_To=None, X_Original_To=None,
                          In_Reply_To=mid, References=mid)
        rcpt = reply_to
    # the same mail twice is one event, so the twin gets an id of its own
    bare = header_set(bare, Message_ID=f'<bare-{n}@corpus.example>')
    (out / f'{n}.eml').write_bytes(full)
    (out / f'{n}.bare.eml').write_bytes(bare)
    return candidate, rcpt


sent_mails = list(ours())
for n, (kind, source, old, date) in enumerate(plan()):
    candidate, rcpt = write(n, kind, source, old, sent_mails[n])
    print(n, kind, candidate, rcpt, date, source.relative_to(corpus), sep='\t')

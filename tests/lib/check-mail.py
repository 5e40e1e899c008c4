#!/usr/bin/env python3
"""check-mail.py DIR - every .eml in DIR by the rules of a bulk mail.

Python's own parser must find no defects; the header fields are those of
RFC 5322, 2369, 2919, 8058 and 3834, and the bytes those of RFC 5321.
"""
import email, email.policy, pathlib, re, sys

bad = 0


def check(holds, file, what):
    global bad
    if not holds:
        bad += 1
        print(f'{file.name}: {what}')


files = sorted(pathlib.Path(sys.argv[1]).glob('*.eml'))
check(files, pathlib.Path(sys.argv[1]), 'no mail')
for f in files:
    raw = f.read_bytes()
    m = email.message_from_bytes(raw, policy=email.policy.default)
    for part in m.walk():
        check(not part.defects, f, f'defects {part.defects}')
        for name, value in part.items():
            check(not getattr(value, 'defects', ()), f, f'{name}: {value.defects if hasattr(value, "defects") else ""}')
    check(b'\n' not in raw.replace(b'\r\n', b''), f, 'bare LF')
    check(b'\r' not in raw.replace(b'\r\n', b''), f, 'bare CR')
    check(b'\0' not in raw, f, 'NUL')
    check(max(len(l) for l in raw.split(b'\r\n')) <= 998, f, 'line over 998')
    check(all(l < 128 for l in raw), f, '8-bit byte')
    for once in ('From', 'To', 'Subject', 'Date', 'Message-ID', 'Reply-To', 'MIME-Version'):
        check(len(m.get_all(once, [])) == 1, f, f'{once} {len(m.get_all(once, []))} times')
    for never in ('Bcc', 'Return-Path', 'Received', 'X-Originating-IP', 'Disposition-Notification-To'):
        check(never not in m, f, never)
    check(re.fullmatch(r'<[a-z2-7]{34}@mail\.kestrel\.example>', m['Message-ID']), f, f"Message-ID {m['Message-ID']}")
    check(m['Auto-Submitted'] == 'auto-generated', f, 'Auto-Submitted')
    check(m['List-Unsubscribe-Post'] == 'List-Unsubscribe=One-Click', f, 'List-Unsubscribe-Post')
    check(re.fullmatch(r'<https?://[^ <>]{1,74}>,\s*<mailto:[^<>]+>', m['List-Unsubscribe'] or ''), f,
          f"List-Unsubscribe {m['List-Unsubscribe']}")
    check(re.search(r'<[a-z0-9.-]+\.list\.mail\.kestrel\.example>$', m['List-Id'] or ''), f, f"List-Id {m['List-Id']}")
    check(m.get_content_type() == 'multipart/alternative', f, m.get_content_type())
    kinds = [p.get_content_type() for p in m.iter_parts()]
    check(kinds == ['text/plain', 'text/html'], f, f'parts {kinds}')
    for p in m.iter_parts():
        text = p.get_content()
        check('{{' not in text and '{%' not in text and '*|' not in text, f, 'a tag is left')
        check('Torstraße 1' in text, f, 'no postal address')
        check('/u/' in text, f, 'no way out')
print(f'{len(files)} mails')
sys.exit(bad > 0)

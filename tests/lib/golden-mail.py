#!/usr/bin/env python3
"""golden-mail.py FILE... - mails as a reviewer wants to see them change, by
date and list: header fields, then the text part and the HTML part decoded.
What a relay puts on top is left out; ports of this run are made the same."""
import email, email.policy, email.utils, re, sys

RELAY = {'received', 'return-path', 'delivered-to', 'x-original-to', 'envelope-to', 'delivery-date'}
mails = [email.message_from_binary_file(open(f, 'rb'), policy=email.policy.default) for f in sys.argv[1:]]
mails.sort(key=lambda m: (email.utils.parsedate_to_datetime(m['Date']), m['List-Id']))
for m in mails:
    out = [f'{k}: {v}' for k, v in m.items() if k.lower() not in RELAY]
    for p in m.walk():
        if not p.is_multipart():
            out += ['', f'--- {p.get_content_type()}', p.get_content()]
    text = '\n'.join(out).replace('\r\n', '\n')
    print(re.sub(r'127\.0\.0\.1:\d+', '127.0.0.1:PORT', text))
    print('=' * 78)

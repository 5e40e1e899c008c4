#!/usr/bin/env python3
"""golden-mail.py FILE - a mail as a reviewer wants to see it change: header
fields, then the text part and the HTML part decoded. Ports of this run are
made the same."""
import email, email.policy, re, sys

m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
out = [f'{k}: {v}' for k, v in m.items()]
for p in m.walk():
    if not p.is_multipart():
        out += ['', f'--- {p.get_content_type()}', p.get_content()]
print(re.sub(r'127\.0\.0\.1:\d+', '127.0.0.1:PORT', '\n'.join(out)))
print('=' * 78)

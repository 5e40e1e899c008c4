#!/usr/bin/env python3
"""responder.py PORT SENDER RECIPIENT - a mail on stdin is answered as Exchange
answers for somebody who is away: null sender, to the envelope sender."""
import email, email.policy, smtplib, sys

port, sender, recipient = sys.argv[1:4]
mail = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
answer = f"""From: Kim Berg <{recipient}>\r
To: <{sender}>\r
Subject: Automatic reply: {mail['Subject']}\r
Thread-Topic: {mail['Subject']}\r
Date: {mail['Date']}\r
Message-ID: <away-{mail['Message-ID'][1:12]}@mx.example.org>\r
References: {mail['Message-ID']}\r
In-Reply-To: {mail['Message-ID']}\r
X-MS-Has-Attach:\r
X-Auto-Response-Suppress: All\r
X-MS-Exchange-Inbox-Rules-Loop: {recipient}\r
Auto-Submitted: auto-generated\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
\r
Thank you for your mail. I am out of the office and will be back on\r
Monday, 16 March 2026. I do not read mail until then.\r
"""
with smtplib.SMTP('127.0.0.1', int(port)) as smtp:
    smtp.sendmail('', [sender], answer.encode())

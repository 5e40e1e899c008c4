#!/usr/bin/env python3
"""answer.py PORT FILE TEXT - answer a received mail as a person does, to its
Reply-To, with the mail quoted below."""
import email, email.message, email.policy, smtplib, sys

port, file, text = sys.argv[1:4]
mail = email.message_from_binary_file(open(file, 'rb'), policy=email.policy.default)
reply = email.message.EmailMessage()
reply['From'] = mail['To']
reply['To'] = mail['Reply-To']
reply['Subject'] = f"Re: {mail['Subject']}"
reply['Date'] = mail['Date']
reply['Message-ID'] = f"<answer-{mail['Message-ID'][1:12]}@mx.example.org>"
reply['In-Reply-To'] = reply['References'] = mail['Message-ID']
quoted = '\n'.join('> ' + l for l in mail.get_body(('plain',)).get_content().splitlines())
reply.set_content(f"{text}\n\nOn Tue, 3 Mar 2026 at 10:00, {mail['From']} wrote:\n\n{quoted}\n")
with smtplib.SMTP('127.0.0.1', int(port)) as smtp:
    smtp.send_message(reply)

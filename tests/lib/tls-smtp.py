#!/usr/bin/env python3
"""tls-smtp.py PORT-FILE LOG CERT KEY [OPTION..] - a mail server that does TLS
well, or badly, for tests

  --mode ok|strip|reset|inject|refuse   what STARTTLS comes to
  --auth 'PLAIN LOGIN'  mechanisms that are offered, inside TLS only
  --user U --password P what is accepted; of XOAUTH2 the password is the token
  --per-session N       refuses MAIL with 452 after so many messages
  --plain-only          offers neither STARTTLS nor PIPELINING
  --ca FILE             the client must show a certificate of this CA

LOG gets a line per command and message: 'clear MAIL FROM:..', 'tls AUTH PLAIN',
'tls message 1234', 'tls client CN'. No secret and no content is in it.
"""
import argparse
import base64
import os
import socket
import ssl
import struct
import threading

parser = argparse.ArgumentParser()
for name in ('portfile', 'log', 'cert', 'key'):
    parser.add_argument(name)
parser.add_argument('--mode', default='ok')
parser.add_argument('--auth', default='')
parser.add_argument('--user', default='nurture')
parser.add_argument('--password', default='correct-horse')
parser.add_argument('--ca')
parser.add_argument('--per-session', type=int, default=0)
parser.add_argument('--plain-only', action='store_true')
o = parser.parse_args()
lock = threading.Lock()


def log(text):
    with lock, open(o.log, 'a', encoding='utf-8', errors='replace') as out:
        out.write(text + '\n')


class Session:
    def __init__(self, connection):
        self.connection = connection
        self.state = 'clear'
        self.taken = 0
        self.mail = False
        self.read = connection.makefile('rb')
        self.known = not o.auth

    def say(self, text):
        self.connection.sendall(text.encode() + b'\r\n')

    def line(self):
        return self.read.readline(100000).decode('utf-8', 'replace').rstrip('\r\n')

    def start_tls(self):
        if o.mode == 'refuse':
            self.say('454 4.7.0 TLS not available')
            return True
        if o.mode == 'inject':
            self.say('220 go on\r\n250-AUTH PLAIN\r\n250 OK')
        else:
            self.say('220 go on')
        if o.mode == 'reset':
            self.connection.recv(1)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack('ii', 1, 0))
            return False
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(o.cert, o.key)
        if o.ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(o.ca)
        try:
            self.connection = context.wrap_socket(self.connection, server_side=True)
        except (ssl.SSLError, OSError):
            log('handshake failed')
            return False
        self.read = self.connection.makefile('rb')
        self.state = 'tls'
        if o.ca:
            subject = dict(pair[0] for pair in self.connection.getpeercert()['subject'])
            log('tls client ' + subject['commonName'])
        return True

    def more(self, prompt):
        self.say('334 ' + prompt)
        return self.line()

    def auth(self, words):
        name = words[1].upper()
        log('%s AUTH %s' % (self.state, name))
        first = words[2] if len(words) > 2 else None
        good = False
        if name == 'PLAIN':
            given = base64.b64decode(first if first else self.more('')).split(b'\0')
            good = given == [b'', o.user.encode(), o.password.encode()]
        elif name == 'LOGIN':
            user = base64.b64decode(self.more('VXNlcm5hbWU6'))
            good = user == o.user.encode() and \
                base64.b64decode(self.more('UGFzc3dvcmQ6')) == o.password.encode()
        elif name == 'XOAUTH2':
            want = 'user=%s\1auth=Bearer %s\1\1' % (o.user, o.password)
            good = base64.b64decode(first) == want.encode()
            if not good:
                self.more(base64.b64encode(b'{"status":"400"}').decode())
        self.known |= good
        self.say('235 2.7.0 welcome' if good else '535 5.7.8 no such user or password')

    def command(self, line):
        words = line.split()
        verb = words[0].upper() if words else ''
        if verb == 'AUTH':
            self.auth(words)
            return True
        log('%s %s' % (self.state, line))
        if verb == 'EHLO':
            offers = ['mx.test', '8BITMIME']
            if not o.plain_only:
                offers.append('PIPELINING')
            if self.state == 'clear' and o.mode != 'strip' and not o.plain_only:
                offers.append('STARTTLS')
            if self.state == 'tls' and o.auth:
                offers.append('AUTH ' + o.auth)
            self.say('\r\n'.join('250%s%s' % ('-' if w is not offers[-1] else ' ', w)
                                 for w in offers))
        elif verb == 'STARTTLS':
            return self.start_tls()
        elif verb == 'MAIL' and not self.known:
            self.say('530 5.7.0 log in first')
        elif verb == 'MAIL' and self.taken >= o.per_session > 0:
            self.say('452 4.5.3 Too many messages sent')
            self.mail = False
        elif verb in ('RCPT', 'DATA') and not self.mail:
            self.say('503 5.5.1 no MAIL')
        elif verb == 'MAIL':
            self.mail = True
            self.say('250 2.1.0 ok')
        elif verb == 'DATA':
            self.taken += 1
            self.mail = False
            self.say('354 go on')
            size = 0
            while True:
                content = self.read.readline(100000)
                if content in (b'.\r\n', b''):
                    break
                size += len(content)
            log('%s message %d' % (self.state, size))
            self.say('250 2.0.0 taken')
        elif verb == 'QUIT':
            self.say('221 bye')
            return False
        else:
            self.say('250 2.0.0 ok')
        return True

    def run(self):
        try:
            self.say('220 mx.test ESMTP')
            while True:
                line = self.line()
                if not line or not self.command(line):
                    break
        except (OSError, ValueError, IndexError) as error:
            log('lost %s' % error)
        self.read.close() # it holds the socket open
        self.connection.close()


server = socket.socket()
server.bind(('127.0.0.1', 0))
server.listen(16)
with open(o.portfile + '.new', 'w', encoding='ascii') as out:
    out.write('%d\n' % server.getsockname()[1])
os.rename(o.portfile + '.new', o.portfile)
while True:
    peer, _ = server.accept()
    threading.Thread(target=Session(peer).run, daemon=True).start()

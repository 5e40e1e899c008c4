#!/usr/bin/env python3
"""wire-log.py PORT-FILE TARGET-PORT LOG - between a client and its mail server

Passes on all bytes. LOG gets a line for each transaction whose commands came
without waiting for answers, all in what one read brought: 'MAIL RCPT DATA', or
'. MAIL RCPT DATA' when the dot of the message before came with them. A client
that waits for each answer leaves LOG empty: an answer passes here only after
the command before it has.
"""
import os
import re
import socket
import sys
import threading

port_file, target, log = sys.argv[1], int(sys.argv[2]), open(sys.argv[3], 'a', buffering=1)
together = re.compile(rb'(^|\n)(\.\r\n)?(RSET\r\n)?MAIL FROM:[^\r]*\r\nRCPT TO:[^\r]*\r\nDATA\r\n')


def note(chunk):
    for match in together.finditer(chunk):
        log.write('. MAIL RCPT DATA\n' if match[2] else 'MAIL RCPT DATA\n')


def carry(source, sink, see):
    try:
        while chunk := source.recv(1 << 18):
            see(chunk)
            sink.sendall(chunk)
    except OSError:
        pass
    for s in source, sink:
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def connect(client):
    server = socket.create_connection(('127.0.0.1', target))
    for s in client, server:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    back = threading.Thread(target=carry, args=(server, client, lambda _: None), daemon=True)
    back.start()
    carry(client, server, note)
    back.join()
    client.close()
    server.close()


listener = socket.create_server(('127.0.0.1', 0), backlog=64)
with open(port_file + '.new', 'w') as f:
    f.write(f'{listener.getsockname()[1]}\n')
os.rename(port_file + '.new', port_file)
while True:
    threading.Thread(target=connect, args=(listener.accept()[0],), daemon=True).start()

#!/usr/bin/env python3
"""deliver.py - how fast mail leaves, beside peers in the same run

Prints `name value unit` a line. Ours is the whole way of a message: claimed in
SQLite, composed, asked about, marked durably before its dot, sent, recorded
durably. The peers keep nothing: smtp-source -d is postfix's load generator,
at the number of sessions that suits it best; nodemailer's pool is what a
script would use: handed the same finished message over and over (raw), and
making each person's mail, as ours does (composed). Pairs are interleaved, what
is printed are medians, and processor time is the process's own (user and
system).

  BENCH_MESSAGES     messages per round (10000)
  BENCH_ROUNDS       pairs per sink (3)
  BENCH_CONNECTIONS  ours (those of 50, 100 and 200 that suit it best; 100 for
                     the sizes)
"""
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NURTURE = os.environ.get('NURTURE', ROOT + '/build/nurture')
BUILD = os.path.dirname(NURTURE)
MESSAGES = int(os.environ.get('BENCH_MESSAGES', 10000))
ROUNDS = int(os.environ.get('BENCH_ROUNDS', 3))
CONNECTIONS = int(os.environ.get('BENCH_CONNECTIONS', 0))
TMP = tempfile.mkdtemp(prefix='nurture-bench-')
children = []


def say(name, value, unit):
    print(name, f'{value:.2f}' if unit == 'a/b' else f'{value:.0f}', unit, flush=True)


def timed(command, **kw):
    """Seconds, seconds of processor time, KB of memory."""
    before = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, **kw)
    _, status, use = os.wait4(child.pid, 0)
    child.returncode = status
    if status != 0:
        sys.exit(f'bench: {command[0]} ended with {status}')
    return time.monotonic() - before, use.ru_utime + use.ru_stime, use.ru_maxrss


def server(command, **kw):
    """A child that prints its port."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **kw)
    children.append(child)
    return child, int(child.stdout.readline())


def postfix():
    where = subprocess.check_output(['sh', ROOT + '/tests/lib/postfix-tools.sh'], text=True).strip()
    return where + '/usr/sbin/', dict(os.environ, LD_LIBRARY_PATH=where + '/usr/lib/postfix')


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def smtp_sink():
    import socket
    sbin, env = postfix()
    port = free_port()
    user = ['-u', 'nobody'] if os.getuid() == 0 else []
    children.append(subprocess.Popen([sbin + 'smtp-sink', *user, f'127.0.0.1:{port}', '500'],
                                     env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    for _ in range(200):
        try:
            socket.create_connection(('127.0.0.1', port)).close()
            return port
        except OSError:
            time.sleep(0.05)
    sys.exit('bench: smtp-sink does not answer')


def peer(port, sessions, messages):
    sbin, env = postfix()
    wall, cpu, _ = timed([sbin + 'smtp-source', '-d', '-s', str(sessions), '-m', str(messages), '-l', '8192',
                          '-f', 'bench@example.org', '-t', 'p@example.org', f'127.0.0.1:{port}'], env=env)
    return messages / wall, cpu / messages * 1e6


class Workspace:
    """A launched campaign whose mails wait in the outbox."""

    def __init__(self, messages):
        self.messages, self.home = messages, f'{TMP}/{messages}'
        self.env = dict(os.environ, HOME=self.home, XDG_STATE_HOME=self.home + '/state')
        os.mkdir(self.home)
        self.ws = self.home + '/ws'
        self.run('--no-input', '-q', 'init', self.ws, here=False)
        self.settings(1, 1, 0)
        self.edit('campaigns/engineering-update.md', [('status: draft', 'status: ready')])
        with open(self.home + '/people.csv', 'w') as f:
            f.write('email,first_name,last_name,country,seniority,interest,open_to_work,consent_at,consent_source\n')
            for i in range(messages):
                f.write(f'p{i}@example.org,Anna,Berg,DE,senior,backend;sre,no,2026-01-05,you joined\n')
        self.run('-q', 'candidates', 'import', self.home + '/people.csv')
        self.run('-q', 'launch', 'engineering-update', f'--yes={messages}')
        self.run('-q', 'run', status=4)  # nobody listens there: all is queued
        shutil.copytree(self.home + '/state', self.home + '/queued')

    def edit(self, name, changes):
        with open(f'{self.ws}/{name}') as f:
            text = f.read()
        for old, new in changes:
            text = text.replace(old, new)
        with open(f'{self.ws}/{name}', 'w') as f:
            f.write(text)

    def settings(self, port, connections, window):
        if not os.path.exists(self.ws + '/nurture.yaml.orig'):
            shutil.copy(self.ws + '/nurture.yaml', self.ws + '/nurture.yaml.orig')
        shutil.copy(self.ws + '/nurture.yaml.orig', self.ws + '/nurture.yaml')
        self.edit('nurture.yaml', [
            ('host: smtp.kestrel.example', 'host: 127.0.0.1'), ('port: 587', f'port: {port}'),
            ('tls: required', f'tls: off\n  connections: {connections}\n  window: {window}'),
            ('rate: 20 per minute', 'rate: 6000000 per minute'),
            ('window: Mon-Fri 08:30-17:30 recipient', 'window: always')])
        with open(self.ws + '/nurture.yaml') as f:
            text = f.read()
        with open(self.ws + '/nurture.yaml', 'w') as f:
            f.write(re.sub(r'(?m)^  (user|password_from):.*\n', '', text))

    def run(self, *args, here=True, status=0):
        command = [NURTURE, *(['-C', self.ws] if here else []), *args]
        got = subprocess.run(command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        if got != status:
            sys.exit(f'bench: {" ".join(command)} ended with {got}')

    def deliver(self, port, connections, window=0):
        """Messages a second, us of processor time each, KB of memory."""
        shutil.rmtree(self.home + '/state')
        shutil.copytree(self.home + '/queued', self.home + '/state')
        self.settings(port, connections, window)
        wall, cpu, kb = timed([NURTURE, '-q', '-C', self.ws, 'deliver'], env=self.env)
        told = subprocess.check_output([NURTURE, '-C', self.ws, 'status', 'engineering-update', '--json'],
                                       env=self.env, text=True)
        sent = int(re.search(r'"sent":(\d+)', told).group(1))
        if sent != self.messages:
            sys.exit(f'bench: {sent} of {self.messages} were sent')
        return self.messages / wall, cpu / self.messages * 1e6, kb


def best_sessions(port):
    return max((5, 10, 20, 50), key=lambda s: peer(port, s, MESSAGES // 2)[0])


def best_connections(workspace, port):
    if CONNECTIONS:
        return CONNECTIONS
    return max((50, 100, 200), key=lambda c: workspace.deliver(port, c)[0])


def pairs(name, workspace, port, sessions, connections, window=0):
    theirs, ours = [], []
    for _ in range(ROUNDS):
        theirs.append(peer(port, sessions, workspace.messages))
        ours.append(workspace.deliver(port, connections, window))
    median = statistics.median
    say(f'{name}/smtp-source-{sessions}', median(t[0] for t in theirs), 'messages/s')
    say(f'{name}/smtp-source-{sessions}-cpu', median(t[1] for t in theirs), 'us/message')
    say(f'{name}/deliver-{connections}', median(o[0] for o in ours), 'messages/s')
    say(f'{name}/deliver-{connections}-cpu', median(o[1] for o in ours), 'us/message')
    say(f'{name}/deliver-{connections}-memory', median(o[2] for o in ours), 'KB')
    say(f'{name}/deliver:smtp-source', median(o[0] / t[0] for o, t in zip(ours, theirs)), 'a/b')


def nodemailer(workspace, port, connections):
    where = ROOT + '/build/bench/node'
    if not shutil.which('npm') or not shutil.which('node'):
        print('nodemailer skipped: there is no npm here')
        return
    os.makedirs(where, exist_ok=True)
    if subprocess.run(['npm', 'install', '--silent', '--no-audit', '--no-fund', '--prefix', where, 'nodemailer'],
                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120).returncode != 0:
        print('nodemailer skipped: npm could not fetch it')
        return
    n, ways = 2000, ('raw', 'composed')
    rates, cpus, ratios = ({way: [] for way in ways} for _ in range(3))
    for _ in range(ROUNDS):
        ours = workspace.deliver(port, connections)[0]
        for way in ways:
            wall, cpu, _ = timed(['node', ROOT + '/tests/bench/nodemailer.js', str(port), '10', str(n), way],
                                 env=dict(os.environ, NODE_PATH=where + '/node_modules'))
            rates[way].append(n / wall)
            cpus[way].append(cpu / n * 1e6)
            ratios[way].append(ours * wall / n)
    for way in ways:
        say(f'fastsink/nodemailer-10-{way}', statistics.median(rates[way]), 'messages/s')
        say(f'fastsink/nodemailer-10-{way}-cpu', statistics.median(cpus[way]), 'us/message')
        say(f'fastsink/deliver:nodemailer-{way}', statistics.median(ratios[way]), 'a/b')


def speed():
    workspace, few = Workspace(MESSAGES), Workspace(1000)
    sink = smtp_sink()
    _, fast = server([BUILD + '/bench/fastsink'])
    _, far = server([BUILD + '/bench/delay', str(fast), '10'])
    pairs('smtp-sink', workspace, sink, best_sessions(sink), best_connections(workspace, sink))
    sessions, connections = best_sessions(fast), best_connections(workspace, fast)
    pairs('fastsink', workspace, fast, sessions, connections)
    pairs('fastsink-window-8', workspace, fast, sessions, 16, 8)
    pairs('20ms', few, far, 10, 10)
    pairs('20ms-window-8', few, far, 10, 10, 8)
    nodemailer(workspace, fast, connections)


def sizes(numbers):
    """Each between two of the smallest, so that a machine that others use is
    the same for both."""
    _, fast = server([BUILD + '/bench/fastsink'])
    connections = CONNECTIONS or 100
    small = Workspace(numbers[0])
    for n in numbers:
        workspace = Workspace(n) if n != numbers[0] else small
        before = small.deliver(fast, connections)[1]
        rate, cpu, kb = workspace.deliver(fast, connections)
        after = small.deliver(fast, connections)[1]
        say(f'size-{n}/deliver', rate, 'messages/s')
        say(f'size-{n}/deliver-cpu', cpu, 'us/message')
        say(f'size-{n}/deliver-memory', kb, 'KB')
        say(f'size-{n}/cpu:smallest', cpu / ((before + after) / 2), 'a/b')
        if workspace is not small:
            shutil.rmtree(workspace.home)


try:
    if len(sys.argv) > 1:
        sizes([int(n) for n in sys.argv[1:]])
    else:
        speed()
finally:
    for c in children:
        c.send_signal(signal.SIGTERM)
        c.wait()
    shutil.rmtree(TMP)

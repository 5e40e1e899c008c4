// nodemailer.js PORT CONNECTIONS MESSAGES - nodemailer's pool with messages of
// 8 KB that are made already, as fast as it takes them
'use strict';
const nodemailer = require('nodemailer');
const [port, connections, messages] = process.argv.slice(2).map(Number);
const raw = 'From: bench@example.org\r\nTo: p@example.org\r\nSubject: bench\r\n\r\n' +
    'A line of sixty-two characters, again and again and again...\r\n'.repeat(132);
const pool = nodemailer.createTransport({
    pool: true, host: '127.0.0.1', port, secure: false, ignoreTLS: true,
    maxConnections: connections, maxMessages: Infinity,
});
const envelope = {from: 'bench@example.org', to: ['p@example.org']};
let left = messages;
function next() {
    if (left-- <= 0) return Promise.resolve();
    return pool.sendMail({envelope, raw}).then(next);
}
Promise.all(Array.from({length: connections * 4}, next)).then(() => pool.close());

// nodemailer.js PORT CONNECTIONS MESSAGES raw|composed - nodemailer's pool with
// messages of 8 KB, as fast as it takes them: made already and the same for
// all; or made by it for each person, as a script would and as ours are
'use strict';
const nodemailer = require('nodemailer');
const [port, connections, messages] = process.argv.slice(2, 5).map(Number);
const way = process.argv[5];
const line = 'A line of sixty-two characters, again and again and again...';

const raw = 'From: bench@example.org\r\nTo: p@example.org\r\nSubject: bench\r\n\r\n' +
    (line + '\r\n').repeat(132);
const envelope = {from: 'bench@example.org', to: ['p@example.org']};

// 2.5 KB of text and 5 KB of HTML, with a name and links of their own
const prose = (line + ' ').repeat(4).trim();
const paragraphs = n => Array.from({length: n}, () => prose);
function composed(i) {
    const name = `Anna${i}`, link = `https://mail.example.org/c/${i}`;
    return {
        from: {name: 'Bench', address: 'bench@example.org'},
        to: {name: `${name} Müller`, address: `p${i}@example.org`},
        subject: `${name}, a note from our backend team`,
        messageId: `<${i}@bench.example.org>`,
        text: `Hi ${name}\n\n${paragraphs(10).join('\n\n')}\n\nRead the story: ${link}\n`,
        html: `<!doctype html><html><body><p style="margin:0 0 16px">Hi ${name}</p>` +
            paragraphs(18).map(p => `<p style="margin:0 0 16px">${p}</p>`).join('\n') +
            `<p><a href="${link}">Read the story</a></p></body></html>`,
        headers: {
            'List-Unsubscribe': `<${link}/unsubscribe>`,
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        },
    };
}

const pool = nodemailer.createTransport({
    pool: true, host: '127.0.0.1', port, secure: false, ignoreTLS: true,
    maxConnections: connections, maxMessages: Infinity,
});
let given = 0;
function next() {
    if (given === messages) return Promise.resolve();
    given++;
    return pool.sendMail(way === 'raw' ? {envelope, raw} : composed(given)).then(next);
}
Promise.all(Array.from({length: connections * 4}, next)).then(() => pool.close());

/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_pump.c - one round trip per message, or many messages per round trip */
#include "smtp_pump.h"

#include "smtp_reply.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* RFC 5321, 4.5.3.2: the longest of its timeouts, that of the final dot. The
 * whole of what a step waits for has to come within it, however slowly. */
#define TIMEOUT_MS (10 * 60 * 1000)
/* A connection is given back after this: relays limit them, and so do we. */
#define SESSION_MS (30 * 60 * 1000)
#define OUT_ENOUGH (256 * 1024)

/* A message in its transaction. */
typedef struct {
    TransportMessage message;
    SmtpAnswer reset, sender, recipient, data; /* data: of DATA, then the dot */
    int replies;                               /* seen */
    gsize end; /* of its dot or chunk in the session's bytes; 0 = not sent */
    bool reset_sent, marked, all_written;
} Transfer;

typedef enum {
    PUMP_IDLE,     /* nothing under way */
    PUMP_ENVELOPE, /* replies to [RSET] MAIL RCPT DATA */
    PUMP_NOTHING,  /* the reply to a dot without a recipient */
    PUMP_CONTENT,  /* being written */
    PUMP_MARK,     /* asked for */
    PUMP_DOT,      /* its reply */
    PUMP_WINDOW,   /* BDAT: all at once */
    PUMP_LEAVING,  /* the anchor's MAIL is sent */
    PUMP_OVER,
} PumpState;

struct Pump {
    PumpOptions o;
    PumpState state;
    SmtpReader reader;
    GString *out;
    gsize out_at;
    /* bytes of the session that the socket has taken, and may have */
    gsize taken, handed;
    Transfer *now, *next; /* next: its envelope has left with now's dot */
    GQueue asked, flight; /* Transfer, of the window: marks asked, and sent */
    int left;
    int64_t begun, deadline; /* ms; 0 = none yet */
    bool lost, any_verdict, needs_reset, hungry, no_more;
    /* of a window: the server has said 421, or that this session had its fill;
     * nothing more is written, because of the 421 or because it cannot be */
    bool cut, full, shut;
    bool unasked; /* the server speaks, or has left, and was not asked */
};

/* --- bytes -----------------------------------------------------------------
 */

/* What a read or write that moved nothing means; false = the end. */
static bool
is_patience(Pump *p, int n)
{
    int why;

    if (!p->o.ssl)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    why = SSL_get_error(p->o.ssl, n);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static void
drop_rest(Pump *p)
{
    g_string_truncate(p->out, 0);
    p->out_at = 0;
}

static void
write_no_more(Pump *p)
{
    p->shut = p->no_more = true;
    drop_rest(p);
}

/* Whoever closes may have said why, and what was taken, right before: it can
 * still be read. */
static void
write_failed(Pump *p)
{
    p->lost = p->state != PUMP_WINDOW;
    write_no_more(p);
}

/* TLS may have sent some of what it says it will take later. */
static void
note_handed(Pump *p, int n, gsize length)
{
    gsize before = p->taken;

    if (n > 0)
        p->taken += (gsize)n;
    p->handed = MAX(p->handed, p->o.ssl ? before + length : p->taken);
}

static void
flush_bytes(Pump *p, int flags)
{
    while (!p->lost && p->out_at < p->out->len) {
        const char *bytes = p->out->str + p->out_at;
        gsize length = MIN(p->out->len - p->out_at, (gsize)1 << 20);
        int n = p->o.ssl ? SSL_write(p->o.ssl, bytes, (int)length)
                         : (int)send(p->o.fd, bytes, length, flags);
        note_handed(p, n, length);
        if (n <= 0) {
            if (!is_patience(p, n))
                write_failed(p);
            return;
        }
        p->out_at += (gsize)n;
    }
    drop_rest(p);
}

static void
flush(Pump *p)
{
    flush_bytes(p, MSG_NOSIGNAL);
}

/* More follows: the last packet may wait for it (for 200 ms at most). */
static void
flush_content(Pump *p)
{
    flush_bytes(p, MSG_NOSIGNAL | MSG_MORE);
}

static gsize
end_of_bytes(const Pump *p)
{
    return p->taken + p->out->len - p->out_at;
}

static bool
all_written(const Pump *p)
{
    return p->out->len == 0;
}

/* More of the server's words; false: none now. */
static bool
fill_reader(Pump *p)
{
    SmtpReader *r = &p->reader;
    int n;

    if (p->lost)
        return false;
    n = p->o.ssl ? SSL_read(p->o.ssl, r->in, (int)sizeof r->in)
                 : (int)recv(p->o.fd, r->in, sizeof r->in, 0);
    r->at = 0;
    r->end = n > 0 ? (gsize)n : 0;
    if (n <= 0)
        p->lost = !is_patience(p, n);
    return n > 0;
}

/* Of what is on the way behind a 421 (RFC 5321, 3.8) nothing is taken, unless
 * an answer to it comes all the same: read on until the server has closed. */
static void
cut(Pump *p)
{
    p->cut = true;
    write_no_more(p);
}

/* A whole reply, if it is there. */
static bool
take_answer(Pump *p, SmtpAnswer *answer)
{
    for (;;) {
        switch (smtp_reader_take(&p->reader, answer)) {
        case READER_REPLY:
            if (answer->reply.code == 421 && p->state == PUMP_WINDOW)
                cut(p);
            else if (answer->reply.code == 421)
                p->lost = true; /* the server closes */
            return true;
        case READER_NO_REPLY:
            p->lost = true; /* what follows cannot be told apart */
            return false;
        case READER_MORE:
            if (!fill_reader(p))
                return false;
        }
    }
}

static bool
is_success(const SmtpAnswer *answer)
{
    return answer->reply.code / 100 == 2;
}

/* --- messages --------------------------------------------------------------
 */

static void
append_envelope(Pump *p, Transfer *t)
{
    const TransportMessage *m = &t->message;
    GString *out = p->out;
    bool dsn = p->o.has_dsn && m->envid;

    t->reset_sent = p->needs_reset;
    if (p->needs_reset)
        g_string_append(out, "RSET\r\n");
    g_string_append(out, "MAIL FROM:<");
    g_string_append(out, m->from);
    g_string_append_c(out, '>');
    if (dsn) { /* a token of ours: no xtext needed */
        g_string_append(out, " RET=HDRS ENVID=");
        g_string_append(out, m->envid);
    }
    g_string_append(out, "\r\nRCPT TO:<");
    g_string_append(out, m->to);
    g_string_append(out, dsn ? "> NOTIFY=FAILURE,DELAY\r\n" : ">\r\n");
}

/* The content with its dots stuffed; it ends in CRLF. Few lines start with a
 * dot: quoted-printable has none. */
static void
append_content(Pump *p, GBytes *bytes)
{
    gsize n;
    const char *at = g_bytes_get_data(bytes, &n), *end = at + n;

    for (const char *line = at; line < end;) {
        const char *lf = memchr(line, '\n', (gsize)(end - line));
        if (*line == '.') {
            g_string_append_len(p->out, at, line - at);
            g_string_append_c(p->out, '.');
            at = line;
        }
        line = lf ? lf + 1 : end;
    }
    g_string_append_len(p->out, at, end - at);
}

/* "Too many messages in this session" (452, of OpenSMTPD after a hundred) is
 * true of the connection and not of the message: another one will do. */
static bool
had_its_fill(const Pump *p, const Transfer *t)
{
    return p->any_verdict && t->sender.reply.code / 100 == 4;
}

static void
finish(Pump *p, Transfer *t, bool tried)
{
    SmtpEvidence evidence = {
        .sender = t->sender.reply,
        .recipient = t->recipient.reply,
        .message = t->data.reply,
        .complete = is_success(&t->recipient),
        .marked = t->marked,
        .counts_agree = t->all_written,
    };
    Verdict verdict = verdict_decide(&evidence);

    if (had_its_fill(p, t)) {
        verdict = (Verdict){VERDICT_RETRY, {0}, false};
        tried = false;
        p->full = p->no_more = true;
        p->lost |= p->state != PUMP_WINDOW; /* there, others wait for theirs */
    }
    p->any_verdict |= verdict_is_answer(&verdict);
    p->o.callbacks->done(p->o.callbacks->data, t->message.job, &verdict, tried);
    g_free(t);
}

/* The next message, if there is one now. */
static Transfer *
ask_next(Pump *p, int64_t now)
{
    TransportMessage message;

    p->no_more |= p->left <= 0 || now - p->begun > SESSION_MS;
    if (p->no_more)
        return NULL;
    switch (p->o.callbacks->next(p->o.callbacks->data, false, &message)) {
    case NEXT_THERE: {
        Transfer *t = g_new0(Transfer, 1);
        t->message = message;
        p->left--;
        return t;
    }
    case NEXT_OVER:
        p->no_more = true;
        break;
    case NEXT_LATER:
        p->hungry = true;
        break;
    }
    return NULL;
}

/* --- steps: each returns true when it has moved on --------------------------
 */

static void
leave(Pump *p)
{
    if (p->needs_reset)
        g_string_append(p->out, "RSET\r\n");
    g_string_append_printf(p->out, "MAIL FROM:<%s>\r\n", p->o.anchor);
    flush(p);
    p->state = PUMP_LEAVING;
}

static bool
step_idle(Pump *p, int64_t now)
{
    p->now = p->next ? g_steal_pointer(&p->next) : ask_next(p, now);
    if (!p->now) {
        if (p->no_more)
            leave(p);
        return p->no_more;
    }
    append_envelope(p, p->now);
    g_string_append(p->out, "DATA\r\n");
    flush(p);
    p->state = PUMP_ENVELOPE;
    return true;
}

static void
end_transfer(Pump *p)
{
    finish(p, g_steal_pointer(&p->now), true);
    p->now = g_steal_pointer(&p->next);
    p->state = p->now ? PUMP_ENVELOPE : PUMP_IDLE;
}

/* The answers to the envelope are there. */
static void
end_envelope(Pump *p)
{
    Transfer *t = p->now;
    bool content = t->data.reply.code == 354;

    p->needs_reset = !content;
    /* what follows a refused MAIL is refused for that alone */
    if (!is_success(&t->sender))
        t->recipient.reply = t->data.reply = (SmtpReply){0};
    if (!content) {
        end_transfer(p);
    } else if (is_success(&t->sender) && is_success(&t->recipient)) {
        append_content(p, t->message.bytes);
        flush_content(p);
        p->state = PUMP_CONTENT;
    } else { /* content is wanted, though for nobody: there is none */
        t->data.reply = (SmtpReply){0};
        g_string_append(p->out, ".\r\n");
        flush(p);
        p->needs_reset = true;
        p->state = PUMP_NOTHING;
    }
}

/* Where the next reply of a transaction belongs. */
static SmtpAnswer *
place_of_reply(Transfer *t)
{
    SmtpAnswer *const places[] = {&t->reset, &t->sender, &t->recipient,
                                  &t->data};

    return places[t->replies + !t->reset_sent];
}

static bool
step_envelope(Pump *p)
{
    Transfer *t = p->now;

    if (!take_answer(p, place_of_reply(t)))
        return false;
    t->replies++;
    if (t->replies < 3 + t->reset_sent)
        return !p->lost;
    if (!p->lost)
        end_envelope(p);
    return !p->lost;
}

static bool
step_nothing(Pump *p)
{
    SmtpAnswer answer;

    if (!take_answer(p, &answer))
        return false;
    end_transfer(p);
    return true;
}

static bool
step_content(Pump *p)
{
    if (!all_written(p))
        return false;
    p->now->all_written = true;
    p->o.callbacks->ask_mark(p->o.callbacks->data, p->now->message.job);
    p->state = PUMP_MARK;
    return true;
}

/* The dot -- and with it the next message's envelope, when there is a next one
 * already. */
static bool
step_mark(Pump *p, int64_t now)
{
    Transfer *t = p->now;

    if (!p->o.callbacks->answered(p->o.callbacks->data, t->message.job,
                                  &t->marked))
        return false;
    if (!t->marked) {
        p->lost = true; /* DATA can be left in no other way */
        return false;
    }
    memset(&t->data, 0, sizeof t->data);
    g_string_append(p->out, ".\r\n");
    t->end = end_of_bytes(p);
    p->next = ask_next(p, now);
    if (p->next) {
        append_envelope(p, p->next);
        g_string_append(p->out, "DATA\r\n");
    }
    flush(p);
    p->state = PUMP_DOT;
    return true;
}

static bool
step_dot(Pump *p)
{
    if (!take_answer(p, &p->now->data))
        return false;
    end_transfer(p);
    return true;
}

/* --- the window -------------------------------------------------------------
 */

static guint
window(const Pump *p)
{
    return p->o.has_chunking ? (guint)p->o.relay->window : 0;
}

static bool
ask_marks(Pump *p, int64_t now)
{
    Transfer *t;
    bool any = false;

    while (p->asked.length + p->flight.length < window(p) &&
           (t = ask_next(p, now))) {
        p->o.callbacks->ask_mark(p->o.callbacks->data, t->message.job);
        g_queue_push_tail(&p->asked, t);
        any = true;
    }
    return any;
}

static void
send_chunk(Pump *p, Transfer *t)
{
    gsize n;
    const char *bytes = g_bytes_get_data(t->message.bytes, &n);

    p->needs_reset = true; /* whatever became of the one before */
    append_envelope(p, t);
    g_string_append_printf(p->out, "BDAT %" G_GSIZE_FORMAT " LAST\r\n", n);
    g_string_append_len(p->out, bytes, (gssize)n);
    t->end = end_of_bytes(p);
    g_queue_push_tail(&p->flight, t);
}

/* What is marked leaves; what the gate has closed was never on the wire. */
static bool
send_marked(Pump *p)
{
    bool any = false;
    Transfer *t;

    while ((t = g_queue_peek_head(&p->asked)) && p->out->len < OUT_ENOUGH &&
           p->o.callbacks->answered(p->o.callbacks->data, t->message.job,
                                    &t->marked)) {
        g_queue_pop_head(&p->asked);
        any = true;
        if (t->marked && !p->full && !p->shut) {
            send_chunk(p, t);
        } else {
            t->marked = false; /* and not sent: no doubt about it */
            finish(p, t, false);
        }
    }
    flush(p);
    return any;
}

static bool
take_replies(Pump *p)
{
    Transfer *t = g_queue_peek_head(&p->flight);

    if (!t || !take_answer(p, place_of_reply(t)))
        return false;
    if (++t->replies < 4)
        return true;
    g_queue_pop_head(&p->flight);
    if (!is_success(&t->sender))
        t->recipient.reply = t->data.reply = (SmtpReply){0};
    t->all_written = true; /* the server has counted */
    finish(p, t, true);
    return true;
}

static bool
step_window(Pump *p, int64_t now)
{
    bool moved = ask_marks(p, now);

    moved |= send_marked(p);
    while (take_replies(p))
        moved = true;
    if (p->lost || !p->no_more || p->asked.length + p->flight.length > 0)
        return moved && !p->lost;
    if (p->shut) {
        p->lost = true;
        return false;
    }
    p->needs_reset = true;
    leave(p);
    return true;
}

/* --- all together -----------------------------------------------------------
 */

static bool
step_leaving(Pump *p)
{
    SmtpAnswer answer;

    if (!take_answer(p, &answer))
        return false;
    if (p->needs_reset) {
        p->needs_reset = false;
        return true;
    }
    p->lost |= !is_success(&answer);
    p->state = PUMP_OVER;
    return false;
}

static bool
step(Pump *p, int64_t now)
{
    switch (p->state) {
    case PUMP_IDLE:
        return step_idle(p, now);
    case PUMP_ENVELOPE:
        return step_envelope(p);
    case PUMP_NOTHING:
        return step_nothing(p);
    case PUMP_CONTENT:
        return step_content(p);
    case PUMP_MARK:
        return step_mark(p, now);
    case PUMP_DOT:
        return step_dot(p);
    case PUMP_WINDOW:
        return step_window(p, now);
    case PUMP_LEAVING:
        return step_leaving(p);
    case PUMP_OVER:
        return false;
    }
    return false;
}

static bool
may_be_taken(const Pump *p, const Transfer *t)
{
    return t->end > 0 && t->end <= p->handed && (!p->cut || t->replies > 0);
}

/* There is a doubt only about what is marked and may have been taken. */
static void
finish_lost(Pump *p, Transfer *t, bool tried)
{
    t->marked &= may_be_taken(p, t);
    finish(p, t, tried);
}

/* Nothing more will be heard. A mark that is asked for is still waited for:
 * its message is in the store thread's hands until then. */
static bool
end_lost(Pump *p)
{
    Transfer *t;

    while ((t = g_queue_peek_head(&p->asked))) {
        if (!p->o.callbacks->answered(p->o.callbacks->data, t->message.job,
                                      &t->marked))
            return false;
        g_queue_pop_head(&p->asked);
        finish_lost(p, t, false);
    }
    if (p->state == PUMP_MARK && p->now &&
        !p->o.callbacks->answered(p->o.callbacks->data, p->now->message.job,
                                  &p->now->marked))
        return false;
    while ((t = g_queue_pop_head(&p->flight)))
        finish_lost(p, t, may_be_taken(p, t));
    if (p->now)
        finish_lost(p, g_steal_pointer(&p->now), true);
    if (p->next)
        finish(p, g_steal_pointer(&p->next), true);
    shutdown(p->o.fd, SHUT_RDWR); /* libESMTP notices at once */
    p->state = PUMP_OVER;
    return true;
}

/* Waiting for a message, or for our own store, is not the server's fault. */
static bool
waits_for_server(const Pump *p)
{
    if (p->out->len > 0 || p->flight.length > 0)
        return true;
    return p->state != PUMP_IDLE && p->state != PUMP_MARK &&
           p->state != PUMP_WINDOW;
}

bool
pump_step(Pump *p, bool event, int64_t now)
{
    int limit = p->o.relay->timeout_ms ? p->o.relay->timeout_ms : TIMEOUT_MS;
    bool moved = false;

    if (p->begun == 0)
        p->begun = now;
    p->hungry = false;
    flush(p);
    while (!p->lost && step(p, now))
        moved = true;
    p->unasked = !moved && !waits_for_server(p) && (event || p->unasked);
    if (!waits_for_server(p))
        p->deadline = 0;
    else if (moved || p->deadline == 0)
        p->deadline = now + limit;
    else
        p->lost |= now > p->deadline;
    return p->lost ? end_lost(p) : p->state == PUMP_OVER;
}

void
pump_lose(Pump *p)
{
    p->lost = true;
}

int
pump_fd(const Pump *p)
{
    return p->o.fd;
}

short
pump_wants(const Pump *p)
{
    /* what is not read now would be told over and over; it is found when the
     * next reply is due */
    if (p->lost || p->unasked)
        return 0;
    return (short)(POLLIN | (p->out->len > 0 ? POLLOUT : 0));
}

bool
pump_waits(const Pump *p)
{
    return p->hungry || p->state == PUMP_MARK || p->asked.length > 0 || p->lost;
}

PumpResult
pump_result(const Pump *p)
{
    return (PumpResult){!p->lost, p->any_verdict};
}

Pump *
pump_new(const PumpOptions *options)
{
    Pump *p = g_new0(Pump, 1);

    p->o = *options;
    p->out = g_string_sized_new(16384);
    p->left = options->messages_max;
    p->needs_reset = true; /* the anchor's MAIL */
    p->state = window(p) > 0 ? PUMP_WINDOW : PUMP_IDLE;
    g_queue_init(&p->asked);
    g_queue_init(&p->flight);
    return p;
}

void
pump_free(Pump *p)
{
    g_string_free(p->out, TRUE);
    g_free(p);
}

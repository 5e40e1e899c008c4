/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_pump.c - one round trip per message */
#include "smtp_pump.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* RFC 5321, 4.5.3.2: the longest of its timeouts, that of the final dot. */
#define TIMEOUT_MS      (10 * 60 * 1000)
#define REPLY_LINES_MAX 64
#define TEXT_MAX        512

typedef struct {
    SmtpReply reply;
    char text[TEXT_MAX];
} Answer;

/* A message in its transaction. */
typedef struct {
    TransportMessage message;
    Answer sender, recipient, data; /* data: of DATA, then of the dot */
    bool marked, all_written;
} Transfer;

typedef struct {
    const PumpOptions *o;
    char in[4096];
    size_t in_at, in_end;
    GString *out;
    bool lost, any_verdict, needs_reset;
} Pump;

/* --- bytes -----------------------------------------------------------------
 */

static bool
wait_for(Pump *p, short events)
{
    struct pollfd f = {p->o->fd, events, 0};
    int limit = p->o->relay->timeout_ms ? p->o->relay->timeout_ms : TIMEOUT_MS;
    int n;

    do
        n = poll(&f, 1, limit);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        p->lost = true;
    return n > 0;
}

/* What a read or write that moved nothing waits for; false = it failed. */
static bool
try_again(Pump *p, int n, short events)
{
    if (p->o->ssl) {
        int why = SSL_get_error(p->o->ssl, n);
        if (why == SSL_ERROR_WANT_READ)
            return wait_for(p, POLLIN);
        if (why == SSL_ERROR_WANT_WRITE)
            return wait_for(p, POLLOUT);
    } else if (n < 0 && errno == EAGAIN) {
        return wait_for(p, events);
    } else if (n < 0 && errno == EINTR) {
        return true;
    }
    p->lost = true;
    return false;
}

static void
write_bytes(Pump *p, const char *bytes, size_t length)
{
    while (!p->lost && length > 0) {
        int piece = (int)MIN(length, (size_t)G_MAXINT / 2);
        int n = p->o->ssl
                    ? SSL_write(p->o->ssl, bytes, piece)
                    : (int)send(p->o->fd, bytes, (size_t)piece, MSG_NOSIGNAL);
        if (n <= 0) {
            if (!try_again(p, n, POLLOUT))
                return;
            continue;
        }
        bytes += n;
        length -= (size_t)n;
    }
}

static void
flush(Pump *p)
{
    write_bytes(p, p->out->str, p->out->len);
    g_string_truncate(p->out, 0);
}

/* The next octet; -1 when the connection is lost. */
static int
next_octet(Pump *p)
{
    while (!p->lost && p->in_at == p->in_end) {
        int n = p->o->ssl ? SSL_read(p->o->ssl, p->in, (int)sizeof p->in)
                          : (int)recv(p->o->fd, p->in, sizeof p->in, 0);
        p->in_at = 0;
        p->in_end = n > 0 ? (size_t)n : 0;
        if (n <= 0)
            try_again(p, n, POLLIN);
    }
    return p->lost ? -1 : (unsigned char)p->in[p->in_at++];
}

/* --- replies ---------------------------------------------------------------
 */

/* One line without its end. Longer ones are cut; a server that sends more than
 * 64 KB in one is lost. */
static bool
read_line(Pump *p, char line[TEXT_MAX])
{
    size_t n = 0, seen = 0;
    int c;

    while ((c = next_octet(p)) >= 0 && c != '\n') {
        if (++seen > 65536)
            p->lost = true;
        if (n + 1 < TEXT_MAX && c != '\0')
            line[n++] = (char)c;
    }
    while (n > 0 && line[n - 1] == '\r')
        n--;
    line[n] = '\0';
    return c >= 0;
}

static void
parse_enhanced(Answer *answer, const char *text)
{
    int used = 0, *e = answer->reply.enhanced;

    if (*text != '2' && *text != '4' && *text != '5')
        return;
    if (sscanf(text, "%1d.%3d.%3d%n", &e[0], &e[1], &e[2], &used) != 3 ||
        (text[used] != ' ' && text[used] != '\0'))
        e[0] = e[1] = e[2] = 0;
}

/* A whole reply. Anything that is none loses the connection: what would
 * follow could not be told apart any more. */
static bool
read_answer(Pump *p, Answer *answer)
{
    char line[TEXT_MAX];
    int lines = 0;

    memset(answer, 0, sizeof *answer);
    do {
        if (!read_line(p, line))
            return false;
        if (!g_ascii_isdigit(line[0]) || !g_ascii_isdigit(line[1]) ||
            !g_ascii_isdigit(line[2]) || line[0] < '2' || line[0] > '5' ||
            (line[3] && line[3] != ' ' && line[3] != '-') ||
            ++lines > REPLY_LINES_MAX) {
            p->lost = true;
            return false;
        }
    } while (line[3] == '-');
    answer->reply.code =
        (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
    g_strlcpy(answer->text, line[3] ? line + 4 : "", sizeof answer->text);
    answer->reply.text = answer->text;
    parse_enhanced(answer, answer->text);
    if (answer->reply.code == 421)
        p->lost = true; /* the server closes */
    return true;
}

static bool
is_success(const Answer *answer)
{
    return answer->reply.code / 100 == 2;
}

/* --- one transaction --------------------------------------------------------
 */

static void
append_envelope(Pump *p, const TransportMessage *m)
{
    GString *out = p->out;

    if (p->needs_reset)
        g_string_append(out, "RSET\r\n");
    g_string_append_printf(out, "MAIL FROM:<%s>", m->from);
    /* a token of ours: no xtext needed */
    if (p->o->has_dsn && m->envid)
        g_string_append_printf(out, " RET=HDRS ENVID=%s", m->envid);
    g_string_append_printf(out, "\r\nRCPT TO:<%s>", m->to);
    if (p->o->has_dsn && m->envid)
        g_string_append(out, " NOTIFY=FAILURE,DELAY");
    g_string_append(out, "\r\nDATA\r\n");
}

/* The content with its dots stuffed; it ends in CRLF. */
static void
append_content(Pump *p, GBytes *bytes)
{
    gsize n;
    const char *at = g_bytes_get_data(bytes, &n), *end = at + n;

    while (at < end) {
        const char *dot = *at == '.' ? at : g_strstr_len(at, end - at, "\r\n.");
        if (dot && dot != at)
            dot += 2;
        if (!dot) {
            g_string_append_len(p->out, at, end - at);
            return;
        }
        g_string_append_len(p->out, at, dot - at);
        g_string_append(p->out, "..");
        at = dot + 1;
        /* up to the next line: only its first octet was special */
        const char *line = g_strstr_len(at, end - at, "\r\n");
        const char *stop = line ? line + 2 : end;
        g_string_append_len(p->out, at, stop - at);
        at = stop;
    }
}

static void
finish(Pump *p, Transfer *t)
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

    p->any_verdict |= verdict.kind != VERDICT_RETRY;
    p->o->callbacks->done(p->o->callbacks->data, t->message.job, &verdict,
                          true);
}

/* The answers to the envelope. True: the server waits for content. */
static bool
read_envelope(Pump *p, Transfer *t)
{
    Answer reset;
    bool all, content;

    if (p->needs_reset && !read_answer(p, &reset))
        return false;
    all = read_answer(p, &t->sender) && read_answer(p, &t->recipient) &&
          read_answer(p, &t->data) && !p->lost;
    content = all && t->data.reply.code == 354;
    /* what follows a refused MAIL is refused for that alone */
    if (!is_success(&t->sender))
        t->recipient.reply = t->data.reply = (SmtpReply){0};
    p->needs_reset = all && !content;
    return content;
}

/* The server wants content though it has no recipient: it gets none. */
static void
send_nothing(Pump *p, Transfer *t)
{
    Answer answer;

    t->data.reply = (SmtpReply){0};
    g_string_append(p->out, ".\r\n");
    flush(p);
    read_answer(p, &answer);
    p->needs_reset = true;
}

static bool
ask_next(Pump *p, bool wait, int *left, Transfer *out)
{
    memset(out, 0, sizeof *out);
    if (*left <= 0 ||
        !p->o->callbacks->next(p->o->callbacks->data, wait, &out->message))
        return false;
    --*left;
    return true;
}

/* Content, mark, dot -- and with the dot the next message's envelope, when
 * there is a next one already. True: `next` is under way. */
static bool
send_content(Pump *p, Transfer *t, int *left, Transfer *next)
{
    const TransportCallbacks *callbacks = p->o->callbacks;
    bool has_next;

    append_content(p, t->message.bytes);
    flush(p);
    t->all_written = !p->lost;
    if (p->lost)
        return false;
    t->marked = callbacks->mark(callbacks->data, t->message.job);
    if (!t->marked) {
        p->lost = true; /* DATA can be left in no other way */
        return false;
    }
    memset(&t->data, 0, sizeof t->data);
    g_string_append(p->out, ".\r\n");
    has_next = ask_next(p, false, left, next);
    if (has_next)
        append_envelope(p, &next->message);
    flush(p);
    read_answer(p, &t->data);
    return has_next;
}

/* One message, whose envelope is on its way. True: so is that of `next`. */
static bool
transfer(Pump *p, Transfer *t, int *left, Transfer *next)
{
    bool has_next = false;

    if (read_envelope(p, t)) {
        if (is_success(&t->sender) && is_success(&t->recipient))
            has_next = send_content(p, t, left, next);
        else
            send_nothing(p, t);
    }
    finish(p, t);
    return has_next;
}

/* Everything until there is no more. */
static void
pump_all(Pump *p)
{
    g_autofree Transfer *a = g_new0(Transfer, 1), *b = g_new0(Transfer, 1);
    Transfer *now = a, *next = b;
    int left = p->o->messages_max;
    bool under_way = false;

    while (!p->lost || under_way) {
        if (!under_way) {
            if (!ask_next(p, true, &left, now))
                return;
            append_envelope(p, &now->message);
            flush(p);
        }
        under_way = transfer(p, now, &left, next);
        Transfer *swap = now;
        now = next;
        next = swap;
    }
}

PumpResult
smtp_pump(const PumpOptions *options)
{
    g_autofree Pump *p = g_new0(Pump, 1);
    Answer answer;

    p->o = options;
    p->out = g_string_sized_new(16384);
    p->needs_reset = true; /* the anchor's MAIL */
    pump_all(p);
    if (!p->lost) {
        if (p->needs_reset)
            g_string_append(p->out, "RSET\r\n");
        g_string_append_printf(p->out, "MAIL FROM:<%s>\r\n", options->anchor);
        flush(p);
        if ((p->needs_reset && !read_answer(p, &answer)) ||
            !read_answer(p, &answer) || !is_success(&answer))
            p->lost = true;
    }
    if (p->lost)
        shutdown(options->fd, SHUT_RDWR); /* libESMTP notices at once */
    g_string_free(p->out, TRUE);
    return (PumpResult){!p->lost, p->any_verdict};
}

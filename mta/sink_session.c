/* SPDX-License-Identifier: Apache-2.0 */
/* sink_session.c - the server's side of SMTP (RFC 5321), strictly */
#include "sink-private.h"

#include "nurture/address.h"
#include "nurture/clock.h"

#include <string.h>

/* A megabyte more of text. */
static void
append_padding(GString *out)
{
    gsize at = out->len;

    g_string_set_size(out, at + (1 << 20));
    memset(out->str + at, 'x', 1 << 20);
}

static void
reply(Peer *peer, const char *text)
{
    if (*text == '4' || *text == '5') {
        g_mutex_lock(&peer->sink->mutex);
        peer->sink->counts.refusals++;
        g_mutex_unlock(&peer->sink->mutex);
    }
    g_string_append(peer->out, text);
    if (peer->pads)
        append_padding(peer->out);
    peer->pads = false;
    g_string_append(peer->out, "\r\n");
}

static const char *
refusal(FaultVerb verb, bool permanent)
{
    switch (verb) {
    case VERB_MAIL:
        return permanent ? "553 5.1.8 sender refused"
                         : "451 4.3.0 try again later";
    case VERB_RCPT:
        return permanent ? "550 5.1.1 no such user" : "450 4.2.1 mailbox busy";
    case VERB_DATA:
    case VERB_BDAT:
    case VERB_DOT:
    case VERB_BODY:
        return permanent ? "554 5.6.0 content refused"
                         : "451 4.3.0 try again later";
    case VERB_AUTH:
        return permanent ? "535 5.7.8 not the right password"
                         : "454 4.7.0 cannot check it now";
    case VERB_CONNECT:
    case VERB_EHLO:
    case VERB_STARTTLS:
    case VERB_QUIT:
        break;
    }
    return permanent ? "554 5.3.2 no service here"
                     : "450 4.3.2 not accepting mail";
}

/* True when a fault has answered in place of the verb. */
static bool
misbehave(Peer *peer, FaultVerb verb)
{
    FaultKind kind = fault_roll(peer->sink, verb);

    switch (kind) {
    case FAULT_NONE:
        return false;
    case FAULT_4XX:
    case FAULT_5XX:
        reply(peer, refusal(verb, kind == FAULT_5XX));
        if (verb == VERB_CONNECT)
            peer->state = PEER_CLOSING;
        return true;
    case FAULT_421:
        reply(peer, "421 4.3.2 closing the connection");
        peer->state = PEER_CLOSING;
        return true;
    case FAULT_GARBAGE:
        reply(peer, "\001%% not an answer");
        return true;
    case FAULT_LONG:
        peer->pads = true;
        return false;
    case FAULT_SLOW:
        peer->drip_at = clock_monotonic();
        return false;
    case FAULT_INJECT:
        reply(peer, "220 2.0.0 go on\r\n250-sink.invalid\r\n250 AUTH PLAIN");
        peer->tls_wanted = true;
        return true;
    case FAULT_LATE:
        peer->drop_answer = true;
        return false;
    case FAULT_HANG:
        peer->state = PEER_HUNG;
        return true;
    case FAULT_DROP:
        g_string_truncate(peer->out, 0);
        peer->state = PEER_CLOSING;
        return true;
    }
    return false;
}

static void
forget_transaction(Peer *peer)
{
    g_clear_pointer(&peer->from, g_free);
    g_clear_pointer(&peer->envid, g_free);
    g_ptr_array_set_size(peer->rcpts, 0);
    g_byte_array_set_size(peer->body, 0);
    peer->body_begun = false;
}

/* "FROM:<address> parameters": the address, NULL when it is malformed. */
static char *
path_argument(const char *argument, const char *word, bool may_be_empty)
{
    gsize n = strlen(word);
    const char *end;
    g_autofree char *address = NULL;

    if (g_ascii_strncasecmp(argument, word, n) != 0 || argument[n] != '<')
        return NULL;
    end = strchr(argument + n, '>');
    if (!end || (end[1] && end[1] != ' '))
        return NULL;
    address =
        g_strndup(argument + n + 1, (gsize)(end - argument - (gssize)n - 1));
    if (*address == '\0' ? !may_be_empty : !address_is_wire_safe(address))
        return NULL;
    return g_steal_pointer(&address);
}

static void
do_ehlo(Peer *peer, bool extended)
{
    Sink *sink = peer->sink;

    forget_transaction(peer);
    peer->greeted = true;
    if (!extended) {
        reply(peer, "250 sink.invalid");
        return;
    }
    reply(peer, "250-sink.invalid");
    if (sink->pipelining)
        reply(peer, "250-PIPELINING");
    if (sink->chunking)
        reply(peer, "250-CHUNKING");
    if (sink->login)
        reply(peer, "250-AUTH PLAIN");
    if (sink->tls && !peer->ssl)
        reply(peer, "250-STARTTLS");
    reply(peer, "250-8BITMIME");
    reply(peer, "250-DSN");
    reply(peer, "250-ENHANCEDSTATUSCODES");
    reply(peer, "250 SIZE 26214400");
}

/* What came behind the command in the clear is forgotten, and so is all that
 * was said before (RFC 3207, 4.2). */
static void
do_starttls(Peer *peer)
{
    if (!peer->sink->tls || peer->ssl) {
        reply(peer, "503 5.5.1 no TLS now");
        return;
    }
    reply(peer, "220 2.0.0 go on");
    peer->tls_wanted = true;
    peer->greeted = peer->has_login = false;
    forget_transaction(peer);
    g_byte_array_set_size(peer->in, 0);
}

/* AUTH PLAIN with its initial response only: what libESMTP sends. RFC 4616:
 * authorization identity, NUL, user, NUL, password. */
static void
do_auth(Peer *peer, const char *argument)
{
    const char *login = peer->sink->login;
    gsize n = 0, length = login ? strlen(login) : 0;
    g_autofree guchar *got = NULL;
    g_autofree char *want = g_strdup(login);
    const guchar *user;

    if (!login || g_ascii_strncasecmp(argument, "PLAIN ", 6) != 0) {
        reply(peer, "504 5.5.4 mechanism not known");
        return;
    }
    got = g_base64_decode(argument + 6, &n);
    user = got && n ? memchr(got, 0, n) : NULL;
    *strchr(want, ':') = '\0'; /* sink_start() saw to the colon */
    peer->has_login = user && n - (gsize)(user + 1 - got) == length &&
                      memcmp(user + 1, want, length) == 0;
    reply(peer, peer->has_login ? "235 2.7.0 welcome"
                                : "535 5.7.8 not the right password");
}

static void
do_mail(Peer *peer, const char *argument)
{
    if (!peer->greeted || peer->from) {
        reply(peer, "503 5.5.1 not now");
        return;
    }
    if (peer->sink->login && !peer->has_login) {
        reply(peer, "530 5.7.0 log in first");
        return;
    }
    peer->from = path_argument(argument, "FROM:", true);
    reply(peer, peer->from ? "250 2.1.0 ok" : "501 5.1.7 what sender?");
}

static void
do_rcpt(Peer *peer, const char *argument)
{
    char *rcpt;

    if (!peer->from) {
        reply(peer, "503 5.5.1 MAIL first");
        return;
    }
    if (peer->rcpts->len >= 100) {
        reply(peer, "452 4.5.3 too many recipients");
        return;
    }
    rcpt = path_argument(argument, "TO:", false);
    if (rcpt)
        g_ptr_array_add(peer->rcpts, rcpt);
    reply(peer, rcpt ? "250 2.1.5 ok" : "501 5.1.3 what recipient?");
}

static void
do_data(Peer *peer)
{
    if (!peer->from || peer->rcpts->len == 0) {
        reply(peer, peer->from ? "554 5.5.1 no valid recipients"
                               : "503 5.5.1 MAIL first");
        return;
    }
    reply(peer, "354 go on");
    peer->state = PEER_DATA;
    peer->scanned = 0;
}

/* BDAT size [LAST]. Without a transaction the octets still come, and go. */
static void
do_bdat(Peer *peer, const char *argument)
{
    g_auto(GStrv) word = g_strsplit(argument, " ", 2);
    guint64 size;

    if (!word[0] || !g_ascii_string_to_unsigned(word[0], 10, 0, SINK_SIZE_MAX,
                                                &size, NULL)) {
        reply(peer, "501 5.5.4 what size?");
        peer->state = PEER_CLOSING;
        return;
    }
    peer->chunk_left = (gsize)size;
    peer->chunk_last = word[1] && g_ascii_strcasecmp(word[1], "LAST") == 0;
    peer->state = PEER_CHUNK;
}

/* The verb's fault, asked only where the verb has its place. */
static bool
verb_fault(Peer *peer, const char *verb)
{
    static const struct {
        const char *name;
        FaultVerb verb;
    } faulty[] = {
        {"STARTTLS", VERB_STARTTLS}, {"EHLO", VERB_EHLO}, {"HELO", VERB_EHLO},
        {"AUTH", VERB_AUTH},         {"MAIL", VERB_MAIL}, {"RCPT", VERB_RCPT},
        {"DATA", VERB_DATA},         {"QUIT", VERB_QUIT},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(faulty); i++)
        if (strcmp(verb, faulty[i].name) == 0)
            return misbehave(peer, faulty[i].verb);
    return false;
}

static void
do_command(Peer *peer, char *line)
{
    char *space = strchr(line, ' ');
    const char *argument = space ? space + 1 : "";

    if (space)
        *space = '\0';
    for (char *p = line; *p; p++)
        *p = g_ascii_toupper(*p);
    if (verb_fault(peer, line))
        return;
    if (strcmp(line, "EHLO") == 0 || strcmp(line, "HELO") == 0) {
        do_ehlo(peer, *line == 'E');
    } else if (strcmp(line, "STARTTLS") == 0) {
        do_starttls(peer);
    } else if (strcmp(line, "AUTH") == 0) {
        do_auth(peer, argument);
    } else if (strcmp(line, "MAIL") == 0) {
        do_mail(peer, argument);
    } else if (strcmp(line, "RCPT") == 0) {
        do_rcpt(peer, argument);
    } else if (strcmp(line, "DATA") == 0) {
        do_data(peer);
    } else if (strcmp(line, "BDAT") == 0 && peer->sink->chunking) {
        do_bdat(peer, argument);
    } else if (strcmp(line, "RSET") == 0) {
        forget_transaction(peer);
        reply(peer, "250 2.0.0 ok");
    } else if (strcmp(line, "NOOP") == 0) {
        reply(peer, "250 2.0.0 ok");
    } else if (strcmp(line, "QUIT") == 0) {
        reply(peer, "221 2.0.0 bye");
        peer->state = PEER_CLOSING;
    } else {
        reply(peer, "500 5.5.1 what?");
    }
    if (peer->drop_answer) {
        g_string_truncate(peer->out, 0);
        peer->state = PEER_CLOSING;
    }
}

/* One command line ending in CRLF, if it is there. */
static bool
take_command(Peer *peer)
{
    GByteArray *in = peer->in;
    const guint8 *lf =
        in->len && !peer->tls_wanted ? memchr(in->data, '\n', in->len) : NULL;
    gsize n = lf ? (gsize)(lf - in->data) : 0;

    if (!lf) {
        if (in->len > SINK_LINE_MAX) {
            reply(peer, "500 5.5.6 line too long");
            peer->state = PEER_CLOSING;
        }
        return false;
    }
    if (n == 0 || in->data[n - 1] != '\r' || memchr(in->data, 0, n)) {
        reply(peer, "500 5.5.2 lines end in CR LF");
        peer->state = PEER_CLOSING;
        return false;
    }
    g_autofree char *line = g_strndup((const char *)in->data, n - 1);
    g_byte_array_remove_range(in, 0, (guint)n + 1);
    do_command(peer, line);
    return true;
}

static bool
has_bare_line_end(const GByteArray *body)
{
    for (guint i = 0; i < body->len; i++) {
        if (body->data[i] == '\n' && (i == 0 || body->data[i - 1] != '\r'))
            return true;
        if (body->data[i] == '\r' &&
            (i + 1 == body->len || body->data[i + 1] != '\n'))
            return true;
    }
    return false;
}

/* All of the message is here: keep it, or say why not. */
static void
end_message(Peer *peer)
{
    Sink *sink = peer->sink;
    bool bare = has_bare_line_end(peer->body);

    peer->state = PEER_COMMAND;
    if (misbehave(peer, VERB_DOT)) {
        forget_transaction(peer);
        return;
    }
    if (bare || peer->body->len > SINK_SIZE_MAX) {
        reply(peer, bare ? "550 5.6.11 bare CR or LF in the message"
                         : "552 5.3.4 message too big");
        forget_transaction(peer);
        return;
    }
    if (!sink_keep(sink, peer)) {
        reply(peer, "452 4.3.1 no room");
        forget_transaction(peer);
        return;
    }
    peer->state = PEER_WAIT;
    peer->reply_at = clock_monotonic() + sink->latency_ms;
}

void
peer_answer_message(Peer *peer)
{
    g_mutex_lock(&peer->sink->mutex);
    peer->sink->counts.messages++;
    g_mutex_unlock(&peer->sink->mutex);
    forget_transaction(peer);
    if (peer->drop_answer) {
        peer->state = PEER_CLOSING;
        return;
    }
    reply(peer, "250 2.0.0 kept");
    peer->state = PEER_COMMAND;
    peer_work(peer);
}

static void
unstuff_into_body(Peer *peer, const guint8 *p, gsize length)
{
    const guint8 *end = p + length;

    while (p < end) {
        const guint8 *crlf = memmem(p, (gsize)(end - p), "\r\n", 2);
        const guint8 *next = crlf ? crlf + 2 : end;
        if (*p == '.')
            p++;
        g_byte_array_append(peer->body, p, (guint)(next - p));
        p = next;
    }
}

static bool
body_fault(Peer *peer)
{
    if (peer->body_begun || peer->in->len == 0)
        return false;
    peer->body_begun = true;
    return misbehave(peer, VERB_BODY);
}

static bool
take_data(Peer *peer)
{
    GByteArray *in = peer->in;
    const guint8 *dot = NULL;
    gsize length;

    if (body_fault(peer))
        return false;
    if (in->len >= 3 && memcmp(in->data, ".\r\n", 3) == 0) {
        length = 0;
        dot = in->data;
    } else {
        gsize from = peer->scanned > 4 ? peer->scanned - 4 : 0;
        dot = in->len > from
                  ? memmem(in->data + from, in->len - from, "\r\n.\r\n", 5)
                  : NULL;
        length = dot ? (gsize)(dot - in->data) + 2 : 0;
    }
    if (!dot) {
        peer->scanned = in->len;
        if (in->len > 2 * SINK_SIZE_MAX) {
            reply(peer, "552 5.3.4 message too big");
            peer->state = PEER_CLOSING;
        }
        return false;
    }
    unstuff_into_body(peer, in->data, length);
    g_byte_array_remove_range(in, 0, (guint)length + 3);
    end_message(peer);
    return true;
}

static bool
take_chunk(Peer *peer)
{
    GByteArray *in = peer->in;
    gsize n = MIN(in->len, peer->chunk_left);

    if (body_fault(peer))
        return false;
    if (peer->body->len + n <= SINK_SIZE_MAX + 1 && n > 0)
        g_byte_array_append(peer->body, in->data, (guint)n);
    if (n > 0)
        g_byte_array_remove_range(in, 0, (guint)n);
    peer->chunk_left -= n;
    if (peer->chunk_left > 0)
        return false;
    peer->state = PEER_COMMAND;
    if (misbehave(peer, VERB_BDAT)) {
        forget_transaction(peer);
    } else if (!peer->from || peer->rcpts->len == 0) {
        reply(peer, "503 5.5.1 no valid recipients");
        forget_transaction(peer);
    } else if (peer->chunk_last) {
        end_message(peer);
    } else {
        reply(peer, "250 2.0.0 chunk");
    }
    return true;
}

void
peer_greet(Peer *peer)
{
    if (!misbehave(peer, VERB_CONNECT))
        reply(peer, "220 sink.invalid ESMTP: keeps all, delivers none");
}

void
peer_work(Peer *peer)
{
    bool more = true;

    while (more) {
        switch (peer->state) {
        case PEER_COMMAND:
            more = take_command(peer);
            break;
        case PEER_DATA:
            more = take_data(peer);
            break;
        case PEER_CHUNK:
            more = take_chunk(peer);
            break;
        case PEER_WAIT:
        case PEER_HUNG:
        case PEER_CLOSING:
            more = false;
            break;
        }
    }
}

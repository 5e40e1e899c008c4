/* SPDX-License-Identifier: Apache-2.0 */
/* lmtp_session.c - LMTP commands and the data between them */
#include "lmtp-session.h"

#include "nurture/log.h"

#include <string.h>

/* Where in the data we are: after a line end a dot may be the last one. */
enum { AT_START, AT_DOT, AT_DOT_CR, IN_LINE, AT_CR };

void
lmtp_session_init(LmtpSession *s, gsize size_max, LmtpKeep keep, gpointer data)
{
    *s = (LmtpSession){.line = g_string_new(NULL),
                       .body = g_byte_array_new(),
                       .out = g_string_new("220 nurture LMTP ready\r\n"),
                       .recipients = g_ptr_array_new_with_free_func(g_free),
                       .size_max = size_max,
                       .keep = keep,
                       .data = data};
}

void
lmtp_session_clear(LmtpSession *s)
{
    g_string_free(s->line, TRUE);
    g_byte_array_unref(s->body);
    g_string_free(s->out, TRUE);
    g_free(s->sender);
    g_ptr_array_unref(s->recipients);
}

static void
say(LmtpSession *s, const char *reply)
{
    g_string_append(s->out, reply);
    g_string_append(s->out, "\r\n");
}

static void
refuse(LmtpSession *s, const char *reply)
{
    say(s, reply);
    if (++s->errors >= LMTP_ERRORS_MAX) {
        say(s, "421 4.7.0 too many errors");
        s->state = LMTP_CLOSED;
    }
}

static void
reset(LmtpSession *s)
{
    g_ptr_array_set_size(s->recipients, 0);
    g_clear_pointer(&s->sender, g_free);
    /* The buffer of a big mail is not kept for the next. */
    g_byte_array_unref(s->body);
    s->body = g_byte_array_new();
    s->smtputf8 = s->too_big = false;
    if (s->state != LMTP_CLOSED && s->state != LMTP_GREETED)
        s->state = LMTP_READY;
}

/* ---- commands -------------------------------------------------------------
 */

/* The path of "FROM:<path> parameters"; what follows goes to *rest. NULL when
 * it is no path. A source route is dropped (RFC 5321, appendix C). */
static char *
read_path(const char *text, const char *word, const char **rest)
{
    bool quoted = false;
    const char *start, *p;

    if (g_ascii_strncasecmp(text, word, strlen(word)) != 0)
        return NULL;
    text += strlen(word);
    while (*text == ' ')
        text++;
    if (*text != '<')
        return NULL;
    start = p = text + 1;
    if (*p == '@' && strchr(p, ':'))
        start = p = strchr(p, ':') + 1;
    for (; *p && (quoted || *p != '>'); p++) {
        if (*p == '\\' && quoted && p[1])
            p++;
        else if (*p == '"')
            quoted = !quoted;
    }
    if (*p != '>' || (p[1] && p[1] != ' '))
        return NULL;
    *rest = p + 1;
    return g_strndup(start, (gsize)(p - start));
}

/* Good enough to be written into a header field; whose it is, the mail server
 * has decided. */
static const char *
fault_of_path(const LmtpSession *s, const char *path)
{
    const char *at = strrchr(path, '@');

    if (strlen(path) > 320)
        return "553 5.1.3 address too long";
    for (const char *p = path; *p; p++) {
        if ((unsigned char)*p < 0x21 || *p == 0x7f)
            return "553 5.1.3 not an address";
        if ((unsigned char)*p >= 0x80 && !s->smtputf8)
            return "553 5.6.7 needs SMTPUTF8";
    }
    if (!g_utf8_validate(path, -1, NULL))
        return "553 5.1.3 not UTF-8";
    if (!at || at == path || !at[1])
        return "553 5.1.3 not an address";
    return NULL;
}

static bool
take_size(LmtpSession *s, const char *value)
{
    char *end;
    guint64 size = g_ascii_strtoull(value, &end, 10);

    if (!g_ascii_isdigit(*value) || *end) {
        refuse(s, "501 5.5.4 SIZE takes a number");
        return false;
    }
    if (size > s->size_max) {
        refuse(s, "552 5.3.4 larger than this server takes");
        return false;
    }
    return true;
}

static bool
take_parameters(LmtpSession *s, const char *rest)
{
    g_auto(GStrv) words = g_strsplit(rest, " ", 20);

    for (char **w = words; *w; w++) {
        if (!**w)
            continue;
        if (g_ascii_strncasecmp(*w, "SIZE=", 5) == 0) {
            if (!take_size(s, *w + 5))
                return false;
        } else if (g_ascii_strcasecmp(*w, "SMTPUTF8") == 0) {
            s->smtputf8 = true;
        } else if (g_ascii_strcasecmp(*w, "BODY=7BIT") != 0 &&
                   g_ascii_strcasecmp(*w, "BODY=8BITMIME") != 0) {
            refuse(s, "555 5.5.4 parameter not known");
            return false;
        }
    }
    return true;
}

static void
command_mail(LmtpSession *s, const char *text)
{
    const char *rest = NULL, *fault;
    g_autofree char *path = read_path(text, "FROM:", &rest);

    if (s->state != LMTP_READY) {
        refuse(s, s->state == LMTP_GREETED ? "503 5.5.1 LHLO first"
                                           : "503 5.5.1 one mail at a time");
        return;
    }
    if (!path) {
        refuse(s, "501 5.5.4 MAIL FROM:<address>");
        return;
    }
    s->smtputf8 = false;
    if (!take_parameters(s, rest))
        return;
    fault = *path ? fault_of_path(s, path) : NULL;
    if (fault) {
        refuse(s, fault);
        return;
    }
    s->state = LMTP_MAIL;
    g_free(s->sender);
    s->sender = g_steal_pointer(&path);
    say(s, "250 2.1.0 ok");
}

static void
command_rcpt(LmtpSession *s, const char *text)
{
    const char *rest = NULL, *fault;
    g_autofree char *path = read_path(text, "TO:", &rest);

    if (s->state != LMTP_MAIL) {
        refuse(s, "503 5.5.1 MAIL first");
        return;
    }
    fault = !path   ? "501 5.5.4 RCPT TO:<address>"
            : *rest ? "555 5.5.4 parameter not known"
                    : fault_of_path(s, path);
    if (fault) {
        refuse(s, fault);
    } else if (s->recipients->len >= LMTP_RECIPIENTS_MAX) {
        say(s, "452 4.5.3 too many recipients");
    } else {
        g_ptr_array_add(s->recipients, g_steal_pointer(&path));
        say(s, "250 2.1.5 ok");
    }
}

static void
command_data(LmtpSession *s, const char *text)
{
    if (*text) {
        refuse(s, "501 5.5.4 DATA takes no argument");
    } else if (s->state != LMTP_MAIL || s->recipients->len == 0) {
        refuse(s, "503 5.5.1 RCPT first");
    } else {
        s->state = LMTP_DATA;
        s->dot = AT_START;
        say(s, "354 end with a line that is one dot");
    }
}

static void
command_lhlo(LmtpSession *s, const char *text)
{
    if (!*text) {
        refuse(s, "501 5.5.4 LHLO needs a name");
        return;
    }
    s->state = LMTP_READY;
    reset(s);
    g_string_append_printf(s->out,
                           "250-nurture\r\n250-PIPELINING\r\n"
                           "250-ENHANCEDSTATUSCODES\r\n250-SIZE %zu\r\n"
                           "250-8BITMIME\r\n250 SMTPUTF8\r\n",
                           s->size_max);
}

static void
command_rset(LmtpSession *s, const char *text)
{
    (void)text;
    reset(s);
    say(s, "250 2.0.0 ok");
}

static void
command_noop(LmtpSession *s, const char *text)
{
    (void)text;
    say(s, "250 2.0.0 ok");
}

static void
command_vrfy(LmtpSession *s, const char *text)
{
    (void)text;
    say(s, "252 2.1.5 send it and see");
}

static void
command_quit(LmtpSession *s, const char *text)
{
    (void)text;
    say(s, "221 2.0.0 bye");
    s->state = LMTP_CLOSED;
}

static const struct {
    const char *word;
    void (*run)(LmtpSession *s, const char *text);
} commands[] = {
    {"LHLO", command_lhlo}, {"MAIL", command_mail}, {"RCPT", command_rcpt},
    {"DATA", command_data}, {"RSET", command_rset}, {"NOOP", command_noop},
    {"VRFY", command_vrfy}, {"QUIT", command_quit},
};

static void
run_line(LmtpSession *s, const char *line, gsize length)
{
    if (memchr(line, '\0', length) || memchr(line, '\r', length) ||
        memchr(line, '\n', length)) {
        refuse(s, "500 5.5.2 a line ends with CR LF");
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_ascii_strncasecmp(line, commands[i].word, 4) != 0 ||
            (line[4] && line[4] != ' '))
            continue;
        line += line[4] ? 5 : 4;
        while (*line == ' ')
            line++;
        commands[i].run(s, line);
        return;
    }
    /* RFC 2033, 4.1: HELO and EHLO are no commands of LMTP. */
    refuse(s, "500 5.5.1 command not known");
}

/* ---- data -----------------------------------------------------------------
 */

static void
append(LmtpSession *s, const char *bytes, gsize length)
{
    if (s->too_big || s->body->len + length > s->size_max) {
        s->too_big = true;
        g_byte_array_set_size(s->body, 0);
        return;
    }
    g_byte_array_append(s->body, (const guint8 *)bytes, (guint)length);
}

static const char *
keep_mail(LmtpSession *s)
{
    g_autoptr(GBytes) raw = NULL;
    g_autoptr(GError) error = NULL;
    Envelope envelope = {.sender = s->sender};
    bool kept;

    if (s->too_big)
        return "552 5.3.4 larger than this server takes";
    raw = g_byte_array_free_to_bytes(s->body);
    s->body = g_byte_array_new();
    g_ptr_array_add(s->recipients, NULL);
    envelope.recipients = (const char *const *)s->recipients->pdata;
    kept = s->keep(s->data, raw, &envelope, &error);
    g_ptr_array_set_size(s->recipients, (int)s->recipients->len - 1);
    if (kept) {
        s->kept++;
        return "250 2.0.0 kept";
    }
    log_warn("lmtp error=\"%s\"", error ? error->message : "not kept");
    return "451 4.3.0 cannot keep it now, try again";
}

static void
end_data(LmtpSession *s)
{
    const char *reply = keep_mail(s);

    for (guint i = 0; i < s->recipients->len; i++)
        say(s, reply);
    s->state = LMTP_READY;
    reset(s);
}

/* One byte that is not in the middle of a line. */
static void
take_byte(LmtpSession *s, char c)
{
    switch (s->dot) {
    case AT_START:
        if (c == '.') {
            s->dot = AT_DOT;
            return;
        }
        break;
    case AT_DOT:
        if (c == '\r') {
            s->dot = AT_DOT_CR;
            return;
        }
        break; /* RFC 5321, 4.5.2: the dot was stuffing */
    case AT_DOT_CR:
        if (c == '\n') {
            end_data(s);
            return;
        }
        append(s, "\r", 1);
        break;
    case AT_CR:
        if (c == '\n') {
            append(s, &c, 1);
            s->dot = AT_START;
            return;
        }
        break;
    default:
        break;
    }
    append(s, &c, 1);
    s->dot = c == '\r' ? AT_CR : IN_LINE;
}

static gsize
take_data(LmtpSession *s, const char *bytes, gsize length)
{
    const char *cr;

    if (s->dot != IN_LINE) {
        take_byte(s, *bytes);
        return 1;
    }
    cr = memchr(bytes, '\r', length);
    if (!cr) {
        append(s, bytes, length);
        return length;
    }
    append(s, bytes, (gsize)(cr - bytes) + 1);
    s->dot = AT_CR;
    return (gsize)(cr - bytes) + 1;
}

static gsize
take_line(LmtpSession *s, const char *bytes, gsize length)
{
    const char *lf = memchr(bytes, '\n', length);
    gsize used = lf ? (gsize)(lf - bytes) + 1 : length;

    if (s->line->len + used > LMTP_LINE_MAX)
        s->too_long = true;
    if (!s->too_long)
        g_string_append_len(s->line, bytes, (gssize)used);
    if (!lf)
        return used;
    if (s->too_long) {
        refuse(s, "500 5.5.2 line too long");
    } else if (s->line->len < 2 || s->line->str[s->line->len - 2] != '\r') {
        refuse(s, "500 5.5.2 a line ends with CR LF");
    } else {
        g_string_truncate(s->line, s->line->len - 2);
        run_line(s, s->line->str, s->line->len);
    }
    s->too_long = false;
    g_string_truncate(s->line, 0);
    return used;
}

void
lmtp_session_feed(LmtpSession *s, const char *bytes, gsize length)
{
    while (length > 0 && s->state != LMTP_CLOSED) {
        gsize used = s->state == LMTP_DATA ? take_data(s, bytes, length)
                                           : take_line(s, bytes, length);
        bytes += used;
        length -= used;
    }
}

void
lmtp_session_stop(LmtpSession *s)
{
    if (s->state == LMTP_DATA || s->state == LMTP_CLOSED)
        return;
    say(s, "421 4.3.2 closing");
    s->state = LMTP_CLOSED;
}

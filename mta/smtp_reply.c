/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_reply.c - RFC 5321, 4.2: lines of three digits, a dash or space, text */
#include "smtp_reply.h"

#include <stdio.h>
#include <string.h>

#define LINES_MAX     64
#define LINE_SEEN_MAX 65536

/* A whole line goes to `line`, without its end; its excess is dropped. */
static ReaderResult
take_line(SmtpReader *r)
{
    while (r->at < r->end) {
        char c = r->in[r->at++];
        if (c == '\n')
            return READER_REPLY;
        if (++r->line_seen > LINE_SEEN_MAX)
            return READER_NO_REPLY;
        if (r->line_length + 1 < SMTP_TEXT_MAX && c != '\0')
            r->line[r->line_length++] = c;
    }
    return READER_MORE;
}

static void
end_line(SmtpReader *r)
{
    while (r->line_length > 0 && r->line[r->line_length - 1] == '\r')
        r->line_length--;
    r->line[r->line_length] = '\0';
    r->line_length = r->line_seen = 0;
}

static bool
is_reply_line(const char *line)
{
    return line[0] >= '2' && line[0] <= '5' && g_ascii_isdigit(line[1]) &&
           g_ascii_isdigit(line[2]) &&
           (line[3] == '\0' || line[3] == ' ' || line[3] == '-');
}

static void
parse_enhanced(SmtpAnswer *answer, const char *text)
{
    int used = 0, *e = answer->reply.enhanced;

    if (*text != '2' && *text != '4' && *text != '5')
        return;
    if (sscanf(text, "%1d.%3d.%3d%n", &e[0], &e[1], &e[2], &used) != 3 ||
        (text[used] != ' ' && text[used] != '\0'))
        e[0] = e[1] = e[2] = 0;
}

ReaderResult
smtp_reader_take(SmtpReader *r, SmtpAnswer *out)
{
    const char *line = r->line;

    do {
        ReaderResult result = take_line(r);
        if (result != READER_REPLY)
            return result;
        end_line(r);
        if (!is_reply_line(line) || ++r->lines > LINES_MAX)
            return READER_NO_REPLY;
    } while (line[3] == '-');
    r->lines = 0;
    out->reply = (SmtpReply){(line[0] - '0') * 100 + (line[1] - '0') * 10 +
                                 line[2] - '0',
                             {0},
                             out->text};
    g_strlcpy(out->text, line[3] ? line + 4 : "", sizeof out->text);
    parse_enhanced(out, out->text);
    return READER_REPLY;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* evidence.c - tokens in quoted links, and the fields servers put on top */
#include "evidence.h"

#include "addresses.h"
#include "nurture/token.h"

#include <string.h>

enum { WEB_TOKEN_LENGTH = WEB_TOKEN_TEXT - 1, TRACE_VALUE_MAX = 4096 };

static bool
belongs_to_token(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_';
}

/* base64url knows no folding of case, unlike addresses. */
static void
add_once(GPtrArray *list, const char *text, gsize length)
{
    for (guint i = 0; i < list->len; i++)
        if (strncmp(list->pdata[i], text, length) == 0 &&
            ((char *)list->pdata[i])[length] == '\0')
            return;
    if (list->len < EVIDENCE_TOKENS_MAX)
        g_ptr_array_add(list, g_strndup(text, length));
}

/* "/u/TOKEN" as it was sent, or "%2Fu%2FTOKEN" inside another's link. */
void
evidence_find_tokens(GPtrArray *tokens, const char *text)
{
    for (const char *p = text ? text : ""; *p;) {
        gsize n = 0;
        while (p[n] && belongs_to_token(p[n]))
            n++;
        if (n == WEB_TOKEN_LENGTH && p > text && p[-1] == '/')
            add_once(tokens, p, n);
        else if (n == WEB_TOKEN_LENGTH + 2 && p > text && p[-1] == '%' &&
                 g_ascii_strncasecmp(p, "2f", 2) == 0)
            add_once(tokens, p + 2, n - 2);
        p += n > 0 ? n : 1;
    }
}

/* Top first: what stands above the first Received of a stranger was written
 * by our own servers. */
static void
collect_trace(Inspection *i, const InboundMail *mail)
{
    for (guint n = 0; n < mail->headers->len; n++) {
        InboundHeader *h = &g_array_index(mail->headers, InboundHeader, n);
        bool received = g_ascii_strcasecmp(h->name, "Received") == 0;

        if (g_ascii_strcasecmp(h->name, "From") == 0)
            i->from_fields++;
        if (i->trace->len < EVIDENCE_TRACE_MAX &&
            (received ||
             g_ascii_strcasecmp(h->name, "Authentication-Results") == 0))
            g_ptr_array_add(i->trace,
                            g_strdup_printf("%c%.*s", received ? 'R' : 'A',
                                            TRACE_VALUE_MAX, h->value));
    }
}

void
evidence_collect(Inspection *inspection, const InboundMail *mail)
{
    evidence_find_tokens(inspection->quoted_tokens, mail->text);
    evidence_find_tokens(inspection->quoted_tokens, mail->html);
    collect_trace(inspection, mail);
}

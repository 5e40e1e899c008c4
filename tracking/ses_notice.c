/* SPDX-License-Identifier: Apache-2.0 */
/* ses_notice.c - SES notifications, read by their member names */
#include "ses-notice.h"

#include <string.h>

static void
ses_recipient_free(void *data)
{
    SesRecipient *r = data;

    g_free(r->address);
    g_free(r->status);
    g_free(r->diagnostic);
    g_free(r);
}

void
ses_notice_free(SesNotice *notice)
{
    if (!notice)
        return;
    g_ptr_array_unref(notice->recipients);
    g_free(notice->message_id);
    g_free(notice);
}

/* The string value of member `name` between `from` and `end`. A mailed object
 * may be wrapped at any column, so line ends inside it do not count. */
static char *
member(const char *from, const char *end, const char *name)
{
    g_autofree char *key = g_strdup_printf("\"%s\"", name);
    const char *p = g_strstr_len(from, end - from, key);
    GString *value;

    if (!p)
        return NULL;
    p += strlen(key);
    p += strspn(p, " \t\n:");
    if (*p != '"')
        return NULL;
    value = g_string_new(NULL);
    for (p++; p < end && *p && *p != '"'; p++) {
        if (*p == '\\' && p[1])
            g_string_append_c(value, *++p == 'n' ? ' ' : *p);
        else if (*p != '\n')
            g_string_append_c(value, *p);
    }
    return g_string_free(value, FALSE);
}

/* The recipient objects of the list `name`, which ends with a bracket. */
static void
read_recipients(SesNotice *n, const char *text, const char *name)
{
    g_autofree char *key = g_strdup_printf("\"%s\"", name);
    const char *p = strstr(text, key), *close;

    if (!p)
        return;
    close = strchr(p, ']');
    if (!close)
        close = p + strlen(p);
    while ((p = memchr(p, '{', (size_t)(close - p))) &&
           n->recipients->len < 1000) {
        const char *end = memchr(p, '}', (size_t)(close - p));
        SesRecipient *r = g_new0(SesRecipient, 1);

        if (!end)
            end = close;
        r->address = member(p, end, "emailAddress");
        r->status = member(p, end, "status");
        r->diagnostic = member(p, end, "diagnosticCode");
        if (r->address)
            g_ptr_array_add(n->recipients, r);
        else
            ses_recipient_free(r);
        p = end;
    }
}

SesNotice *
ses_notice_read(const char *text)
{
    g_autofree char *kind = NULL;
    SesNotice *n;
    const char *end;

    if (!text || text[strspn(text, " \t\n")] != '{')
        return NULL;
    end = text + strlen(text);
    /* SNS wraps the object in another one, as a string. */
    if (strstr(text, "\\\"notificationType\\\"")) {
        g_autofree char *inner = member(text, end, "Message");

        return inner && *inner == '{' ? ses_notice_read(inner) : NULL;
    }
    kind = member(text, end, "notificationType");
    if (!kind)
        kind = member(text, end, "eventType");
    if (!kind)
        return NULL;
    n = g_new0(SesNotice, 1);
    n->recipients = g_ptr_array_new_with_free_func(ses_recipient_free);
    n->kind = g_ascii_strcasecmp(kind, "Bounce") == 0      ? SES_BOUNCE
              : g_ascii_strcasecmp(kind, "Complaint") == 0 ? SES_COMPLAINT
                                                           : SES_DELIVERY;
    if (n->kind == SES_BOUNCE)
        read_recipients(n, text, "bouncedRecipients");
    else if (n->kind == SES_COMPLAINT)
        read_recipients(n, text, "complainedRecipients");
    n->message_id = member(text, end, "messageId");
    return n;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* feedback.c - RFC 5965 reports, and what passes for them
 *
 * Besides message/feedback-report there are: the same fields in a text part;
 * Microsoft's JMRP, which forwards the mail under a fixed subject; DMARC
 * failure reports without fields; SES complaints as JSON; and one-click
 * opt-outs that a mail program sends on its user's behalf. */
#include "feedback.h"

#include "addresses.h"
#include "ses-notice.h"
#include "text-rules.h"

#include <string.h>

void
feedback_free(Feedback *feedback)
{
    if (!feedback)
        return;
    g_free(feedback->type);
    g_ptr_array_unref(feedback->recipients);
    g_free(feedback->message_id);
    g_free(feedback->rule);
    g_free(feedback);
}

static Feedback *
feedback_new(char *type, char *rule)
{
    Feedback *f = g_new0(Feedback, 1);

    f->type = type;
    f->rule = rule;
    f->recipients = g_ptr_array_new_with_free_func(g_free);
    return f;
}

/* "<a@b>" or "a@b" alone -> "a@b". */
static char *
message_id_bare(const char *value)
{
    const char *p = value + strspn(value, " \t<");
    size_t n = strcspn(p, " \t>");

    return n > 0 ? g_strndup(p, n) : NULL;
}

static void
read_message_id(Feedback *f, const char *fields, const char *original)
{
    static const char *const names[] = {"Original-Message-ID", "Message-ID",
                                        NULL};

    for (int i = 0; names[i] && !f->message_id; i++) {
        g_autofree char *there = fields_get(fields, names[i], 0);
        g_autofree char *value =
            there ? g_steal_pointer(&there) : fields_get(original, names[i], 0);

        if (value)
            f->message_id = message_id_bare(value);
    }
}

static bool
is_hidden(const char *address)
{
    return g_ascii_strncasecmp(address, "redacted", 8) == 0 ||
           strstr(address, "xxx@") || strstr(address, "undisclosed");
}

static void
add_field_addresses(Feedback *f, const char *fields, const char *name)
{
    for (int nth = 0; nth < 50; nth++) {
        g_autofree char *value = fields_get(fields, name, nth);

        if (!value)
            return;
        addresses_add_from(f->recipients, value);
    }
}

/* Whose complaint: the report's field, else whom the mail was for. */
static void
read_recipients(Feedback *f, const char *fields, const char *original)
{
    static const char *const in_fields[] = {
        "Original-Rcpt-To", "Removal-Recipient", "Original-Recipient",
        "X-Original-Rcpt-To", NULL};
    static const char *const in_original[] = {"X-HmXmrOriginalRecipient",
                                              "X-Original-Recipient",
                                              "X-Original-To",
                                              "Delivered-To",
                                              "To",
                                              NULL};

    for (int i = 0; in_fields[i] && f->recipients->len == 0; i++)
        add_field_addresses(f, fields, in_fields[i]);
    for (int i = 0; in_original[i] && f->recipients->len == 0; i++)
        add_field_addresses(f, original, in_original[i]);
    for (guint i = f->recipients->len; i-- > 0;)
        if (is_hidden(f->recipients->pdata[i]))
            g_ptr_array_remove_index(f->recipients, i);
}

static Feedback *
from_fields(const char *fields, const char *original)
{
    g_autofree char *type = fields_get(fields, "Feedback-Type", 0);
    Feedback *f;

    if (!type)
        return NULL;
    g_strstrip(type);
    type[strcspn(type, " \t;(")] = 0;
    f = feedback_new(g_ascii_strdown(type, -1), g_strdup("Feedback-Type"));
    read_recipients(f, fields, original);
    read_message_id(f, fields, original);
    return f;
}

/* Mail that is a report by its subject or header alone; bounce-feedback.tsv
 * says which, and of what type. */
static Feedback *
from_shape(const InboundMail *mail, const ReportParts *parts)
{
    TextRules *rules = text_rules_get("feedback-shape.tsv");
    g_autoptr(GString) shape = g_string_new(NULL);
    g_auto(Haystack) h = {0};
    Feedback *f;
    int row;

    g_string_append_printf(shape, "From: %s\nSubject: %s\n%s%s",
                           mail->from_address ? mail->from_address : "",
                           mail->subject ? mail->subject : "",
                           parts->is_report ? "multipart/report\n" : "",
                           parts->has_original ? "with original\n" : "");
    if (parts->is_feedback)
        g_string_append(shape, "feedback-report\n");
    if (inbound_mail_header(mail, "X-Apple-Unsubscribe"))
        g_string_append(shape, "X-Apple-Unsubscribe\n");
    haystack_init(&h, shape->str, shape->len);
    row = text_rules_find(rules, &h, NULL);
    if (row < 0)
        return NULL;
    f = feedback_new(g_strdup(text_rules_cell(rules, row, "type")),
                     text_rules_name(rules, row));
    if (strcmp(f->type, "opt-out") == 0 && mail->from_address)
        g_ptr_array_add(f->recipients, g_strdup(mail->from_address));
    else
        read_recipients(f, "", parts->original->str);
    read_message_id(f, "", parts->original->str);
    return f;
}

static Feedback *
from_ses(const InboundMail *mail)
{
    g_autoptr(SesNotice) notice = ses_notice_read(mail->text);
    Feedback *f;

    if (!notice || notice->kind != SES_COMPLAINT)
        return NULL;
    f = feedback_new(g_strdup("abuse"), g_strdup("SES notification"));
    for (guint i = 0; i < notice->recipients->len; i++) {
        SesRecipient *r = notice->recipients->pdata[i];

        g_ptr_array_add(f->recipients, g_strdup(r->address));
    }
    f->message_id = g_steal_pointer(&notice->message_id);
    return f;
}

Feedback *
feedback_read(const InboundMail *mail, const ReportParts *parts)
{
    Feedback *f = from_fields(parts->feedback->str, parts->original->str);

    if (!f && (parts->is_report || parts->has_original))
        f = from_fields(parts->notice->str, parts->original->str);
    if (!f)
        f = from_ses(mail);
    return f ? f : from_shape(mail, parts);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* inspection.c - what one received mail means */
#include "nurture/inspection.h"

#include "addresses.h"
#include "auto-reply.h"
#include "bounce.h"
#include "evidence.h"
#include "feedback.h"
#include "html-text.h"
#include "inbound-guard.h"
#include "inbound-mail.h"
#include "inspection-pack.h"
#include "intent.h"
#include "reply-text.h"
#include "report-digest.h"

#include <string.h>

static const char *const kind_names[] = {
    "other", "human", "auto-reply", "feedback-report", "delayed", "bounce"};

const char *
inspection_kind_name(InspectionKind kind)
{
    return kind_names[kind];
}

Inspection *
inspection_new(void)
{
    Inspection *i = g_new0(Inspection, 1);

    i->recipients = g_ptr_array_new_with_free_func(bounced_recipient_free);
    i->reports = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    i->feedback_others = g_ptr_array_new_with_free_func(g_free);
    i->message_ids = g_ptr_array_new_with_free_func(g_free);
    i->addresses = g_ptr_array_new_with_free_func(g_free);
    i->quoted_tokens = g_ptr_array_new_with_free_func(g_free);
    i->trace = g_ptr_array_new_with_free_func(g_free);
    i->returned_fields = g_ptr_array_new_with_free_func(g_free);
    return i;
}

void
inspection_free(Inspection *inspection)
{
    if (!inspection)
        return;
    g_free(inspection->rule);
    g_ptr_array_unref(inspection->recipients);
    g_ptr_array_unref(inspection->reports);
    g_free(inspection->auto_class);
    g_free(inspection->return_date);
    g_free(inspection->new_address);
    g_free(inspection->colleague);
    g_free(inspection->feedback_type);
    g_free(inspection->feedback_recipient);
    g_free(inspection->feedback_message_id);
    g_ptr_array_unref(inspection->feedback_others);
    g_free(inspection->reply);
    g_free(inspection->intent);
    g_free(inspection->intent_also);
    g_free(inspection->intent_rule);
    g_ptr_array_unref(inspection->message_ids);
    g_ptr_array_unref(inspection->addresses);
    g_ptr_array_unref(inspection->quoted_tokens);
    g_ptr_array_unref(inspection->trace);
    g_ptr_array_unref(inspection->returned_fields);
    g_free(inspection->from_address);
    g_free(inspection->from_name);
    g_free(inspection->subject);
    g_free(inspection->message_id);
    g_free(inspection->original_envelope_id);
    g_free(inspection->refused);
    g_free(inspection);
}

/* Ids of a References-like field, last first: brackets, commas and folds are
 * all met between them. */
static void
add_ids(GPtrArray *ids, const char *value)
{
    g_auto(GStrv) words = NULL;

    if (!value)
        return;
    words = g_strsplit_set(value, "<>, \t\"", -1);
    for (guint n = g_strv_length(words); n-- > 0;)
        if (strchr(words[n], '@'))
            addresses_add(ids, g_strdup(words[n]));
}

static void
add_header_addresses(Inspection *i, const InboundMail *mail, const char *name)
{
    for (guint n = 0; n < mail->headers->len; n++) {
        InboundHeader *h = &g_array_index(mail->headers, InboundHeader, n);

        if (g_ascii_strcasecmp(h->name, name) == 0)
            addresses_add_from(i->addresses, h->value);
    }
}

static void
collect_returned_fields(Inspection *i, const char *header)
{
    for (const char *p = header; *p && i->returned_fields->len < 40;) {
        size_t n = strcspn(p, ":\n");

        if ((*p == 'X' || *p == 'x') && p[1] == '-' && p[n] == ':') {
            g_autofree char *name = g_strndup(p, n);
            g_autofree char *value = fields_get(p, name, 0);

            g_ptr_array_add(i->returned_fields,
                            g_strdup_printf("%s: %s", name, value));
        }
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
}

/* Where our own tokens may stand; the caller knows how they look. */
static void
collect_candidates(Inspection *i, const InboundMail *mail,
                   const ReportParts *parts)
{
    static const char *const delivered[] = {"X-Original-To",
                                            "Delivered-To",
                                            "Envelope-To",
                                            "X-Envelope-To",
                                            "To",
                                            "Cc",
                                            NULL};
    static const char *const returned[] = {
        "Return-Path", "Reply-To", "List-Unsubscribe", "From", "To", NULL};
    static const char *const ids[] = {"Message-ID",
                                      "X-Microsoft-Original-Message-ID",
                                      "X-Original-Message-ID", NULL};

    collect_returned_fields(i, parts->original->str);
    add_ids(i->message_ids, inbound_mail_header(mail, "In-Reply-To"));
    add_ids(i->message_ids, inbound_mail_header(mail, "References"));
    for (int n = 0; ids[n]; n++) {
        g_autofree char *value = fields_get(parts->original->str, ids[n], 0);

        add_ids(i->message_ids, value);
    }
    for (int n = 0; delivered[n]; n++)
        add_header_addresses(i, mail, delivered[n]);
    for (int n = 0; returned[n]; n++) {
        g_autofree char *value =
            fields_get(parts->original->str, returned[n], 0);

        addresses_add_from(i->addresses, value);
    }
}

static bool
take_feedback(Inspection *i, const InboundMail *mail, const ReportParts *parts)
{
    g_autoptr(Feedback) f = feedback_read(mail, parts);

    if (!f)
        return false;
    i->kind = INSPECTION_FEEDBACK;
    i->rule = g_steal_pointer(&f->rule);
    i->feedback_type = g_steal_pointer(&f->type);
    i->feedback_message_id = g_steal_pointer(&f->message_id);
    for (guint n = 0; n < f->recipients->len; n++) {
        char *address = g_strdup(f->recipients->pdata[n]);

        if (n == 0)
            i->feedback_recipient = address;
        else
            g_ptr_array_add(i->feedback_others, address);
    }
    return true;
}

static bool
take_bounce(Inspection *i, const InboundMail *mail, const ReportParts *parts)
{
    g_autoptr(Bounce) b = bounce_read(mail, parts);

    if (b->verdict == BOUNCE_NONE)
        return false;
    i->kind = b->verdict == BOUNCE_FAILED    ? INSPECTION_BOUNCE
              : b->verdict == BOUNCE_DELAYED ? INSPECTION_DELAYED
                                             : INSPECTION_OTHER;
    i->rule = g_steal_pointer(&b->rule);
    i->original_envelope_id = g_steal_pointer(&b->envelope_id);
    if (b->verdict != BOUNCE_DELIVERED) {
        g_ptr_array_unref(i->recipients);
        i->recipients = g_ptr_array_ref(b->recipients);
    }
    return true;
}

/* What one message of a digest reports, read as it will be when it is a mail of
 * its own; NULL: nothing that is acted on. */
static Inspection *
read_report(GBytes *raw)
{
    g_autoptr(InboundMail) mail = inbound_mail_parse(raw, NULL);
    g_autoptr(ReportParts) parts = NULL;
    g_autoptr(Inspection) report = inspection_new();

    /* One level, or a small mail could grow without end. */
    if (!mail || report_digest_holds_several(mail))
        return NULL;
    parts = report_parts_of(mail);
    if (!take_feedback(report, mail, parts) &&
        !take_bounce(report, mail, parts))
        return NULL;
    return report->kind == INSPECTION_OTHER ? NULL : g_steal_pointer(&report);
}

/* Say of the digest what its first report says. */
static void
speak_for(Inspection *digest, Inspection *first)
{
    digest->kind = first->kind;
    digest->rule = g_steal_pointer(&first->rule);
    digest->original_envelope_id =
        g_steal_pointer(&first->original_envelope_id);
    digest->feedback_type = g_steal_pointer(&first->feedback_type);
    digest->feedback_recipient = g_steal_pointer(&first->feedback_recipient);
    digest->feedback_message_id = g_steal_pointer(&first->feedback_message_id);
    g_ptr_array_extend_and_steal(digest->feedback_others,
                                 g_ptr_array_ref(first->feedback_others));
}

/* Several reports in one mail. Failures are believed from a server only: a
 * person who sends reports on is read by the others. Complaints come from
 * whoever keeps a feedback loop. */
static bool
take_digest(Inspection *i, const InboundMail *mail)
{
    bool server = bounce_is_from_daemon(mail);
    g_autoptr(ReportDigest) digest = report_digest_of(mail);
    g_autoptr(GPtrArray) reports =
        g_ptr_array_new_with_free_func((GDestroyNotify)inspection_free);

    if (!server && !digest->is_declared)
        return false;
    for (guint n = 0; n < digest->messages->len; n++) {
        g_autoptr(GBytes) raw = report_digest_bytes(digest, n);
        g_autoptr(Inspection) report = read_report(raw);

        if (!report || (!server && report->kind != INSPECTION_FEEDBACK))
            continue;
        g_ptr_array_add(i->reports, g_bytes_ref(raw));
        g_ptr_array_add(reports, g_steal_pointer(&report));
    }
    if (reports->len < 2) {
        g_ptr_array_set_size(i->reports, 0);
        return false;
    }
    i->unread_reports = digest->left;
    speak_for(i, reports->pdata[0]);
    for (guint n = 0; n < reports->len; n++) {
        const Inspection *report = reports->pdata[n];

        g_ptr_array_extend_and_steal(i->recipients,
                                     g_ptr_array_ref(report->recipients));
    }
    return true;
}

static void
describe(Inspection *i, const InboundMail *mail)
{
    i->from_address = g_strdup(mail->from_address);
    i->from_name = g_strdup(mail->from_name);
    i->subject = g_strdup(mail->subject);
    i->message_id = g_strdup(mail->message_id);
    i->date = mail->date;
}

/* Read receipts (RFC 8098), DMARC and TLS aggregate reports. */
static bool
take_report(Inspection *i, const InboundMail *mail, const ReportParts *parts)
{
    if (parts->is_mdn)
        i->rule = g_strdup("Disposition");
    else if (mail->subject &&
             g_ascii_strncasecmp(mail->subject, "Report domain:", 14) == 0)
        i->rule = g_strdup("Report domain");
    else
        return false;
    i->kind = INSPECTION_OTHER;
    return true;
}

static char *
text_or_null(const char *text)
{
    return *text ? g_strdup(text) : NULL;
}

/* What a mail server said that we did not understand. */
static bool
take_server(Inspection *i, const InboundMail *mail)
{
    if (!bounce_is_from_server(mail))
        return false;
    i->kind = INSPECTION_OTHER;
    i->rule = g_strdup("from a mail server");
    return true;
}

/* A machine's answer to our mail (RFC 3834). */
static bool
take_auto_reply(Inspection *i, const InboundMail *mail)
{
    AutoReply reply;

    if (!auto_reply_read(mail, &reply))
        return false;
    i->kind = INSPECTION_AUTO_REPLY;
    i->rule = g_strdup(reply.rule);
    i->auto_class = g_strdup(auto_reply_class_name(reply.class));
    i->return_date = text_or_null(reply.return_date);
    i->new_address = text_or_null(reply.new_address);
    i->colleague = text_or_null(reply.colleague);
    return true;
}

/* What a machine sent by itself. */
static bool
take_generated(Inspection *i, const InboundMail *mail)
{
    const char *automatic = inbound_mail_header(mail, "Auto-Submitted");

    if (!automatic || g_ascii_strncasecmp(automatic, "auto-generated", 14) != 0)
        return false;
    i->kind = INSPECTION_OTHER;
    i->rule = g_strdup("Auto-Submitted");
    return true;
}

/* A person's own words, and what they ask for. */
static void
take_human(Inspection *i, char *reply, const ReplyReading *reading)
{
    g_autofree char *sure = g_strndup(reply, reading->sure);
    Intent intent;

    i->kind = INSPECTION_HUMAN;
    i->reply = reply;
    i->quotes_older = reading->older;
    intent_classify(sure, i->subject, i->date, &intent);
    i->intent = g_strdup(intent_class_name(intent.class));
    if (intent.also != INTENT_OTHER)
        i->intent_also = g_strdup(intent_class_name(intent.also));
    i->confidence = intent.confidence;
    i->strong_optout = intent.strong_optout;
    i->left_company = intent.left_company;
    i->erasure_asked_for = intent.erasure;
    i->return_date = text_or_null(intent.back_on);
    i->intent_rule = text_or_null(intent.rule);
}

static void
inspect_mail(Inspection *i, InboundMail *mail, int64_t date, const char *sent)
{
    g_autoptr(ReportParts) parts = report_parts_of(mail);
    ReplyReading reading;
    char *reply;

    if (!mail->date)
        mail->date = date;
    describe(i, mail);
    collect_candidates(i, mail, parts);
    evidence_collect(i, mail);
    if (take_digest(i, mail) || take_feedback(i, mail, parts) ||
        take_bounce(i, mail, parts) || take_report(i, mail, parts) ||
        take_server(i, mail) || take_auto_reply(i, mail) ||
        take_generated(i, mail))
        return;
    reply = reply_text_of_mail(mail, sent, &reading);
    take_human(i, reply, &reading);
}

/* Only the body of a mail: a person's, for all we know. */
static void
inspect_body(Inspection *i, GBytes *raw, InspectFormat format, int64_t date,
             const char *sent)
{
    ReplySource source = {.sent = sent};
    ReplyReading reading;
    gsize size;
    const char *data = g_bytes_get_data(raw, &size);
    char *reply;

    i->date = date;
    if (size > INBOUND_MESSAGE_MAX) {
        i->refused = g_strdup("message refused: larger than 25 MB");
        return;
    }
    source.text = data ? data : "";
    source.length = size;
    reply = format == INSPECT_HTML ? html_reply_read(&source, &reading)
                                   : reply_text_read(&source, &reading);
    take_human(i, reply, &reading);
}

Inspection *
inspection_of(GBytes *raw, InspectFormat format, int64_t date, GError **error)
{
    return inspection_of_answer(raw, format, date, NULL, error);
}

Inspection *
inspection_of_answer(GBytes *raw, InspectFormat format, int64_t date,
                     const char *sent, GError **error)
{
    g_autoptr(Inspection) i = inspection_new();
    g_autoptr(GError) refused = NULL;
    g_autoptr(InboundMail) mail = NULL;

    (void)error;
    if (format != INSPECT_EML) {
        inspect_body(i, raw, format, date, sent);
        return g_steal_pointer(&i);
    }
    mail = inbound_mail_parse(raw, &refused);
    if (mail)
        inspect_mail(i, mail, date, sent);
    else
        i->refused = g_strdup(refused->message);
    return g_steal_pointer(&i);
}

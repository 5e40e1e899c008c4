/* SPDX-License-Identifier: Apache-2.0 */
/* inspection_print.c - an inspection for programs and for people */
#include "nurture/inspection.h"
#include "nurture/json.h"

/* ,"name":"text" unless there is no text. */
static void
json_member(GString *out, const char *name, const char *text)
{
    if (!text)
        return;
    g_string_append_printf(out, ",\"%s\":", name);
    json_append_string(out, text);
}

static void
json_strings(GString *out, const char *name, const GPtrArray *texts)
{
    if (texts->len == 0)
        return;
    g_string_append_printf(out, ",\"%s\":[", name);
    for (guint i = 0; i < texts->len; i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        json_append_string(out, texts->pdata[i]);
    }
    g_string_append_c(out, ']');
}

static void
json_recipient(GString *out, const BouncedRecipient *r)
{
    g_string_append_printf(out, "{\"reason\":\"%s\",\"hard\":%s", r->reason,
                           r->hard ? "true" : "false");
    json_member(out, "address", r->address);
    json_member(out, "final", r->final);
    json_member(out, "status", r->status);
    json_member(out, "action", bounce_action_name(r->action));
    if (r->action_count)
        g_string_append_printf(out, ",\"count\":%d", r->action_count);
    json_member(out, "diagnostic", r->diagnostic);
    json_member(out, "rule", r->rule);
    g_string_append_c(out, '}');
}

static void
json_recipients(GString *out, const Inspection *i)
{
    if (i->recipients->len == 0)
        return;
    g_string_append(out, ",\"recipients\":[");
    for (guint n = 0; n < i->recipients->len; n++) {
        if (n > 0)
            g_string_append_c(out, ',');
        json_recipient(out, i->recipients->pdata[n]);
    }
    g_string_append_c(out, ']');
}

/* A digest's: how many reports were read, and were not. */
static void
json_reports(GString *out, const Inspection *i)
{
    if (i->reports->len > 0)
        g_string_append_printf(out, ",\"reports\":%u", i->reports->len);
    if (i->unread_reports > 0)
        g_string_append_printf(out, ",\"unread_reports\":%d",
                               i->unread_reports);
}

static void
json_feedback(GString *out, const Inspection *i)
{
    if (i->kind != INSPECTION_FEEDBACK)
        return;
    g_string_append(out, ",\"feedback\":{\"type\":");
    json_append_string(out, i->feedback_type);
    json_member(out, "recipient", i->feedback_recipient);
    json_strings(out, "others", i->feedback_others);
    json_member(out, "message_id", i->feedback_message_id);
    g_string_append_c(out, '}');
}

static void
json_intent(GString *out, const Inspection *i)
{
    if (!i->intent)
        return;
    g_string_append(out, ",\"intent\":{\"class\":");
    json_append_string(out, i->intent);
    json_member(out, "also", i->intent_also);
    g_string_append_printf(out, ",\"confidence\":%d.%02d", (int)i->confidence,
                           (int)(i->confidence * 100) % 100);
    if (i->strong_optout)
        g_string_append(out, ",\"strong_optout\":true");
    json_member(out, "rule", i->intent_rule);
    if (i->left_company)
        g_string_append(out, ",\"left_company\":true");
    if (i->erasure_asked_for)
        g_string_append(out, ",\"erasure\":true");
    g_string_append_c(out, '}');
}

void
inspection_to_json(const Inspection *i, const char *file, GString *out)
{
    g_string_append(out, "{\"file\":");
    json_append_string(out, file);
    json_member(out, "kind", inspection_kind_name(i->kind));
    json_member(out, "rule", i->rule);
    json_member(out, "refused", i->refused);
    json_reports(out, i);
    json_recipients(out, i);
    json_member(out, "auto", i->auto_class);
    json_member(out, "return_date", i->return_date);
    json_member(out, "new_address", i->new_address);
    json_member(out, "colleague", i->colleague);
    json_feedback(out, i);
    json_member(out, "reply", i->reply);
    json_intent(out, i);
    json_strings(out, "message_ids", i->message_ids);
    json_strings(out, "addresses", i->addresses);
    json_member(out, "envelope_id", i->original_envelope_id);
    g_string_append(out, "}\n");
}

static void
text_line(GString *out, const char *name, const char *text)
{
    if (text)
        g_string_append_printf(out, "  %-12s %s\n", name, text);
}

static void
text_reports(GString *out, const Inspection *i)
{
    if (i->reports->len > 0)
        g_string_append_printf(out, "  %-12s %u\n", "reports", i->reports->len);
    if (i->unread_reports > 0)
        g_string_append_printf(out, "  %-12s %d more messages\n", "not read",
                               i->unread_reports);
}

static void
text_recipient(GString *out, const BouncedRecipient *r)
{
    text_line(out, "recipient", r->address ? r->address : "(not named)");
    text_line(out, "known as", r->final);
    text_line(out, "status", r->status);
    g_string_append_printf(out, "  %-12s %s, %s (%s)\n", "reason", r->reason,
                           r->hard ? "hard" : "soft", r->rule);
    if (r->action_count)
        g_string_append_printf(out, "  %-12s %s, final after %d\n", "action",
                               bounce_action_name(r->action), r->action_count);
    else
        text_line(out, "action", bounce_action_name(r->action));
    text_line(out, "diagnostic", r->diagnostic);
}

static void
text_reply(GString *out, const char *reply)
{
    g_auto(GStrv) lines = g_strsplit(reply, "\n", -1);

    for (int n = 0; lines[n]; n++)
        g_string_append_printf(out, "  | %s\n", lines[n]);
}

void
inspection_to_text(const Inspection *i, const char *file, GString *out)
{
    g_string_append_printf(out, "%s: %s\n", file,
                           inspection_kind_name(i->kind));
    text_line(out, "rule", i->rule);
    text_line(out, "refused", i->refused);
    text_line(out, "from", i->from_address);
    text_line(out, "subject", i->subject);
    text_reports(out, i);
    for (guint n = 0; n < i->recipients->len; n++)
        text_recipient(out, i->recipients->pdata[n]);
    text_line(out, "complaint", i->feedback_type);
    text_line(out, "recipient", i->feedback_recipient);
    text_line(out, "about", i->feedback_message_id);
    text_line(out, "automatic", i->auto_class);
    text_line(out, "back on", i->return_date);
    text_line(out, "now at", i->new_address);
    text_line(out, "colleague", i->colleague);
    text_line(out, "intent", i->intent);
    text_line(out, "or", i->intent_also);
    text_line(out, "because of", i->intent_rule);
    if (i->reply)
        text_reply(out, i->reply);
    for (guint n = 0; n < i->message_ids->len; n++)
        text_line(out, "answers", i->message_ids->pdata[n]);
}

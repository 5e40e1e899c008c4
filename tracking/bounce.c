/* SPDX-License-Identifier: Apache-2.0 */
/* bounce.c - is this mail a delivery report, and about whom? */
#include "bounce.h"

#include "addresses.h"
#include "bounce-reason.h"
#include "bounce-text.h"
#include "dsn.h"
#include "text-rules.h"

#include <string.h>

/* How much of a notice is read to see what it is: servers come to the
 * point. */
#define INTRO_MAX 3000

void
bounced_recipient_free(void *recipient)
{
    BouncedRecipient *r = recipient;

    g_free(r->address);
    g_free(r->original);
    g_free(r->status);
    g_free(r->diagnostic);
    g_free(r->rule);
    g_free(r);
}

void
bounce_free(Bounce *bounce)
{
    if (!bounce)
        return;
    g_free(bounce->rule);
    g_free(bounce->envelope_id);
    g_ptr_array_unref(bounce->recipients);
    g_free(bounce);
}

static Bounce *
bounce_new(BounceVerdict verdict, char *rule)
{
    Bounce *b = g_new0(Bounce, 1);

    b->verdict = verdict;
    b->rule = rule;
    b->recipients = g_ptr_array_new_with_free_func(bounced_recipient_free);
    return b;
}

/* --- who is speaking --- */

static int
find_in(const char *file, const char *text, size_t max)
{
    g_auto(Haystack) h = {0};

    if (!text)
        return -1;
    haystack_init(&h, text, MIN(strlen(text), max));
    return text_rules_find(text_rules_get(file), &h, NULL);
}

static bool
has_null_sender(const InboundMail *mail)
{
    const char *path = inbound_mail_header(mail, "Return-Path");

    return path && (strcmp(path, "<>") == 0 || strcmp(path, "< >") == 0 ||
                    g_ascii_strncasecmp(path, "<mailer-daemon", 14) == 0);
}

static bool
sender_is_server(const InboundMail *mail)
{
    const char *from = inbound_mail_header(mail, "From");
    g_autofree char *who = NULL;
    const char *at =
        mail->from_address ? strchr(mail->from_address, '@') : NULL;

    if (mail->from_address)
        who = g_strdup_printf("%.*s (%s)",
                              at ? (int)(at - mail->from_address)
                                 : (int)strlen(mail->from_address),
                              mail->from_address,
                              mail->from_name ? mail->from_name : "");
    else
        who = g_strdup_printf("(%s)", from ? from : "");
    return find_in("bounce-sender.tsv", who, 500) >= 0;
}

/* What speaks for a server, in points; a person's mail has none. */
static int
server_evidence(const InboundMail *mail, const ReportParts *parts)
{
    const char *automatic = inbound_mail_header(mail, "Auto-Submitted");
    int points = 0;

    points += sender_is_server(mail) ? 2 : 0;
    points += has_null_sender(mail) ? 2 : 0;
    points += parts->is_report && !parts->is_mdn ? 2 : 0;
    points += inbound_mail_header(mail, "X-Failed-Recipients") ? 3 : 0;
    points += find_in("bounce-subject.tsv", mail->subject, 300) >= 0 ? 1 : 0;
    if (automatic && g_ascii_strncasecmp(automatic, "no", 2) != 0)
        points++;
    return points;
}

/* --- who it is about --- */

/* Addresses that are not failed recipients: those who wrote either mail. */
static GPtrArray *
addresses_of_ours(const InboundMail *mail, const ReportParts *parts)
{
    static const char *const mine[] = {"From", "To", "Reply-To", NULL};
    static const char *const theirs[] = {"From", "Sender", "Return-Path",
                                         "Reply-To", NULL};
    GPtrArray *ours = g_ptr_array_new_with_free_func(g_free);

    for (int i = 0; mine[i]; i++)
        addresses_add_from(ours, inbound_mail_header(mail, mine[i]));
    for (int i = 0; theirs[i]; i++) {
        g_autofree char *value = fields_get(parts->original->str, theirs[i], 0);

        addresses_add_from(ours, value);
    }
    g_ptr_array_add(ours, NULL);
    return ours;
}

static BouncedRecipient *
add_recipient(Bounce *b, const char *address)
{
    BouncedRecipient *r = g_new0(BouncedRecipient, 1);

    r->address = g_strdup(address);
    g_ptr_array_add(b->recipients, r);
    return r;
}

static void
judge(const Bounce *b, BouncedRecipient *r, const char *words)
{
    if (b->verdict == BOUNCE_DELAYED)
        bounce_reason_delayed(r);
    else
        bounce_reason_decide(r, words);
}

/* --- RFC 3464 --- */

static BounceVerdict
verdict_of_recipient(const DsnRecipient *r, bool looks_delayed)
{
    switch (r->action) {
    case DSN_ACTION_FAILED:
        return BOUNCE_FAILED;
    case DSN_ACTION_DELAYED:
        return BOUNCE_DELAYED;
    case DSN_ACTION_DELIVERED:
        return BOUNCE_DELIVERED;
    case DSN_ACTION_NONE:
        break;
    }
    if (r->status && r->status[0] == '2')
        return BOUNCE_DELIVERED;
    return looks_delayed ? BOUNCE_DELAYED : BOUNCE_FAILED;
}

static int
intro_row(const ReportParts *parts)
{
    return find_in("bounce-intro.tsv", parts->notice->str, INTRO_MAX);
}

static bool
row_is_delayed(const char *file, int row)
{
    return row >= 0 &&
           strcmp(text_rules_cell(text_rules_get(file), row, "kind"),
                  "delayed") == 0;
}

static const char *
dsn_best_address(const DsnRecipient *d)
{
    return d->final ? d->final : d->original ? d->original : d->actual;
}

static void
add_dsn_recipient(Bounce *b, const DsnRecipient *d, const ReportParts *parts)
{
    const char *address = dsn_best_address(d);
    g_autofree char *about = bounce_text_about(parts->notice->str, address);
    BouncedRecipient *r = add_recipient(b, address);

    if (d->original && g_ascii_strcasecmp(d->original, address) != 0)
        r->original = g_strdup(d->original);
    r->status = g_strdup(d->status);
    r->diagnostic = g_strdup(d->diagnostic);
    judge(b, r, *about ? about : parts->notice->str);
}

static bool
is_listed(const Bounce *b, const char *address)
{
    for (guint i = 0; i < b->recipients->len; i++) {
        BouncedRecipient *r = b->recipients->pdata[i];

        if (r->address && g_ascii_strcasecmp(r->address, address) == 0)
            return true;
    }
    return false;
}

static Bounce *
read_dsn(const ReportParts *parts)
{
    g_autoptr(Dsn) dsn = dsn_parse(parts->status->str);
    bool late = row_is_delayed("bounce-intro.tsv", intro_row(parts));
    BounceVerdict verdict = BOUNCE_NONE;
    Bounce *b;

    for (guint i = 0; i < dsn->recipients->len; i++) {
        const DsnRecipient *d = dsn->recipients->pdata[i];

        if (dsn_best_address(d))
            verdict = MAX(verdict, verdict_of_recipient(d, late));
    }
    if (verdict == BOUNCE_NONE)
        return NULL;
    b = bounce_new(verdict, g_strdup("Action"));
    b->envelope_id = g_steal_pointer(&dsn->envelope_id);
    for (guint i = 0; i < dsn->recipients->len; i++) {
        const DsnRecipient *d = dsn->recipients->pdata[i];
        const char *address = dsn_best_address(d);

        if (address && !is_listed(b, address) &&
            verdict_of_recipient(d, late) != BOUNCE_DELIVERED)
            add_dsn_recipient(b, d, parts);
    }
    return b;
}

/* --- only words --- */

static void
add_named(Bounce *b, const ReportParts *parts, GPtrArray *named)
{
    for (guint i = 0; i < named->len; i++) {
        const char *address = named->pdata[i];
        g_autofree char *about = bounce_text_about(parts->notice->str, address);

        judge(b, add_recipient(b, address),
              named->len > 1 && *about ? about : parts->notice->str);
    }
}

/* X-Failed-Recipients, else the words, else whom the returned mail was for. */
static void
find_recipients(Bounce *b, const InboundMail *mail, const ReportParts *parts)
{
    g_autoptr(GPtrArray) ours = addresses_of_ours(mail, parts);
    g_autoptr(GPtrArray) named = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) found = NULL;
    g_autofree char *to = NULL;

    for (guint i = 0; i < mail->headers->len; i++) {
        InboundHeader *h = &g_array_index(mail->headers, InboundHeader, i);

        if (g_ascii_strcasecmp(h->name, "X-Failed-Recipients") == 0)
            addresses_add_from(named, h->value);
    }
    if (named->len > 0) {
        add_named(b, parts, named);
        return;
    }
    found = bounce_text_recipients(parts->notice->str,
                                   (const char *const *)ours->pdata);
    for (guint i = 0; i < found->len; i++) {
        NoticeRecipient *n = found->pdata[i];

        judge(b, add_recipient(b, n->address),
              found->len > 1 ? n->words->str : parts->notice->str);
    }
    if (found->len > 0)
        return;
    to = fields_get(parts->original->str, "To", 0);
    addresses_add_from(named, to);
    if (named->len == 1)
        add_named(b, parts, named);
    else
        judge(b, add_recipient(b, NULL), parts->notice->str);
}

static Bounce *
read_words(const InboundMail *mail, const ReportParts *parts)
{
    int evidence = server_evidence(mail, parts), row = intro_row(parts);
    bool late;
    Bounce *b;

    if (evidence < 2 || (row < 0 && evidence < 3))
        return NULL;
    late = row_is_delayed("bounce-intro.tsv", row);
    if (row < 0)
        b = bounce_new(BOUNCE_FAILED, g_strdup("server's mail"));
    else
        b = bounce_new(
            late ? BOUNCE_DELAYED : BOUNCE_FAILED,
            text_rules_name(text_rules_get("bounce-intro.tsv"), row));
    find_recipients(b, mail, parts);
    return b;
}

Bounce *
bounce_read(const InboundMail *mail, const ReportParts *parts)
{
    Bounce *b = NULL;

    if (parts->status->len > 0)
        b = read_dsn(parts);
    if (!b && !parts->is_mdn)
        b = read_words(mail, parts);
    return b ? b : bounce_new(BOUNCE_NONE, NULL);
}

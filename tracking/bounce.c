/* SPDX-License-Identifier: Apache-2.0 */
/* bounce.c - is this mail a delivery report, and about whom? */
#include "bounce.h"

#include "addresses.h"
#include "bounce-reason.h"
#include "bounce-text.h"
#include "dsn.h"
#include "inbound-part.h"
#include "ses-notice.h"
#include "status-code.h"
#include "text-rules.h"

#include <string.h>

/* How much of a notice is read to see what it is: servers come to the
 * point. */
#define INTRO_MAX 3000

/* For how many recipients the words are searched; the fields of the others
 * must do. Our own mail has one each. */
#define READ_FOR_MAX 20

void
bounced_recipient_free(void *recipient)
{
    BouncedRecipient *r = recipient;

    g_free(r->address);
    g_free(r->final);
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

/* A mail, and who is speaking in it. */
typedef struct {
    const InboundMail *mail;
    const ReportParts *parts;
    int sender; /* sender_points() */
    bool null_sender;
    int points; /* server_evidence() */
} Reading;

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

/* 3: a name that nobody writes under, 2: one of programs and of those who run
 * them, 1: one that people may share, 0. */
static int
sender_points(const InboundMail *mail)
{
    const char *from = inbound_mail_header(mail, "From");
    g_autofree char *who = NULL;
    const char *at =
        mail->from_address ? strchr(mail->from_address, '@') : NULL;
    int row;

    if (from && g_str_has_suffix(from, "<>"))
        return 3;
    if (mail->from_address)
        who = g_strdup_printf("%.*s (%s)",
                              at ? (int)(at - mail->from_address)
                                 : (int)strlen(mail->from_address),
                              mail->from_address,
                              mail->from_name ? mail->from_name : "");
    else
        who = g_strdup_printf("(%s)", from ? from : "");
    row = find_in("bounce-sender.tsv", who, 500);
    return row < 0 ? 0
                   : (int)g_ascii_strtoll(
                         text_rules_cell(text_rules_get("bounce-sender.tsv"),
                                         row, "points"),
                         NULL, 10);
}

bool
bounce_is_from_server(const InboundMail *mail)
{
    return has_null_sender(mail) && sender_points(mail) > 1;
}

bool
bounce_is_from_daemon(const InboundMail *mail)
{
    return sender_points(mail) > 2 || bounce_is_from_server(mail);
}

/* Exim says "auto-replied" of its bounces; so do all absent people. */
static bool
is_generated(const InboundMail *mail)
{
    const char *automatic = inbound_mail_header(mail, "Auto-Submitted");

    return automatic &&
           g_ascii_strncasecmp(automatic, "auto-generated", 14) == 0;
}

/* Sent from the address it says it is from: a report has an empty envelope
 * sender (RFC 3464 2), or one that the server made up. */
static bool
is_from_its_sender(const InboundMail *mail)
{
    const char *path = inbound_mail_header(mail, "Return-Path");
    g_autoptr(GPtrArray) named = g_ptr_array_new_with_free_func(g_free);

    addresses_add_from(named, path);
    return named->len == 1 && mail->from_address &&
           g_ascii_strcasecmp(named->pdata[0], mail->from_address) == 0;
}

/* Gateways answer under the mail's own subject, but without a name. */
static bool
is_signed(const Reading *r)
{
    const InboundMail *mail = r->mail;

    return (mail->from_name && *mail->from_name) ||
           (inbound_mail_header(mail, "Return-Path") && !r->null_sender);
}

/* Sent, begun or ended as people do, or an answer or a forward by its subject,
 * and nothing says that a server sent it. Who runs a mail server writes letters
 * too, and from its address. */
static bool
is_letter(const Reading *r)
{
    const InboundMail *mail = r->mail;
    g_autofree char *start = NULL;

    if ((r->null_sender && r->sender > 1) || r->sender > 2 ||
        r->parts->is_report || inbound_mail_header(mail, "X-Failed-Recipients"))
        return false;
    if (is_from_its_sender(mail) && !is_generated(mail) &&
        r->parts->original->len == 0)
        return true;
    start = g_strconcat(
        "Subject: ", mail->subject && is_signed(r) ? mail->subject : "", "\n",
        r->parts->notice->str, NULL);
    return find_in("bounce-letter.tsv", start, INTRO_MAX) >= 0;
}

/* Words of a server's subject and first sentence together, on a mail that
 * answers nobody and brings the returned mail along. */
static bool
reads_like_server(const InboundMail *mail, const ReportParts *parts)
{
    if (inbound_mail_header(mail, "In-Reply-To") ||
        inbound_mail_header(mail, "References") || !mail->subject ||
        g_ascii_strncasecmp(mail->subject, "re:", 3) == 0 ||
        g_ascii_strncasecmp(mail->subject, "fw", 2) == 0 ||
        parts->original->len == 0)
        return false;
    return find_in("bounce-intro.tsv", parts->notice->str, 300) >= 0;
}

/* What speaks for a server, in points; a person's mail has none. */
static int
server_evidence(const Reading *r)
{
    const InboundMail *mail = r->mail;
    const ReportParts *parts = r->parts;
    int points = r->sender;

    points += r->null_sender ? 1 : 0;
    points += parts->is_report && !parts->is_mdn ? 2 : 0;
    points += inbound_mail_header(mail, "X-Failed-Recipients") ? 3 : 0;
    if (find_in("bounce-subject.tsv", mail->subject, 300) >= 0)
        points += reads_like_server(mail, parts) ? 2 : 1;
    return points + (is_generated(mail) ? 1 : 0);
}

static Reading
reading_of(const InboundMail *mail, const ReportParts *parts)
{
    Reading r = {mail, parts, sender_points(mail), has_null_sender(mail), 0};

    r.points = server_evidence(&r);
    return r;
}

/* --- who it is about --- */

/* Who sent the mail that came back. */
static void
add_senders_of_returned(GPtrArray *addresses, const ReportParts *parts)
{
    static const char *const fields[] = {"Return-Path", "Sender", "From",
                                         "Reply-To", NULL};

    for (int i = 0; fields[i]; i++) {
        g_autofree char *value = fields_get(parts->original->str, fields[i], 0);

        addresses_add_from(addresses, value);
    }
}

/* NULL at the end. */
static GPtrArray *
senders_of_returned(const ReportParts *parts)
{
    GPtrArray *senders = g_ptr_array_new_with_free_func(g_free);

    add_senders_of_returned(senders, parts);
    g_ptr_array_add(senders, NULL);
    return senders;
}

/* Addresses that are not failed recipients: those who wrote either mail. NULL
 * at the end. */
static GPtrArray *
addresses_of_ours(const InboundMail *mail, const ReportParts *parts)
{
    static const char *const fields[] = {"From", "To", "Reply-To", NULL};
    GPtrArray *ours = g_ptr_array_new_with_free_func(g_free);

    for (int i = 0; fields[i]; i++)
        addresses_add_from(ours, inbound_mail_header(mail, fields[i]));
    add_senders_of_returned(ours, parts);
    g_ptr_array_add(ours, NULL);
    return ours;
}

/* Whom the returned mail was for; NULL: not told, or several. Owned. */
static char *
only_addressee(const ReportParts *parts)
{
    g_autofree char *to = fields_get(parts->original->str, "To", 0);
    g_autoptr(GPtrArray) named = g_ptr_array_new_with_free_func(g_free);

    addresses_add_from(named, to);
    return named->len == 1 ? g_strdup(named->pdata[0]) : NULL;
}

static BouncedRecipient *
add_recipient(Bounce *b, const char *address)
{
    BouncedRecipient *r = g_new0(BouncedRecipient, 1);

    r->address = g_strdup(address);
    g_ptr_array_add(b->recipients, r);
    return r;
}

/* What a notice says before it names the first recipient, and about this one:
 * where there are several, the words about another one do not count. */
static char *
words_apart(const Bounce *b, const char *notice, const char *about)
{
    size_t first = strlen(notice);

    for (guint i = 0; i < b->recipients->len; i++) {
        const BouncedRecipient *r = b->recipients->pdata[i];
        const char *p = r->address ? strstr(notice, r->address) : NULL;

        if (p && (size_t)(p - notice) < first)
            first = (size_t)(p - notice);
    }
    return g_strdup_printf("%.*s\n%s", (int)first, notice, about);
}

static void
judge_all(const Bounce *b, const ReportParts *parts)
{
    const char *notice = parts->notice->str;
    g_autoptr(GPtrArray) senders = senders_of_returned(parts);

    for (guint i = 0; i < b->recipients->len; i++) {
        BouncedRecipient *r = b->recipients->pdata[i];
        g_autofree char *about = NULL;
        g_autofree char *apart = NULL;

        if (i >= READ_FOR_MAX)
            notice = "";
        about = r->address ? bounce_text_about(notice, r->address) : NULL;
        if (!about && r->final)
            about = bounce_text_about(notice, r->final);
        if (about && b->recipients->len > 1)
            apart = words_apart(b, notice, about);
        if (b->verdict == BOUNCE_DELAYED)
            bounce_reason_delayed(r);
        else
            bounce_reason_decide(
                r, &(BounceContext){about, apart ? apart : notice,
                                    (const char *const *)senders->pdata});
    }
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

static void
add_named(Bounce *b, const char *address)
{
    if (!address || !is_listed(b, address))
        add_recipient(b, address);
}

static GPtrArray *
failed_recipients_header(const InboundMail *mail)
{
    GPtrArray *named = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < mail->headers->len; i++) {
        InboundHeader *h = &g_array_index(mail->headers, InboundHeader, i);

        if (g_ascii_strcasecmp(h->name, "X-Failed-Recipients") == 0)
            addresses_add_from(named, h->value);
    }
    return named;
}

static GPtrArray *
recipients_in_words(const InboundMail *mail, const ReportParts *parts,
                    NoticeShape *out_shape)
{
    g_autoptr(GPtrArray) ours = addresses_of_ours(mail, parts);
    const char *at =
        mail->from_address ? strchr(mail->from_address, '@') : NULL;
    NoticeQuery query = {parts->notice->str, (const char *const *)ours->pdata,
                         at ? at + 1 : NULL};

    return bounce_text_recipients(&query, out_shape);
}

/* The words where they list addresses, X-Failed-Recipients, the words where
 * they mention addresses, else whom the returned mail was for. Returns: how the
 * words name them. */
static NoticeShape
find_recipients(Bounce *b, const InboundMail *mail, const ReportParts *parts)
{
    NoticeShape shape;
    g_autoptr(GPtrArray) named = failed_recipients_header(mail);
    g_autoptr(GPtrArray) found = recipients_in_words(mail, parts, &shape);
    g_autofree char *to = NULL;

    if (found->len > 0 && (named->len == 0 || (shape == NOTICE_LISTED &&
                                               found->len >= named->len)))
        for (guint i = 0; i < found->len; i++)
            add_named(b, ((NoticeRecipient *)found->pdata[i])->address);
    for (guint i = 0; b->recipients->len == 0 && i < named->len; i++)
        add_named(b, named->pdata[i]);
    if (b->recipients->len > 0)
        return shape;
    to = only_addressee(parts);
    add_named(b, to);
    return shape;
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

/* Is it an address at all, and not a program, a file or an X.400 name? */
static bool
is_mailbox(const char *address)
{
    const char *at = address ? strrchr(address, '@') : NULL;

    return at && at > address && at[1] && !strchr("/|", address[0]);
}

/* Original-Recipient is the one we know (RFC 3461 4.2), unless it stands for
 * several. */
static const char *
address_of_group(const Dsn *dsn, const DsnRecipient *d)
{
    bool shared = false;

    for (guint i = 0; d->original && i < dsn->recipients->len; i++) {
        const DsnRecipient *other = dsn->recipients->pdata[i];

        shared |= other != d && other->original &&
                  g_ascii_strcasecmp(other->original, d->original) == 0;
    }
    if (is_mailbox(d->original) && !shared)
        return d->original;
    if (is_mailbox(d->final))
        return d->final;
    return is_mailbox(d->actual) ? d->actual : NULL;
}

/* Final-Recipient named a program or nothing: ask the words. */
static char *
address_from_words(const InboundMail *mail, const ReportParts *parts)
{
    NoticeShape shape;
    char *alias = bounce_text_alias(parts->notice->str);
    g_autoptr(GPtrArray) found = NULL;

    if (alias)
        return alias;
    found = recipients_in_words(mail, parts, &shape);
    return found->len == 1
               ? g_strdup(((NoticeRecipient *)found->pdata[0])->address)
               : only_addressee(parts);
}

static void
add_dsn_recipient(Bounce *b, const DsnRecipient *d, const char *address)
{
    BouncedRecipient *r = add_recipient(b, address);

    if (d->final && (!address || g_ascii_strcasecmp(d->final, address) != 0))
        r->final = g_strdup(d->final);
    r->status = g_strdup(d->status);
    r->diagnostic = g_strdup(d->diagnostic);
}

static void
add_dsn_recipients(Bounce *b, const Dsn *dsn, const InboundMail *mail,
                   const ReportParts *parts, bool late)
{
    for (guint i = 0; i < dsn->recipients->len; i++) {
        const DsnRecipient *d = dsn->recipients->pdata[i];
        const char *address = address_of_group(dsn, d);
        g_autofree char *other =
            address ? NULL : address_from_words(mail, parts);

        if (!address)
            address = other;
        if (verdict_of_recipient(d, late) != BOUNCE_DELIVERED &&
            !(address && is_listed(b, address)))
            add_dsn_recipient(b, d, address);
    }
}

/* Where no field says whether it is late or lost, the words may. */
static bool
looks_late(const Dsn *dsn, const ReportParts *parts)
{
    for (guint i = 0; i < dsn->recipients->len; i++)
        if (((DsnRecipient *)dsn->recipients->pdata[i])->action ==
            DSN_ACTION_NONE)
            return row_is_delayed("bounce-intro.tsv", intro_row(parts));
    return false;
}

static Bounce *
read_dsn(const InboundMail *mail, const ReportParts *parts)
{
    g_autoptr(Dsn) dsn = dsn_parse(parts->status->str);
    bool late = looks_late(dsn, parts);
    BounceVerdict verdict = BOUNCE_NONE;
    Bounce *b;

    for (guint i = 0; i < dsn->recipients->len; i++) {
        const DsnRecipient *d = dsn->recipients->pdata[i];

        if (d->final || d->original || d->action)
            verdict = MAX(verdict, verdict_of_recipient(d, late));
    }
    if (verdict == BOUNCE_NONE)
        return NULL;
    b = bounce_new(verdict, g_strdup("Action"));
    b->envelope_id = g_steal_pointer(&dsn->envelope_id);
    add_dsn_recipients(b, dsn, mail, parts, late);
    judge_all(b, parts);
    return b;
}

/* --- other forms --- */

static bool
row_is_sure(int row)
{
    return row >= 0 &&
           strcmp(
               text_rules_cell(text_rules_get("bounce-intro.tsv"), row, "sure"),
               "yes") == 0;
}

/* Is it an address of the domain that this mail was sent to? Servers also
 * write to their own people, about their own mailboxes. */
static bool
is_at_home(const InboundMail *mail, const char *address)
{
    const char *to = inbound_mail_header(mail, "To");
    const char *domain = address ? strchr(address, '@') : NULL;

    return to && domain && strcasestr(to, domain);
}

/* Something that people's mail does not have, whatever they write about. */
static bool
is_machine_made(const Reading *r)
{
    return r->sender > 1 || r->null_sender || r->parts->is_report ||
           r->parts->original->len > 0 || is_generated(r->mail);
}

/* What else must hold beside words that only servers say: a recipient or a
 * returned mail, if the sender might be anybody; the same, where other notices
 * share the words ("mailbox full"); without any such words, a plain reason. */
static bool
is_convincing(const Bounce *b, int row, NoticeShape shape, const Reading *r)
{
    const BouncedRecipient *failed = b->recipients->pdata[0];
    const char *address = failed->address;
    bool returned = r->parts->original->len > 0;

    if (inbound_mail_header(r->mail, "X-Failed-Recipients"))
        return true;
    if (!is_machine_made(r) && !(row_is_sure(row) && shape >= NOTICE_LEADING))
        return false;
    if (row_is_sure(row))
        return r->sender > 1 || address || returned;
    if (row >= 0)
        return returned ||
               (address && (r->points > 2 || !is_at_home(r->mail, address)));
    /* In whatever language: what else would a server list? */
    if (r->null_sender && r->sender > 2 && shape >= NOTICE_LEADING)
        return !is_at_home(r->mail, address);
    if (r->parts->is_report && r->sender > 1)
        return address || returned;
    return r->sender > 1 && address && strcmp(failed->reason, "unknown") != 0 &&
           ((r->null_sender && r->sender > 2) ||
            find_in("bounce-subject.tsv", r->mail->subject, 300) >= 0);
}

/* A warning by its subject alone, where the words refuse nothing for good. */
static bool
warns_only(const InboundMail *mail, const ReportParts *parts)
{
    TextRules *rules = text_rules_get("bounce-subject.tsv");
    const char *notice = parts->notice->str;
    g_autofree char *code = NULL;
    g_auto(Haystack) h = {0};

    if (!mail->subject)
        return false;
    haystack_init(&h, mail->subject, MIN(strlen(mail->subject), 300));
    for (int i = 0; i < text_rules_count(rules); i++)
        if (text_rules_match(rules, i, &h, NULL) !=
            row_is_delayed("bounce-subject.tsv", i))
            return false;
    code = status_code_best(notice);
    return !(code && *code == '5') && reply_code_find(notice) < 500 &&
           !strcasestr(notice, "permanent");
}

static BounceVerdict
verdict_of_words(int row, const InboundMail *mail, const ReportParts *parts)
{
    return row_is_delayed("bounce-intro.tsv", row) || warns_only(mail, parts)
               ? BOUNCE_DELAYED
               : BOUNCE_FAILED;
}

static Bounce *
read_words(const Reading *r)
{
    g_autoptr(Bounce) b = NULL;
    NoticeShape shape;
    int row;

    if (r->points < 2 || is_letter(r))
        return NULL;
    row = intro_row(r->parts);
    b = bounce_new(
        verdict_of_words(row, r->mail, r->parts),
        row < 0 ? g_strdup("bounce-subject.tsv")
                : text_rules_name(text_rules_get("bounce-intro.tsv"), row));
    shape = find_recipients(b, r->mail, r->parts);
    judge_all(b, r->parts);
    return is_convincing(b, row, shape, r) ? g_steal_pointer(&b) : NULL;
}

static Bounce *
read_ses(const InboundMail *mail, const ReportParts *parts)
{
    g_autoptr(SesNotice) notice = ses_notice_read(mail->text);
    Bounce *b;

    if (!notice || notice->kind == SES_COMPLAINT)
        return NULL;
    b = bounce_new(notice->kind == SES_BOUNCE ? BOUNCE_FAILED
                                              : BOUNCE_DELIVERED,
                   g_strdup("SES notification"));
    for (guint i = 0; i < notice->recipients->len; i++) {
        const SesRecipient *s = notice->recipients->pdata[i];
        BouncedRecipient *r = add_recipient(b, s->address);

        r->status = g_strdup(s->status);
        r->diagnostic = g_strdup(s->diagnostic);
    }
    judge_all(b, parts);
    return b;
}

/* A gateway may send the report on as an attachment, under a server's name. A
 * person who does so is asking for help. */
static Bounce *
read_inside(const Reading *r)
{
    g_autoptr(InboundMail) inner = NULL;
    g_autoptr(ReportParts) inner_parts = NULL;
    Bounce *b = NULL;

    if (!r->parts->attached || r->points < 2)
        return NULL;
    inner = inbound_mail_inside(r->mail, r->parts->attached);
    inner_parts = report_parts_of(inner);
    if (inner_parts->status->len > 0 && inner_parts->is_report)
        b = read_dsn(inner, inner_parts);
    return b;
}

/* Dovecot refuses by an MDN (RFC 5429), which is a bounce all the same. */
static bool
is_refusing_mdn(const ReportParts *parts)
{
    return parts->is_mdn &&
           strstr(parts->notice->str, "automatically rejected");
}

Bounce *
bounce_read(const InboundMail *mail, const ReportParts *parts)
{
    const Reading r = reading_of(mail, parts);
    Bounce *b = NULL;

    /* People send the fields on, too. */
    if (parts->status->len > 0 && r.points >= 2)
        b = read_dsn(mail, parts);
    if (!b)
        b = read_ses(mail, parts);
    if (!b)
        b = read_inside(&r);
    if (!b && (!parts->is_mdn || is_refusing_mdn(parts)))
        b = read_words(&r);
    return b ? b : bounce_new(BOUNCE_NONE, NULL);
}

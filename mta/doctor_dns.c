/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_dns.c - what the DNS says about our domains, and what it should */
#include "doctor-private.h"

#include "dmarc.h"
#include "nurture/dkim.h"
#include "spf.h"

#include <string.h>

#define SPF_BEGIN "v=spf1"

static void
no_answer(const Doctor *d, const char *name)
{
    diagnostic_help(doctor_bad(d, "W814", name,
                               "the DNS does not answer, so this is unknown"),
                    "try again later, or ask another server: --dns 9.9.9.9");
}

/* --- SPF --------------------------------------------------------------------
 */

/* The record with our address put first, or a new one. */
static char *
spf_better(const Doctor *d, const char *record)
{
    const char *rest = record ? record + strlen(SPF_BEGIN) : " -all";
    const char *host = d->workspace->smtp.host;

    if (d->ip)
        return g_strdup_printf(SPF_BEGIN " ip%c:%s%s",
                               strchr(d->ip, ':') ? '6' : '4', d->ip, rest);
    return g_strdup_printf(
        SPF_BEGIN " a:%s%s",
        host && !host_is_loopback(host) ? host : "THE-NAME-OF-YOUR-MAIL-SERVER",
        rest);
}

static void
spf_publish(const Doctor *d, Diagnostic *bad, const char *domain,
            const char *record)
{
    g_autofree char *better = spf_better(d, record);

    diagnostic_help(bad, "publish: %s. IN TXT \"%s\"", domain, better);
}

static void
report_spf(const Doctor *d, const char *domain, SpfResult result,
           const SpfReport *report)
{
    if (result == SPF_TEMPERROR)
        no_answer(d, domain);
    else if (result == SPF_NONE)
        spf_publish(d, doctor_bad(d, "W804", domain, "there is no SPF record"),
                    domain, NULL);
    else if (result == SPF_PERMERROR)
        diagnostic_help(
            doctor_bad(d, "W804", domain, "the SPF record counts as none: %s",
                       report->why),
            "one record, at most ten terms that ask the DNS; now it is: %s",
            report->record ? report->record : "not one");
    else if (d->ip && result != SPF_PASS && !report->has_macro)
        spf_publish(d,
                    doctor_bad(d, "W804", domain,
                               "SPF does not let %s send for it: %s", d->ip,
                               spf_word(result)),
                    domain, report->record);
    else
        doctor_good(d, "%s: %s%s%s (asks the DNS %d of 10 times)", domain,
                    d->ip ? d->ip
                          : "the record is well formed; say --ip "
                            "ADDRESS to see whether that may send",
                    !d->ip               ? ""
                    : result == SPF_PASS ? " may send"
                                         : " depends on macros",
                    "", report->lookups);
}

void
doctor_spf(Doctor *d)
{
    const char *domain = doctor_domain(d->workspace->sending.bounces);
    g_auto(SpfReport) report = {0};
    /* of no address: only its form */
    SpfResult result =
        spf_check(d->dns, d->ip ? d->ip : "192.0.2.1", domain, &report);

    report_spf(d, domain, result, &report);
}

/* --- DKIM -------------------------------------------------------------------
 */

/* "k=rsa; p=MIGf" -> the value of p without white space; NULL if there is
 * none. */
static char *
key_of(const char *record)
{
    g_auto(GStrv) tags = g_strsplit(record, ";", -1);

    for (char **tag = tags; *tag; tag++) {
        g_autoptr(GString) value = g_string_new(NULL);
        const char *p = g_strstrip(*tag);
        if (p[0] != 'p' || !strchr(p, '='))
            continue;
        for (p = strchr(p, '=') + 1; *p; p++)
            if (!g_ascii_isspace(*p))
                g_string_append_c(value, *p);
        return g_string_free(g_steal_pointer(&value), FALSE);
    }
    return NULL;
}

static void
dkim_publish(Diagnostic *bad, const DkimRecord *want)
{
    g_autoptr(GString) strings = g_string_new(NULL);

    for (const char *p = want->value; *p; p += strnlen(p, DKIM_STRING_MAX))
        g_string_append_printf(strings, " \"%.*s\"", DKIM_STRING_MAX, p);
    diagnostic_help(bad, "publish: %s. IN TXT (%s )", want->name, strings->str);
}

static void
check_key(const Doctor *d, const DkimRecord *want)
{
    g_autofree char *key = key_of(want->value);
    g_autoptr(GPtrArray) records = NULL;
    DnsStatus status = dns_ask(d->dns, want->name, DNS_TXT, &records);
    const char *wrong = "there is no DKIM record";

    if (status == DNS_FAILED) {
        no_answer(d, want->name);
        return;
    }
    for (guint i = 0; i < records->len; i++) {
        const DnsRecord *record = records->pdata[i];
        g_autofree char *published = key_of(record->text);
        if (g_strcmp0(published, key) == 0) {
            doctor_good(d, "%s has the key that signs", want->name);
            return;
        }
        if (published)
            wrong = *published ? "the DNS has another key than the one that "
                                 "signs"
                               : "the key is revoked";
    }
    dkim_publish(doctor_bad(d, "W804", want->name, "%s", wrong), want);
}

void
doctor_dkim(Doctor *d)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) records = NULL;

    if (!d->workspace->dkim.sign_here) {
        doctor_good(d, "the mail server signs (dkim.sign: relay); send "
                       "yourself a mail with 'nurture test', save it, and ask "
                       "'nurture doctor --mail FILE'");
        return;
    }
    records = dkim_records(d->workspace, NULL, &error);
    if (!records) {
        diagnostic_help(doctor_bad(d, "W804", d->workspace->sending.domain,
                                   "%s", error->message),
                        "make keys: nurture dkim keygen");
        return;
    }
    for (guint i = 0; i < records->len; i++)
        check_key(d, records->pdata[i]);
}

/* --- DMARC ------------------------------------------------------------------
 */

static void
check_alignment(const Doctor *d, const Dmarc *dmarc, const char *from)
{
    const char *bounces = doctor_domain(d->workspace->sending.bounces);

    if (dmarc_aligned(d->dns, dmarc, from, bounces, dmarc->strict_spf))
        return;
    diagnostic_help(
        doctor_bad(d, "W804", bounces,
                   "SPF is not aligned: bounces go to %s, mails are from %s",
                   bounces, from),
        "put sending.bounces in a domain within %s%s", dmarc->organization,
        dmarc->strict_spf ? ", or take aspf=s out of the DMARC record" : "");
}

static void
praise_dmarc(const Doctor *d, const Dmarc *dmarc, const char *from)
{
    static const char *const policies[] = {"none", "quarantine", "reject"};
    const char *policy = policies[dmarc->policy == 'q'   ? 1
                                  : dmarc->policy == 'r' ? 2
                                                         : 0];

    doctor_good(d, "%s: policy %s, from %s%s%s", from, policy, dmarc->at,
                dmarc->has_reports ? "" : ", no address for reports (rua=)",
                dmarc->has_removed ? ", with pct=, rf= or ri=, which RFC 9989 "
                                     "has removed"
                                   : "");
}

void
doctor_dmarc(Doctor *d)
{
    const char *from = d->workspace->sending.domain;
    g_auto(Dmarc) dmarc = {0};

    dmarc_discover(d->dns, from, &dmarc);
    if (dmarc.status == DNS_FAILED)
        no_answer(d, from);
    else if (dmarc.status != DNS_FOUND)
        diagnostic_help(
            doctor_bad(d, "W804", from, "there is no DMARC record"),
            "publish: _dmarc.%s. IN TXT \"v=DMARC1; p=none; rua=mailto:%s\"",
            from, d->workspace->sending.replies);
    else
        praise_dmarc(d, &dmarc, from);
    if (dmarc.status != DNS_FAILED)
        check_alignment(d, &dmarc, from);
}

/* --- MX ----------------------------------------------------------------------
 */

static DnsStatus
ask_addresses(const Doctor *d, const char *host, GPtrArray **out)
{
    g_autoptr(GPtrArray) six = NULL;
    DnsStatus four = dns_ask(d->dns, host, DNS_A, out);
    DnsStatus other = dns_ask(d->dns, host, DNS_AAAA, &six);

    for (guint i = 0; i < six->len; i++)
        dns_record_add(*out, 0, ((DnsRecord *)six->pdata[i])->text);
    if ((*out)->len > 0)
        return DNS_FOUND;
    return four == DNS_FAILED || other == DNS_FAILED ? DNS_FAILED : DNS_NO_DATA;
}

static void
no_mail(const Doctor *d, const char *domain, const char *what, const char *why)
{
    diagnostic_help(
        doctor_bad(d, "E806", domain, "%s cannot arrive: %s", what, why),
        "publish: %s. IN MX 10 "
        "THE-NAME-OF-THE-SERVER-THAT-RECEIVES.",
        domain);
}

static void
check_mx_hosts(const Doctor *d, const char *domain, const char *what,
               const GPtrArray *records)
{
    guint missing = 0;

    for (guint i = 0; i < records->len; i++) {
        const DnsRecord *mx = records->pdata[i];
        g_autoptr(GPtrArray) addresses = NULL;
        if (ask_addresses(d, mx->text, &addresses) != DNS_NO_DATA)
            continue;
        missing++;
        if (missing == records->len) {
            g_autofree char *why =
                g_strdup_printf("%s, its MX, has no address", mx->text);
            no_mail(d, domain, what, why);
            return;
        }
    }
    doctor_good(d, "%s: %s goes to %s", domain, what,
                ((DnsRecord *)records->pdata[0])->text);
}

static void
check_mx(const Doctor *d, const char *domain, const char *what)
{
    g_autoptr(GPtrArray) records = NULL, addresses = NULL;
    DnsStatus status = dns_ask(d->dns, domain, DNS_MX, &records);

    if (status == DNS_FAILED) {
        no_answer(d, domain);
    } else if (status != DNS_FOUND) {
        /* RFC 5321, 5.1: the domain itself is its MX */
        if (ask_addresses(d, domain, &addresses) == DNS_FOUND)
            doctor_good(d, "%s: %s goes to the domain's own address", domain,
                        what);
        else
            no_mail(d, domain, what, "the domain has no MX and no address");
    } else if (strcmp(((DnsRecord *)records->pdata[0])->text, ".") == 0) {
        no_mail(d, domain, what,
                "the domain says that it takes no mail (null MX, RFC 7505)");
    } else {
        check_mx_hosts(d, domain, what, records);
    }
}

void
doctor_mx(Doctor *d)
{
    const char *bounces = doctor_domain(d->workspace->sending.bounces);
    const char *replies = doctor_domain(d->workspace->sending.replies);
    const char *from = d->workspace->sending.domain;
    bool same = g_ascii_strcasecmp(bounces, replies) == 0;

    check_mx(d, bounces, same ? "what comes back" : "undeliverable mail");
    if (!same)
        check_mx(d, replies, "answers");
    if (g_ascii_strcasecmp(from, bounces) != 0 &&
        g_ascii_strcasecmp(from, replies) != 0)
        check_mx(d, from, "mail to the From addresses");
}

/* --- PTR ---------------------------------------------------------------------
 */

/* RFC 8499: a name of the address whose own address is the address. */
static bool
is_confirmed(const Doctor *d, const char *name)
{
    g_autoptr(GPtrArray) addresses = NULL;

    ask_addresses(d, name, &addresses);
    for (guint i = 0; i < addresses->len; i++)
        if (strcmp(((DnsRecord *)addresses->pdata[i])->text, d->ip) == 0)
            return true;
    return false;
}

static void
report_ptr(const Doctor *d, const char *reverse, const char *name)
{
    if (name)
        diagnostic_help(doctor_bad(d, "W807", d->ip,
                                   "its name %s does not lead back to it",
                                   name),
                        "publish: %s. IN A%s %s", name,
                        strchr(d->ip, ':') ? "AAA" : "", d->ip);
    else
        diagnostic_help(
            doctor_bad(d, "W807", d->ip, "the address has no name"),
            "whoever gave you the address publishes: %s. IN PTR %s.", reverse,
            d->workspace->smtp.ehlo);
}

void
doctor_ptr(Doctor *d)
{
    g_autofree char *reverse = d->ip ? dns_reverse_name(d->ip) : NULL;
    g_autoptr(GPtrArray) records = NULL;
    DnsStatus status;

    if (!reverse) {
        doctor_good(d, "unknown which address mail leaves from: say --ip "
                       "ADDRESS");
        return;
    }
    status = dns_ask(d->dns, reverse, DNS_PTR, &records);
    if (status == DNS_FAILED) {
        no_answer(d, reverse);
        return;
    }
    for (guint i = 0; i < records->len; i++)
        if (is_confirmed(d, ((DnsRecord *)records->pdata[i])->text)) {
            doctor_good(d, "%s is %s, there and back", d->ip,
                        ((DnsRecord *)records->pdata[i])->text);
            return;
        }
    report_ptr(d, reverse,
               records->len ? ((DnsRecord *)records->pdata[0])->text : NULL);
}

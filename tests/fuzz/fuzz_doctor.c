/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_doctor.c - what strangers say to 'nurture doctor': answers of the DNS,
 * the records in them, and a mail that came through a relay */
#include "mta/dmarc.h"
#include "mta/spf.h"
#include "nurture/doctor.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    const char *text; /* the input, as lines that answer in turn */
    int asked;
} Script;

static DnsStatus
answer(const char *name, DnsType type, GPtrArray *records, gpointer data)
{
    Script *script = data;
    g_auto(GStrv) lines = g_strsplit(script->text, "\n", 32);
    guint n = g_strv_length(lines);

    g_assert_cmpuint(strlen(name), <, 65536);
    g_assert_cmpint(++script->asked, <, 2000); /* there is an end */
    if (n == 0)
        return DNS_FAILED;
    dns_record_add(records, 0, lines[(guint)script->asked % n]);
    if (type == DNS_MX)
        for (guint i = 0; i < n; i++)
            dns_record_add(records, 1, lines[i]);
    return DNS_FOUND;
}

static void
ignore(const char *check, const char *text, gpointer data)
{
    (void)check;
    (void)text;
    (void)data;
}

static void
read_records(const char *text)
{
    Script script = {text, 0};
    g_autoptr(Dns) dns = dns_open_with(answer, &script);
    g_auto(SpfReport) report = {0};
    g_auto(Dmarc) dmarc = {0};

    spf_check(dns, "192.0.2.1", "a.example.org", &report);
    g_assert_cmpint(report.lookups, <=, 11);
    script.asked = 0;
    dmarc_discover(dns, "a.b.c.d.e.f.g.h.i.example.org", &dmarc);
    g_assert_cmpint(script.asked, <=, 8);
    g_assert_nonnull(dmarc.organization);
    dmarc_aligned(dns, &dmarc, "a.example.org", "b.example.org", false);
}

static void
read_mail(const char *text, size_t size)
{
    g_autoptr(Diagnostics) problems = diagnostics_new();
    Workspace workspace = {.sending.domain = (char *)"example.org"};
    DoctorOptions options = {
        .workspace = &workspace, .problems = problems, .good = ignore};

    doctor_mail(&options, "mail.eml", text, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const DnsType types[] = {DNS_A, DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA};
    g_autofree char *text = g_strndup((const char *)data, size);

    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(GPtrArray) records = NULL;
        DnsStatus status = dns_parse(data, size, "a.test", types[i], &records);
        g_assert_true((status == DNS_FOUND) == (records->len > 0));
        g_assert_cmpuint(records->len, <=, DNS_RECORDS_MAX);
        for (guint k = 0; k < records->len; k++)
            g_assert_cmpuint(strlen(((DnsRecord *)records->pdata[k])->text), <=,
                             DNS_TEXT_MAX);
    }
    read_records(text);
    read_mail((const char *)data, size);
    return 0;
}

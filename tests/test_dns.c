/* SPDX-License-Identifier: Apache-2.0 */
/* test_dns.c - answers as they come, SPF, and the tree walk of DMARC */
#include "mta/dmarc.h"
#include "mta/spf.h"
#include "nurture/dns.h"
#include "nurture/error.h"

#include <string.h>

/* A zone is lines of "name TYPE value". */
static DnsStatus
ask_zone(const char *name, DnsType type, GPtrArray *records, gpointer data)
{
    const char *const *zone = data;
    const char *word = type == DNS_A      ? "A"
                       : type == DNS_AAAA ? "AAAA"
                       : type == DNS_MX   ? "MX"
                       : type == DNS_TXT  ? "TXT"
                                          : "PTR";
    bool there = false;

    for (; *zone; zone++) {
        g_auto(GStrv) parts = g_strsplit(*zone, " ", 3);
        if (g_ascii_strcasecmp(parts[0], name) != 0)
            continue;
        there = true;
        if (strcmp(parts[1], "FAIL") == 0)
            return DNS_FAILED;
        if (strcmp(parts[1], word) == 0)
            dns_record_add(records, 0, parts[2]);
    }
    if (records->len > 0)
        return DNS_FOUND;
    return there ? DNS_NO_DATA : DNS_NO_NAME;
}

static const char *const spf_zone[] = {
    "pass.test TXT v=spf1 ip4:192.0.2.0/28 -all",
    "six.test TXT v=spf1 ip6:2001:db8::/32 -all",
    "soft.test TXT v=spf1 ~all",
    "open.test TXT v=spf1",
    "bare.test TXT v=spf10 +all",
    "two.test TXT v=spf1 -all",
    "two.test TXT v=spf1 +all",
    "inc.test TXT v=spf1 include:pass.test ?all",
    "incnone.test TXT v=spf1 include:nothing.test -all",
    "redir.test TXT v=spf1 redirect=pass.test",
    "redirnone.test TXT v=spf1 redirect=nothing.test",
    "a.test TXT v=spf1 a:host.test/24 -all",
    "host.test A 192.0.2.200",
    "mx.test TXT v=spf1 mx -all",
    "mx.test MX mxhost.test",
    "mxhost.test A 192.0.2.1",
    "ex.test TXT v=spf1 exists:host.test -all",
    "macro.test TXT v=spf1 exists:%{i}._spf.x.test -all",
    "wrong.test TXT v=spf1 ip5:192.0.2.1 -all",
    "badip.test TXT v=spf1 ip4:192.0.2 -all",
    "cidr.test TXT v=spf1 ip4:192.0.2.0/33 -all",
    "loop.test TXT v=spf1 include:loop.test -all",
    "void.test TXT v=spf1 a:n1.test a:n2.test a:n3.test +all",
    "down.test TXT v=spf1 a:dead.test -all",
    "dead.test FAIL",
    "many.test TXT v=spf1 a:host.test/32 a:host.test/32 a:host.test/32 "
    "a:host.test/32 a:host.test/32 a:host.test/32 a:host.test/32 "
    "a:host.test/32 a:host.test/32 a:host.test/32 a:host.test/32 +all",
    "case.test TXT V=SPF1 IP4:192.0.2.1 -ALL",
    "mod.test TXT v=spf1 exp=why.test x=y ip4:192.0.2.1 -all",
    "other.test TXT google-site-verification=1",
    NULL};

static void
test_spf(void)
{
    static const struct {
        const char *domain, *ip;
        SpfResult want;
        int lookups;
    } cases[] = {
        {"pass.test", "192.0.2.1", SPF_PASS, 0},
        {"pass.test", "192.0.2.15", SPF_PASS, 0},
        {"pass.test", "192.0.2.16", SPF_FAIL, 0},
        {"pass.test", "2001:db8::1", SPF_FAIL, 0},
        {"six.test", "2001:db8:ffff::1", SPF_PASS, 0},
        {"six.test", "2001:db9::1", SPF_FAIL, 0},
        {"soft.test", "192.0.2.1", SPF_SOFTFAIL, 0},
        {"open.test", "192.0.2.1", SPF_NEUTRAL, 0},
        {"bare.test", "192.0.2.1", SPF_NONE, 0},
        {"nothing.test", "192.0.2.1", SPF_NONE, 0},
        {"other.test", "192.0.2.1", SPF_NONE, 0},
        {"two.test", "192.0.2.1", SPF_PERMERROR, 0},
        {"inc.test", "192.0.2.1", SPF_PASS, 1},
        {"inc.test", "192.0.2.99", SPF_NEUTRAL, 1},
        {"incnone.test", "192.0.2.1", SPF_PERMERROR, 1},
        {"redir.test", "192.0.2.99", SPF_FAIL, 1},
        {"redirnone.test", "192.0.2.1", SPF_PERMERROR, 1},
        {"a.test", "192.0.2.1", SPF_PASS, 1},
        {"a.test", "192.0.3.1", SPF_FAIL, 1},
        {"mx.test", "192.0.2.1", SPF_PASS, 1},
        {"mx.test", "192.0.2.2", SPF_FAIL, 1},
        {"ex.test", "203.0.113.1", SPF_PASS, 1},
        {"macro.test", "192.0.2.1", SPF_FAIL, 1},
        {"wrong.test", "192.0.2.1", SPF_PERMERROR, 0},
        {"badip.test", "192.0.2.1", SPF_PERMERROR, 0},
        {"cidr.test", "192.0.2.1", SPF_PERMERROR, 0},
        {"loop.test", "192.0.2.1", SPF_PERMERROR, 11},
        {"void.test", "192.0.2.1", SPF_PERMERROR, 3},
        {"down.test", "192.0.2.1", SPF_TEMPERROR, 1},
        {"dead.test", "192.0.2.1", SPF_TEMPERROR, 0},
        {"many.test", "203.0.113.1", SPF_PERMERROR, 11},
        {"case.test", "192.0.2.1", SPF_PASS, 0},
        {"mod.test", "192.0.2.1", SPF_PASS, 0},
    };
    g_autoptr(Dns) dns = dns_open_with(ask_zone, (gpointer)spf_zone);

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(SpfReport) report = {0};
        SpfResult got = spf_check(dns, cases[i].ip, cases[i].domain, &report);
        g_test_message("%s from %s: %s (%s)", cases[i].domain, cases[i].ip,
                       spf_word(got), report.why ? report.why : "");
        g_assert_cmpint(got, ==, cases[i].want);
        g_assert_cmpint(report.lookups, ==, cases[i].lookups);
        g_assert_true((got == SPF_PERMERROR) == (report.why != NULL));
        g_assert_true(report.has_macro ==
                      (strcmp(cases[i].domain, "macro.test") == 0));
    }
}

static const char *const dmarc_zone[] = {
    "_dmarc.plain.test TXT v=DMARC1; p=reject; rua=mailto:a@plain.test",
    "_dmarc.org.test TXT v=DMARC1; p=reject; sp=quarantine; aspf=s",
    "_dmarc.psd.test TXT v=DMARC1; p=none; psd=y",
    "_dmarc.own.psd.test TXT v=DMARC1; p=reject; psd=n",
    "_dmarc.two.test TXT v=DMARC1; p=reject",
    "_dmarc.two.test TXT v=DMARC1; p=none",
    "_dmarc.old.test TXT v=DMARC1;p=quarantine;pct=20;ri=3600",
    "_dmarc.not.test TXT v=DMARC2; p=reject",
    "_dmarc.dead.test FAIL",
    "_dmarc.7.6.5.4.3.2.test TXT v=DMARC1; p=reject; psd=n",
    NULL};

static void
test_dmarc(void)
{
    static const struct {
        const char *domain;
        DnsStatus status;
        char policy;
        const char *at, *organization;
    } cases[] = {
        {"plain.test", DNS_FOUND, 'r', "_dmarc.plain.test", "plain.test"},
        {"mail.org.test", DNS_FOUND, 'q', "_dmarc.org.test", "org.test"},
        {"a.b.org.test", DNS_FOUND, 'q', "_dmarc.org.test", "org.test"},
        {"org.test", DNS_FOUND, 'r', "_dmarc.org.test", "org.test"},
        /* below a public suffix, the next name is the organization */
        {"a.b.psd.test", DNS_FOUND, 'n', "_dmarc.psd.test", "b.psd.test"},
        {"x.own.psd.test", DNS_FOUND, 'r', "_dmarc.own.psd.test",
         "own.psd.test"},
        {"psd.test", DNS_FOUND, 'n', "_dmarc.psd.test", "psd.test"},
        {"two.test", DNS_NO_NAME, 'n', NULL, "two.test"},
        {"not.test", DNS_NO_NAME, 'n', NULL, "not.test"},
        {"dead.test", DNS_FAILED, 'n', NULL, "dead.test"},
        {"old.test", DNS_FOUND, 'q', "_dmarc.old.test", "old.test"},
        /* ten labels: the walk goes on at seven */
        {"10.9.8.7.6.5.4.3.2.test", DNS_FOUND, 'r', "_dmarc.7.6.5.4.3.2.test",
         "7.6.5.4.3.2.test"},
    };
    g_autoptr(Dns) dns = dns_open_with(ask_zone, (gpointer)dmarc_zone);

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Dmarc) dmarc = {0};
        dmarc_discover(dns, cases[i].domain, &dmarc);
        g_test_message("%s", cases[i].domain);
        g_assert_cmpint(dmarc.status, ==, cases[i].status);
        g_assert_cmpint(dmarc.policy, ==, cases[i].policy);
        g_assert_cmpstr(dmarc.at, ==, cases[i].at);
        g_assert_cmpstr(dmarc.organization, ==, cases[i].organization);
        g_assert_true(dmarc.has_removed ==
                      (strcmp(cases[i].domain, "old.test") == 0));
    }
}

static void
test_alignment(void)
{
    static const struct {
        const char *from, *other;
        bool relaxed, strict;
    } cases[] = {
        {"org.test", "org.test", true, true},
        {"mail.org.test", "bounces.org.test", true, false},
        {"mail.org.test", "plain.test", false, false},
        {"a.psd.test", "b.psd.test", false, false},
        {"x.a.psd.test", "y.a.psd.test", true, false},
        {"Org.test", "oRG.test", true, true},
    };
    g_autoptr(Dns) dns = dns_open_with(ask_zone, (gpointer)dmarc_zone);

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Dmarc) dmarc = {0};
        dmarc_discover(dns, cases[i].from, &dmarc);
        g_assert_true(dmarc_aligned(dns, &dmarc, cases[i].from, cases[i].other,
                                    false) == cases[i].relaxed);
        g_assert_true(dmarc_aligned(dns, &dmarc, cases[i].from, cases[i].other,
                                    true) == cases[i].strict);
    }
}

/* --- bytes ------------------------------------------------------------------
 */

/* Header and question of "a.test"; then `answers` records follow. */
static GByteArray *
packet(int rcode, int answers)
{
    const uint8_t head[] = {0,   1,   0x81, (uint8_t)(0x80 | rcode),
                            0,   1,   0,    (uint8_t)answers,
                            0,   0,   0,    0,
                            1,   'a', 4,    't',
                            'e', 's', 't',  0,
                            0,   16,  0,    1};
    GByteArray *bytes = g_byte_array_new();

    return g_byte_array_append(bytes, head, sizeof head);
}

/* Its owner is a pointer to offset `owner`. */
static void
add_rr(GByteArray *bytes, uint8_t owner, uint8_t type, const char *data,
       gsize length)
{
    const uint8_t head[] = {0xc0, owner, 0, type, 0, 1,
                            0,    0,     0, 9,    0, (uint8_t)length};

    g_byte_array_append(bytes, head, sizeof head);
    g_byte_array_append(bytes, (const uint8_t *)data, (guint)length);
}

static void
expect(const GByteArray *bytes, DnsType type, DnsStatus want, const char *text)
{
    g_autoptr(GPtrArray) records = NULL;
    DnsStatus got =
        dns_parse(bytes->data, bytes->len, "A.test", type, &records);

    g_assert_cmpint(got, ==, want);
    g_assert_nonnull(records);
    g_assert_cmpuint(records->len, ==, text ? 1 : 0);
    if (text)
        g_assert_cmpstr(((DnsRecord *)records->pdata[0])->text, ==, text);
}

static void
test_parse(void)
{
    static const struct {
        DnsType type;
        const char *data;
        gsize length;
        const char *text; /* NULL: left out */
    } cases[] = {
        {DNS_TXT, "\003abc\002de", 7, "abcde"},
        {DNS_TXT, "\004abc", 4, NULL}, /* a string beyond its record */
        {DNS_TXT, "\003a\0c", 4, NULL},
        {DNS_TXT, "", 0, ""},
        {DNS_A, "\300\0\2\1", 4, "192.0.2.1"},
        {DNS_A, "\300\0\2", 3, NULL},
        {DNS_AAAA, "\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16, "2001:db8::1"},
        {DNS_MX, "\0\12\2MX\300\014", 7, "mx.a.test"},
        {DNS_MX, "\0\0\0", 3, "."},
        {DNS_MX, "\0", 1, NULL},
        {DNS_PTR, "\300\044", 2, NULL}, /* a pointer to itself */
        {DNS_PTR, "\300\377", 2, NULL}, /* beyond the end */
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GByteArray) bytes = packet(0, 1);
        add_rr(bytes, 12, (uint8_t)cases[i].type, cases[i].data,
               cases[i].length);
        g_test_message("%u", (unsigned)i);
        expect(bytes, cases[i].type, cases[i].text ? DNS_FOUND : DNS_NO_DATA,
               cases[i].text);
        /* cut anywhere: no answer, and no crash */
        for (guint n = 0; n < bytes->len; n++) {
            g_autoptr(GPtrArray) records = NULL;
            g_autofree uint8_t *cut = g_memdup2(bytes->data, n);
            dns_parse(cut, n, "a.test", cases[i].type, &records);
            g_assert_cmpuint(records->len, ==, 0);
        }
    }
}

static void
test_parse_answers(void)
{
    g_autoptr(GByteArray) none = packet(3, 0), failed = packet(2, 0);
    g_autoptr(GByteArray) chain = packet(0, 2), foreign = packet(0, 1);

    expect(none, DNS_TXT, DNS_NO_NAME, NULL);
    expect(failed, DNS_TXT, DNS_FAILED, NULL);
    /* a.test CNAME c.test (at 36); c.test TXT hi */
    add_rr(chain, 12, 5, "\1c\300\016", 4);
    add_rr(chain, 36, 16, "\2hi", 3);
    expect(chain, DNS_TXT, DNS_FOUND, "hi");
    /* of "test", which nobody asked for */
    add_rr(foreign, 14, 16, "\2hi", 3);
    expect(foreign, DNS_TXT, DNS_NO_DATA, NULL);
}

static void
test_server(void)
{
    static const char *const bad[] = {
        "", "x", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "1.2.3:53"};

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(dns_open(bad[i], &error));
        g_assert_error(error, NURTURE_ERROR, ERROR_USAGE);
    }
}

static void
test_reverse(void)
{
    g_autofree char *four = dns_reverse_name("192.0.2.1");
    g_autofree char *six = dns_reverse_name("2001:db8::1");

    g_assert_cmpstr(four, ==, "1.2.0.192.in-addr.arpa");
    g_assert_cmpstr(six, ==,
                    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0."
                    "1.0.0.2.ip6.arpa");
    g_assert_null(dns_reverse_name("example.org"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dns/server", test_server);
    g_test_add_func("/dns/reverse", test_reverse);
    g_test_add_func("/dns/parse", test_parse);
    g_test_add_func("/dns/parse/answers", test_parse_answers);
    g_test_add_func("/dns/spf", test_spf);
    g_test_add_func("/dns/dmarc", test_dmarc);
    g_test_add_func("/dns/dmarc/alignment", test_alignment);
    return g_test_run();
}

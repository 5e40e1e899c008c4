/* SPDX-License-Identifier: Apache-2.0 */
/* test_dkim.c - canonical forms, the signatures of RFC 8463, our own field */
#include "mta/dkim-private.h"

#include "nurture/error.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct {
    const char *name, *in, *out;
} Case;

static void
test_body(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(GString) out = g_string_new(NULL);

    dkim_canon_body(out, c->in, strlen(c->in));
    g_assert_cmpstr(out->str, ==, c->out);
}

static const Case bodies[] = {
    /* RFC 6376, 3.4.5, example 1 */
    {"rfc6376", " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"},
    {"empty", "", ""},
    {"blank-lines-only", "\r\n\r\n\r\n", ""},
    {"white-lines-only", " \r\n\t\r\n  ", ""},
    {"trailing-blank-lines", "a\r\n\r\n \r\n\t \r\n", "a\r\n"},
    {"inner-blank-lines", "a\r\n\r\n \r\nb\r\n", "a\r\n\r\n\r\nb\r\n"},
    {"leading-blank-lines", "\r\n\r\na\r\n", "\r\n\r\na\r\n"},
    {"no-line-end", "a", "a\r\n"},
    {"no-line-end-spaces", "a\r\nb \t", "a\r\nb\r\n"},
    {"runs", "a \t \tb  c\t\r\n", "a b c\r\n"},
    {"leading-run", "\t\t a\r\n", " a\r\n"},
    {"lone-cr-and-lf", "a\rb\nc \r\n", "a\rb\nc\r\n"},
    {"cr-cr-lf", "a\r\r\n", "a\r\r\n"},
};

static void
test_field(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(GString) out = g_string_new("kept ");

    dkim_canon_field(out, c->in, strlen(c->in));
    g_assert_true(g_str_has_prefix(out->str, "kept "));
    g_assert_cmpstr(out->str + strlen("kept "), ==, c->out);
}

static const Case fields[] = {
    /* RFC 6376, 3.4.5, example 1 */
    {"rfc6376-a", "A: X", "a:X"},
    {"rfc6376-b", "B : Y\t\r\n\tZ  ", "b:Y Z"},
    {"folded", "Subject: one\r\n two\r\n\t\tthree", "subject:one two three"},
    {"fold-first", "Subject:\r\n one", "subject:one"},
    {"empty", "Subject:  ", "subject:"},
    {"colons", "X: a : b:c", "x:a : b:c"},
    {"case-of-value", "LIST-ID: Talent NEWS", "list-id:Talent NEWS"},
};

/* RFC 8463, appendix A.3: the message and its two signatures. */
#define RFC8463_HEADER                                                         \
    "From: Joe SixPack <joe@football.example.com>\r\n"                         \
    "To: Suzie Q <suzie@shopping.example.net>\r\n"                             \
    "Subject: Is dinner ready?\r\n"                                            \
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                          \
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"
#define RFC8463_BODY                                                           \
    "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
#define RFC8463_BODY_HASH "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
#define RFC8463_ED25519                                                        \
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"            \
    " d=football.example.com; i=@football.example.com;\r\n"                    \
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"                  \
    " subject : date : message-id : from : subject : date;\r\n"                \
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"                    \
    " b="
#define RFC8463_RSA                                                            \
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"                \
    " d=football.example.com; i=@football.example.com;\r\n"                    \
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"            \
    " date : message-id : from : subject : date;\r\n"                          \
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"                    \
    " b="

static GString *
rfc8463_input(const char *signature)
{
    static const char *const names[] = {"from",    "to",         "subject",
                                        "date",    "message-id", "from",
                                        "subject", "date",       NULL};
    GString *input = g_string_new(NULL);

    dkim_canon_header(input, RFC8463_HEADER, strlen(RFC8463_HEADER), names);
    dkim_canon_field(input, signature, strlen(signature));
    return input;
}

static void
test_rfc8463_ed25519(void)
{
    g_autoptr(GString) input = rfc8463_input(RFC8463_ED25519);
    g_autofree char *hash = dkim_body_hash(RFC8463_BODY, strlen(RFC8463_BODY));
    g_autofree char *signature = NULL;
    g_autoptr(GError) error = NULL;
    gsize n;
    g_autofree guchar *secret =
        g_base64_decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=", &n);
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, n);

    g_assert_cmpstr(hash, ==, RFC8463_BODY_HASH);
    signature = dkim_signature(pkey, input, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(signature, ==,
                    "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus"
                    "Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==");
    EVP_PKEY_free(pkey);
}

static void
test_rfc8463_rsa(void)
{
    static const char public[] =
        "-----BEGIN PUBLIC KEY-----\n"
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6\n"
        "Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/\n"
        "e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G\n"
        "+2kryOTIKT+l/K4w3QIDAQAB\n"
        "-----END PUBLIC KEY-----\n";
    g_autoptr(GString) input = rfc8463_input(RFC8463_RSA);
    BIO *bio = BIO_new_mem_buf(public, -1);
    EVP_PKEY *pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    gsize n;
    g_autofree guchar *signature = g_base64_decode(
        "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3"
        "DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz"
        "dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=",
        &n);

    g_assert_nonnull(pkey);
    g_assert_cmpint(
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, pkey), ==, 1);
    g_assert_cmpint(EVP_DigestVerify(context, signature, n,
                                     (const unsigned char *)input->str,
                                     input->len),
                    ==, 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
}

/* Repeated fields are taken from the last one up; absent ones add nothing. */
static void
test_header_order(void)
{
    static const char header[] = "X-A: 1\r\nx-a : 2\r\n\tmore\r\nB: 3\r\n"
                                 "X-Ab: 4\r\nX-A: 5\r\n\r\nX-A: body\r\n";
    static const char *const names[] = {"b",   "X-A", "x-a", "none",
                                        "x-a", "x-a", "B",   NULL};
    g_autoptr(GString) out = g_string_new(NULL);

    dkim_canon_header(out, header, strlen(header), names);
    g_assert_cmpstr(out->str, ==, "b:3\r\nx-a:5\r\nx-a:2 more\r\nx-a:1\r\n");
    g_assert_cmpuint(dkim_count_fields(header, strlen(header), "X-a"), ==, 3);
    g_assert_cmpuint(dkim_count_fields(header, strlen(header), "none"), ==, 0);
}

static void
test_body_offset(void)
{
    static const struct {
        const char *message;
        gsize offset;
    } cases[] = {
        {"A: b\r\n\r\nbody\r\n", 8},
        {"A: b\r\n\r\n", 8},
        {"A: b\r\n", 6},
        {"A: b", 4},
        {"\r\nbody", 2},
        {"", 0},
        {"A: b\r\n \r\n\r\nx", 11},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(
            dkim_body_offset(cases[i].message, strlen(cases[i].message)), ==,
            cases[i].offset);
}

/* --- a workspace with keys ------------------------------------------------ */

typedef struct {
    char *dir;
    Workspace workspace;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
    (void)data;
    f->dir = g_dir_make_tmp("dkim-XXXXXX", NULL);
    f->workspace.root = f->workspace.state_dir = f->dir;
    f->workspace.sending.domain = g_strdup("Mail.Kestrel.Example");
    f->workspace.dkim.sign_here = true;
}

static void
remove_file(const Fixture *f, const char *name)
{
    g_autofree char *path = g_build_filename(f->dir, "dkim", name, NULL);

    g_unlink(path);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    g_autofree char *sub = g_build_filename(f->dir, "dkim", NULL);

    (void)data;
    remove_file(f, "nurture.pem");
    remove_file(f, "nurture-ed25519.pem");
    remove_file(f, ".gitignore");
    g_rmdir(sub);
    g_assert_cmpint(g_rmdir(f->dir), ==, 0);
    g_free(f->workspace.sending.domain);
    g_free(f->dir);
}

static void
make_keys(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) files =
        dkim_keygen(&f->workspace, NULL, DKIM_BITS_DEFAULT, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(files->len, ==, 2);
}

static char *
key_text(const Fixture *f, const char *name)
{
    g_autofree char *path = g_build_filename(f->dir, "dkim", name, NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void
test_keygen(Fixture *f, gconstpointer data)
{
    g_autofree char *rsa = NULL, *again = NULL, *path = NULL;
    g_autoptr(GError) error = NULL, open = NULL;
    g_autoptr(GPtrArray) files = NULL;
    GStatBuf st;

    (void)data;
    make_keys(f);
    rsa = key_text(f, "nurture.pem");
    path = g_build_filename(f->dir, "dkim", "nurture.pem", NULL);
    g_assert_cmpint(g_stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0600);
    g_assert_null(dkim_keygen(&f->workspace, NULL, 2048, &error));
    g_assert_error(error, NURTURE_ERROR, ERROR_REFUSED);
    /* one is missing: it alone is made */
    remove_file(f, "nurture-ed25519.pem");
    files = dkim_keygen(&f->workspace, NULL, 2048, NULL);
    g_assert_nonnull(files);
    g_assert_false(((DkimKeyFile *)files->pdata[0])->created);
    g_assert_true(((DkimKeyFile *)files->pdata[1])->created);
    again = key_text(f, "nurture.pem");
    g_assert_cmpstr(rsa, ==, again);
    /* and nobody else may read it */
    g_assert_cmpint(g_chmod(path, 0640), ==, 0);
    g_assert_null(dkim_signer_open(&f->workspace, &open));
    g_assert_error(open, NURTURE_ERROR, ERROR_CONFIG);
}

static void
test_no_keys(Fixture *f, gconstpointer data)
{
    static const char *const bad[] = {
        "",
        ".",
        "a..b",
        "-a",
        "a-",
        "a/b",
        "../../ab",
        "a b",
        "ä",
        "a23456789012345678901234567890123456789012345678901234567"};
    g_autoptr(GError) none = NULL, bits = NULL;

    (void)data;
    g_assert_null(dkim_signer_open(&f->workspace, &none));
    g_assert_error(none, NURTURE_ERROR, ERROR_CONFIG);
    g_assert_null(dkim_keygen(&f->workspace, NULL, 1024, &bits));
    g_assert_error(bits, NURTURE_ERROR, ERROR_USAGE);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(dkim_keygen(&f->workspace, bad[i], 2048, &error));
        g_assert_error(error, NURTURE_ERROR, ERROR_USAGE);
    }
    f->workspace.dkim.sign_here = false;
    g_clear_error(&none);
    g_assert_null(dkim_signer_open(&f->workspace, &none));
    g_assert_no_error(none);
}

static GBytes *
sign_text(const Fixture *f, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(DkimSigner) signer = dkim_signer_open(&f->workspace, &error);
    g_autoptr(GBytes) message = g_bytes_new_static(text, strlen(text));
    GBytes *out;

    g_assert_no_error(error);
    out = dkim_sign(signer, message, INT64_C(1772528400999), &error);
    g_assert_no_error(error);
    g_assert_false(dkim_is_signed(message));
    g_assert_true(dkim_is_signed(out));
    return out;
}

/* The tag's value in the `n`-th signature, without folds. */
static char *
tag(GBytes *message, int n, const char *name)
{
    g_autofree char *text =
        g_strndup(g_bytes_get_data(message, NULL), g_bytes_get_size(message));
    g_auto(GStrv) parts = g_strsplit(text, "DKIM-Signature:", 3);
    g_autoptr(GString) field = g_string_new(parts[n + 1]);
    g_autofree char *key = g_strconcat(name, "=", NULL);
    char *end = strstr(field->str, "\r\nFrom:");

    if (end)
        g_string_truncate(field, (gsize)(end - field->str));
    g_string_replace(field, "\r\n", "", 0);
    g_string_replace(field, " ", "", 0);
    g_auto(GStrv) tags = g_strsplit(field->str, ";", -1);
    for (char **t = tags; *t; t++)
        if (g_str_has_prefix(*t, key))
            return g_strdup(*t + strlen(key));
    return NULL;
}

static void
tag_is(GBytes *message, int n, const char *name, const char *want)
{
    g_autofree char *got = tag(message, n, name);

    g_assert_cmpstr(got, ==, want);
}

static void
test_sign(Fixture *f, gconstpointer data)
{
    (void)data;
    make_keys(f);
    g_autoptr(GBytes) message = sign_text(f, RFC8463_HEADER RFC8463_BODY);
    g_autoptr(GBytes) again = sign_text(f, RFC8463_HEADER RFC8463_BODY);
    gsize length, plain = strlen(RFC8463_HEADER RFC8463_BODY);
    const char *text = g_bytes_get_data(message, &length);

    g_assert_true(g_bytes_equal(message, again));
    g_assert_true(
        memcmp(text + length - plain, RFC8463_HEADER RFC8463_BODY, plain) == 0);
    tag_is(message, 0, "a", "rsa-sha256");
    tag_is(message, 1, "a", "ed25519-sha256");
    tag_is(message, 0, "s", "nurture");
    tag_is(message, 1, "s", "nurture-ed25519");
    for (int i = 0; i < 2; i++) {
        tag_is(message, i, "v", "1");
        tag_is(message, i, "c", "relaxed/relaxed");
        tag_is(message, i, "d", "mail.kestrel.example");
        tag_is(message, i, "t", "1772528400");
        tag_is(message, i, "x", "1773738000");
        tag_is(message, i, "l", NULL);
        tag_is(message, i, "bh", RFC8463_BODY_HASH);
        tag_is(message, i, "h",
               "From:From:To:To:Cc:Subject:Subject:Date:Date:Reply-To:Sender:"
               "Message-ID:Message-ID:In-Reply-To:References:MIME-Version:"
               "Content-Type:Content-Transfer-Encoding:List-Id:"
               "List-Unsubscribe:List-Unsubscribe-Post:List-Help:Feedback-ID:"
               "Auto-Submitted");
    }
    for (const char *p = text; p < text + length;) {
        const char *end = strstr(p, "\r\n");
        g_assert_cmpint(end - p, <=, 76);
        p = end + 2;
    }
}

static void
test_rsa_alone(Fixture *f, gconstpointer data)
{
    g_autoptr(GPtrArray) records = NULL;

    (void)data;
    make_keys(f);
    remove_file(f, "nurture-ed25519.pem");
    g_autoptr(GBytes) message = sign_text(f, RFC8463_HEADER RFC8463_BODY);
    g_autofree char *text =
        g_strndup(g_bytes_get_data(message, NULL), g_bytes_get_size(message));

    tag_is(message, 0, "a", "rsa-sha256");
    g_assert_null(strstr(text, "ed25519"));
    records = dkim_records(&f->workspace, NULL, NULL);
    g_assert_cmpuint(records->len, ==, 1);
}

static void
test_records(Fixture *f, gconstpointer data)
{
    (void)data;
    make_keys(f);
    g_autoptr(GPtrArray) records = dkim_records(&f->workspace, NULL, NULL);
    const DkimRecord *rsa, *ed25519;

    g_assert_cmpuint(records->len, ==, 2);
    rsa = records->pdata[0];
    ed25519 = records->pdata[1];
    g_assert_cmpstr(rsa->name, ==, "nurture._domainkey.mail.kestrel.example");
    g_assert_cmpstr(ed25519->name, ==,
                    "nurture-ed25519._domainkey.mail.kestrel.example");
    /* 294 octets of SubjectPublicKeyInfo; 32 bare ones */
    g_assert_true(g_str_has_prefix(rsa->value, "v=DKIM1; k=rsa; p=MIIBIjAN"));
    g_assert_cmpuint(strlen(rsa->value), ==,
                     strlen("v=DKIM1; k=rsa; p=") + 392);
    g_assert_true(g_str_has_prefix(ed25519->value, "v=DKIM1; k=ed25519; p="));
    g_assert_cmpuint(strlen(ed25519->value), ==,
                     strlen("v=DKIM1; k=ed25519; p=") + 44);
}

/* Figures for `make bench`, of 8 KB messages; asserts nothing. */
static void
measure(Fixture *f, const char *name, const char *without)
{
    g_autofree char *filler = g_strnfill(70, 'x');
    g_autoptr(GString) text = g_string_new(RFC8463_HEADER);
    clock_t begun;
    int n = 0;

    make_keys(f);
    if (without)
        remove_file(f, without);
    while (text->len < 8192)
        g_string_append_printf(text, "%s\r\n", filler);
    g_autoptr(DkimSigner) signer = dkim_signer_open(&f->workspace, NULL);
    g_autoptr(GBytes) message = g_bytes_new(text->str, text->len);
    begun = clock();
    while (clock() - begun < 2 * CLOCKS_PER_SEC) {
        GBytes *out = dkim_sign(signer, message, n++, NULL);
        g_bytes_unref(out);
    }
    printf("%s %.0f messages/cpu-s\n", name,
           n * (double)CLOCKS_PER_SEC / (double)(clock() - begun));
}

static void
measure_rsa(Fixture *f, gconstpointer data)
{
    (void)data;
    measure(f, "dkim-rsa-sha256", "nurture-ed25519.pem");
}

static void
measure_ed25519(Fixture *f, gconstpointer data)
{
    (void)data;
    measure(f, "dkim-ed25519-sha256", "nurture.pem");
}

static void
measure_both(Fixture *f, gconstpointer data)
{
    (void)data;
    measure(f, "dkim-both", NULL);
}

#define ADD(path, function)                                                    \
    g_test_add(path, Fixture, NULL, set_up, function, tear_down)

static void
add_cases(const char *unit, const Case *cases, gsize n, GTestDataFunc function)
{
    for (gsize i = 0; i < n; i++) {
        g_autofree char *path =
            g_strdup_printf("/dkim/%s/%s", unit, cases[i].name);
        g_test_add_data_func(path, &cases[i], function);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_cases("body", bodies, G_N_ELEMENTS(bodies), test_body);
    add_cases("field", fields, G_N_ELEMENTS(fields), test_field);
    g_test_add_func("/dkim/header-order", test_header_order);
    g_test_add_func("/dkim/body-offset", test_body_offset);
    g_test_add_func("/dkim/rfc8463/ed25519", test_rfc8463_ed25519);
    g_test_add_func("/dkim/rfc8463/rsa", test_rfc8463_rsa);
    ADD("/dkim/keygen", test_keygen);
    ADD("/dkim/no-keys", test_no_keys);
    ADD("/dkim/sign", test_sign);
    ADD("/dkim/rsa-alone", test_rsa_alone);
    ADD("/dkim/records", test_records);
    if (g_test_perf()) {
        ADD("/dkim/speed/rsa", measure_rsa);
        ADD("/dkim/speed/ed25519", measure_ed25519);
        ADD("/dkim/speed/both", measure_both);
    }
    return g_test_run();
}

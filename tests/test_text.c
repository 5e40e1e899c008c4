/* SPDX-License-Identifier: Apache-2.0 */
/* test_text.c - escaping, nearest words, addresses */
#include "nurture/text.h"

#include "nurture/address.h"
#include "nurture/error.h"

static void
test_escape(void)
{
    static const struct {
        const char *value, *html, *plain, *url;
    } rows[] = {
        {"Anna", "Anna", "Anna", "Anna"},
        {"<b a='x'>&\"", "&lt;b a=&#39;x&#39;&gt;&amp;&quot;", "<b a='x'>&\"",
         "%3Cb%20a%3D%27x%27%3E%26%22"},
        {"a\r\nBcc: x", "a Bcc: x", "a Bcc: x", "a%0D%0ABcc%3A%20x"},
        {"a\xe2\x80\xae"
         "b\xe2\x80\x8b"
         "c",
         "abc", "abc", "a%E2%80%AEb%E2%80%8Bc"},
        {"\x01\x7fZo\xc3\xab", "Zo\xc3\xab", "Zo\xc3\xab", "%01%7FZo%C3%AB"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) html = g_string_new(NULL);
        g_autoptr(GString) plain = g_string_new(NULL);
        g_autoptr(GString) url = g_string_new(NULL);
        html_append_text(html, rows[i].value);
        plain_append_text(plain, rows[i].value);
        url_append_part(url, rows[i].value);
        g_assert_cmpstr(html->str, ==, rows[i].html);
        g_assert_cmpstr(plain->str, ==, rows[i].plain);
        g_assert_cmpstr(url->str, ==, rows[i].url);
    }
}

static void
test_nearest(void)
{
    static const char *const words[] = {"first_name", "city", "seniority",
                                        "country", NULL};

    g_assert_cmpstr(text_nearest("frist_name", words), ==, "first_name");
    g_assert_cmpstr(text_nearest("FIRST_NAME", words), ==, "first_name");
    g_assert_cmpstr(text_nearest("senority", words), ==, "seniority");
    g_assert_null(text_nearest("salary", words));
    g_assert_null(text_nearest("x", words));
}

static void
test_numbers(void)
{
    g_assert_cmpstr(number_format(0), ==, "0");
    g_assert_cmpstr(number_format(-912), ==, "-912");
    g_assert_cmpstr(number_format(1132), ==, "1,132");
    g_assert_cmpstr(number_format(-1234567), ==, "-1,234,567");
}

static void
test_address(void)
{
    static const struct {
        const char *text, *normal; /* NULL: refused */
        bool wire_safe;
    } rows[] = {
        {" Anna.Berg@Example.ORG ", "Anna.Berg@example.org", true},
        {"o'neil+x@mail.example", "o'neil+x@mail.example", true},
        {"\"a b\"@example.org", "\"a b\"@example.org", false},
        {"j\xc3\xbcrgen@example.org", "j\xc3\xbcrgen@example.org", false},
        {"a@b\xc3\xbc"
         "cher.example",
         "a@xn--bcher-kva.example", true},
        {"a@b", NULL, false},
        {"a..b@example.org", NULL, false},
        {".a@example.org", NULL, false},
        {"a@example..org", NULL, false},
        {"a@-example.org", NULL, false},
        {"a@127.0.0.1", NULL, false},
        {"a b@example.org", NULL, false},
        {"x@y>\r\nRCPT TO:<evil@z.example", NULL, false},
        {"", NULL, false},
        {"anna", NULL, false},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *normal = address_normalise(rows[i].text, &error);
        g_assert_cmpstr(normal, ==, rows[i].normal);
        if (!rows[i].normal)
            g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
        else
            g_assert_cmpint(address_is_wire_safe(normal), ==,
                            rows[i].wire_safe);
    }
    g_assert_false(
        address_is_wire_safe("x@y.example>\r\nRCPT TO:<e@z.example"));
    g_assert_false(address_is_wire_safe(NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/escape", test_escape);
    g_test_add_func("/text/nearest", test_nearest);
    g_test_add_func("/text/numbers", test_numbers);
    g_test_add_func("/address/normalise", test_address);
    return g_test_run();
}

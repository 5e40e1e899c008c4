/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_layout.c - any bytes as a layout */
#include "templates/html_state.h"
#include "tests/lib/mail_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A value never leaves the place it was put in: behind it the state is the
 * one it was put in with. */
static void
check_value_stays(const char *html, const char *value)
{
    HtmlState state;
    gsize length = strlen(value);

    html_state_init(&state);
    for (const char *c = html; *c; c++) {
        HtmlPlace before = html_state_place(&state);
        if (!strncmp(c, value, length)) {
            for (gsize i = 0; i < length; i++)
                html_state_feed(&state, c[i]);
            g_assert_true(before != PLACE_FORBIDDEN);
            g_assert_cmpint((int)html_state_place(&state), ==, (int)before);
            c += length - 1;
            continue;
        }
        html_state_feed(&state, *c);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *layout = g_strndup((const char *)data, size);
    const FixtureFile files[] = {{"l.html", layout}, {NULL, NULL}};
    g_auto(Fixture) fixture;
    g_auto(MailOutput) out = {NULL};
    g_autoptr(MailProgram) program = NULL;
    MailRow row = {.why = "QQ'\"><b>QQ"};

    g_strdelimit(layout, "Q", 'q'); /* our value's own letter */
    fixture_init(&fixture, files);
    fixture.context.layout = "l.html";
    MailText mail = fixture_mail(&fixture, "a", "b", "Hello there.\n");
    program = mail_compile(&mail, &fixture.context, fixture.problems);
    if (!program)
        return 0;
    mail_output_init(&out);
    g_assert_true(mail_fill(program, &row, &out));
    check_value_stays(out.html->str, "QQ&#39;&quot;&gt;&lt;b&gt;QQ");
    return 0;
}

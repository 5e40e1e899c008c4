/* SPDX-License-Identifier: Apache-2.0 */
/* test_pattern_literals.c - the words a pattern cannot do without */
#include "tracking/pattern-literals.h"

#include <string.h>

static char *
join(GPtrArray *words)
{
    g_ptr_array_add(words, NULL);
    return g_strjoinv("|", (char **)words->pdata);
}

/* `wanted`: alternatives behind ";", their two lists around "&". */
static void
check(const char *regex, const char *wanted)
{
    g_autoptr(GArray) got = pattern_literals(regex);
    g_autoptr(GString) all = g_string_new(NULL);

    for (guint i = 0; got && i < got->len; i++) {
        const PatternNeeds *needs = &g_array_index(got, PatternNeeds, i);
        g_autofree char *words = join(needs->words);
        g_autofree char *also = needs->also ? join(needs->also) : NULL;

        g_string_append_printf(all, "%s%s%s%s", i > 0 ? ";" : "", words,
                               also ? "&" : "", also ? also : "");
    }
    g_assert_cmpstr(got ? all->str : NULL, ==, wanted);
}

static void
test_words(void)
{
    check("user unknown", "user unknown");
    check("\\bUser\\b unknown", "user unknown");
    check("quotas?", "quota");
    check("5\\.1\\.1", "5.1.1");
    check("users+ here", "users& here");
    check("ab", NULL);
}

static void
test_alternatives(void)
{
    check("full|over quota", "full;over quota");
    check("full|\\d+", NULL);
    check("mail (?:box|store|drop) is", "mail & is");
    check("(?:user|name)[^\\n]{0,9}(?:unknown|not found)",
          "unknown|not found&user|name");
    check("(?:inbox|mailbox)x?", "inbox|mailbox");
    check("(?:mailbox|full mailbox)", "mailbox");
    check("(?:alpha|beta)?gamma", "gamma");
    check("(?:alpha|beta)?xy", NULL);
}

/* What stands in a look-around, a class or a repeat need not be there. */
static void
test_not_needed(void)
{
    check("(?!unknown)user", "user");
    check("(?<!never )seen", "seen");
    check("[abc]def[^)]", "def");
    check("foo{0,3}bar", "bar");
    check("gr\303\274n[^\\n]{0,60}haus", "haus&" PATTERN_LITERAL_WIDE);
    check("gr\303\274n", PATTERN_LITERAL_WIDE);
    check("gr\303\274?n", NULL);
    check("voll|\303\274ber", "voll;" PATTERN_LITERAL_WIDE "&ber");
    check("\305\277o", NULL); /* a long s is an s */
    check("(?s:.*)word", "word");
    check("a)bcd", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pattern-literals/words", test_words);
    g_test_add_func("/pattern-literals/alternatives", test_alternatives);
    g_test_add_func("/pattern-literals/not-needed", test_not_needed);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* pattern_literals.c - words one of which a text must hold to match a pattern
 *
 * A sequence needs each of its parts: the two with the longest words serve.
 * Alternatives need one of them: within a part, the best words of each together
 * serve, if each has some. Optional parts serve nothing. */
#include "pattern-literals.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { LITERAL_MIN = 3, LITERALS_MAX = 160 };

static GPtrArray *parse_alternatives(const char **p);

static size_t
worth(const char *word)
{
    return strcmp(word, PATTERN_LITERAL_WIDE) == 0 ? LITERAL_MIN : strlen(word);
}

static size_t
shortest(const GPtrArray *set)
{
    size_t least = SIZE_MAX;

    for (guint i = 0; i < set->len; i++)
        least = MIN(least, worth(set->pdata[i]));
    return least;
}

static void
set_free(GPtrArray *set)
{
    if (set)
        g_ptr_array_unref(set);
}

static bool
is_better(const GPtrArray *set, const GPtrArray *than)
{
    return !than || shortest(set) > shortest(than) ||
           (shortest(set) == shortest(than) && set->len < than->len);
}

static void
swap(GPtrArray **a, GPtrArray **b)
{
    GPtrArray *other = *a;

    *a = *b;
    *b = other;
}

/* One part of a sequence needs the words of `set` (owned, may be NULL). */
static void
offer(PatternNeeds *needs, GPtrArray *set)
{
    if (set && (set->len > LITERALS_MAX || shortest(set) < LITERAL_MIN))
        g_clear_pointer(&set, g_ptr_array_unref);
    if (set && is_better(set, needs->words))
        swap(&set, &needs->words);
    if (set && is_better(set, needs->also))
        swap(&set, &needs->also);
    set_free(set);
}

/* The plain characters read so far as a set of one; `run` starts anew. */
static void
take_run(PatternNeeds *needs, GString *run)
{
    GPtrArray *set = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(set, g_strdup(run->str));
    g_string_truncate(run, 0);
    offer(needs, set);
}

static bool
is_optional(char c)
{
    return c == '?' || c == '*' || c == '{';
}

/* Behind the quantifier at `p`, if there is one. */
static const char *
skip_quantifier(const char *p)
{
    if (*p == '{')
        p += strcspn(p, "}");
    if (*p && strchr("?*+}", *p)) {
        p++;
        p += *p == '?' || *p == '+';
    }
    return p;
}

static const char *
skip_class(const char *p)
{
    p++;
    p += *p == '^';
    p += *p == ']';
    while (*p && *p != ']')
        p += *p == '\\' && p[1] ? 2 : 1;
    return *p ? p + 1 : p;
}

static bool
is_lookaround(const char *p)
{
    return p[0] == '(' && p[1] == '?' &&
           (p[2] == '!' || p[2] == '=' || (p[2] == '<' && p[3] != 'P'));
}

/* The group at *p, left behind with its quantifier. */
static GPtrArray *
parse_group(const char **p)
{
    bool around = is_lookaround(*p), optional;
    GPtrArray *set;

    (*p)++;
    if (**p == '?') {
        *p += strcspn(*p, ":!=)");
        *p += **p == ':' || **p == '!' || **p == '=';
    }
    set = parse_alternatives(p);
    *p += **p == ')';
    optional = is_optional(**p);
    *p = skip_quantifier(*p);
    if (set && (around || optional))
        g_clear_pointer(&set, g_ptr_array_unref);
    return set;
}

/* A character outside ASCII: its letter cases differ in their bytes, so all
 * that is known is that there must be one. */
static void
parse_wide(const char **p, PatternNeeds *needs, GString *run)
{
    const char *next = *p + 1;
    /* Long s and the sign of Kelvin are letters s and k in another case. */
    bool ascii = g_str_has_prefix(*p, "\305\277") ||
                 g_str_has_prefix(*p, "\342\204\252");

    while ((*next & 0xc0) == 0x80)
        next++;
    take_run(needs, run);
    if (!is_optional(*next) && !ascii) {
        GPtrArray *set = g_ptr_array_new_with_free_func(g_free);

        g_ptr_array_add(set, g_strdup(PATTERN_LITERAL_WIDE));
        offer(needs, set);
    }
    *p = skip_quantifier(next);
}

/* A character that stands for itself. */
static void
parse_plain(const char **p, char c, PatternNeeds *needs, GString *run)
{
    if (is_optional(**p)) {
        take_run(needs, run);
    } else {
        g_string_append_c(run, g_ascii_tolower(c));
        if (**p == '+')
            take_run(needs, run);
    }
    *p = skip_quantifier(*p);
}

static void
parse_escape(const char **p, PatternNeeds *needs, GString *run)
{
    char c = (*p)[1];

    *p += c ? 2 : 1;
    if (c == 'b')
        return;
    if (!g_ascii_isalnum(c)) {
        parse_plain(p, c, needs, run);
        return;
    }
    take_run(needs, run);
    *p = skip_quantifier(*p);
}

static PatternNeeds
parse_sequence(const char **p)
{
    g_autoptr(GString) run = g_string_new(NULL);
    PatternNeeds needs = {0};

    while (**p && **p != '|' && **p != ')') {
        if (**p == '\\') {
            parse_escape(p, &needs, run);
        } else if (**p == '(') {
            take_run(&needs, run);
            offer(&needs, parse_group(p));
        } else if (**p == '[') {
            take_run(&needs, run);
            *p = skip_quantifier(skip_class(*p));
        } else if (**p & 0x80) {
            parse_wide(p, &needs, run);
        } else if (strchr(".^$", **p)) {
            take_run(&needs, run);
            *p = skip_quantifier(*p + 1);
        } else {
            char c = *(*p)++;

            parse_plain(p, c, &needs, run);
        }
    }
    take_run(&needs, run);
    return needs;
}

static GPtrArray *
parse_alternatives(const char **p)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    bool known = true;

    for (;;) {
        PatternNeeds needs = parse_sequence(p);

        known = known && needs.words;
        for (guint i = 0; needs.words && i < needs.words->len; i++)
            g_ptr_array_add(all, g_strdup(needs.words->pdata[i]));
        set_free(needs.words);
        set_free(needs.also);
        if (**p != '|')
            break;
        (*p)++;
    }
    if (!known)
        g_clear_pointer(&all, g_ptr_array_unref);
    return all;
}

/* A word that holds another one of the list adds nothing. */
static void
drop_longer(GPtrArray *set)
{
    for (guint i = set ? set->len : 0; i-- > 0;)
        for (guint j = 0; j < set->len; j++)
            if (i != j && strstr(set->pdata[i], set->pdata[j])) {
                g_ptr_array_remove_index(set, i);
                break;
            }
}

static void
needs_clear(void *data)
{
    PatternNeeds *needs = data;

    set_free(needs->words);
    set_free(needs->also);
}

GArray *
pattern_literals(const char *regex)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(PatternNeeds));
    const char *p = regex;
    bool known = true;

    g_array_set_clear_func(all, needs_clear);
    for (;;) {
        PatternNeeds needs = parse_sequence(&p);

        known = known && needs.words;
        drop_longer(needs.words);
        drop_longer(needs.also);
        g_array_append_val(all, needs);
        if (*p != '|')
            break;
        p++;
    }
    if (!known || *p) /* an unbalanced ')': not understood */
        g_clear_pointer(&all, g_array_unref);
    return all;
}

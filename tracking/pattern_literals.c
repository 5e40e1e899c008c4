/* SPDX-License-Identifier: Apache-2.0 */
/* pattern_literals.c - words one of which a text must hold to match a pattern
 *
 * A sequence needs each of its parts: the part with the longest words serves.
 * Alternatives need one of them: all their words together serve, if each has
 * some. Optional parts serve nothing. */
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

/* Keep the better one of `best` and `set` (owned, may be NULL). */
static GPtrArray *
better(GPtrArray *best, GPtrArray *set)
{
    if (set && (set->len > LITERALS_MAX || shortest(set) < LITERAL_MIN))
        g_clear_pointer(&set, g_ptr_array_unref);
    if (!set)
        return best;
    if (!best)
        return set;
    if (shortest(set) > shortest(best) ||
        (shortest(set) == shortest(best) && set->len < best->len)) {
        g_ptr_array_unref(best);
        return set;
    }
    g_ptr_array_unref(set);
    return best;
}

/* The plain characters read so far as a set of one; `run` starts anew. */
static GPtrArray *
take_run(GPtrArray *best, GString *run)
{
    GPtrArray *set = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(set, g_strdup(run->str));
    g_string_truncate(run, 0);
    return better(best, set);
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
parse_wide(const char **p, GPtrArray **best, GString *run)
{
    const char *next = *p + 1;
    /* Long s and the sign of Kelvin are letters s and k in another case. */
    bool ascii = g_str_has_prefix(*p, "\305\277") ||
                 g_str_has_prefix(*p, "\342\204\252");

    while ((*next & 0xc0) == 0x80)
        next++;
    *best = take_run(*best, run);
    if (!is_optional(*next) && !ascii) {
        GPtrArray *set = g_ptr_array_new_with_free_func(g_free);

        g_ptr_array_add(set, g_strdup(PATTERN_LITERAL_WIDE));
        *best = better(*best, set);
    }
    *p = skip_quantifier(next);
}

/* A character that stands for itself. */
static void
parse_plain(const char **p, char c, GPtrArray **best, GString *run)
{
    if (is_optional(**p)) {
        *best = take_run(*best, run);
    } else {
        g_string_append_c(run, g_ascii_tolower(c));
        if (**p == '+')
            *best = take_run(*best, run);
    }
    *p = skip_quantifier(*p);
}

static void
parse_escape(const char **p, GPtrArray **best, GString *run)
{
    char c = (*p)[1];

    *p += c ? 2 : 1;
    if (c == 'b')
        return;
    if (!g_ascii_isalnum(c)) {
        parse_plain(p, c, best, run);
        return;
    }
    *best = take_run(*best, run);
    *p = skip_quantifier(*p);
}

static GPtrArray *
parse_sequence(const char **p)
{
    g_autoptr(GString) run = g_string_new(NULL);
    GPtrArray *best = NULL;

    while (**p && **p != '|' && **p != ')') {
        if (**p == '\\') {
            parse_escape(p, &best, run);
        } else if (**p == '(') {
            best = take_run(best, run);
            best = better(best, parse_group(p));
        } else if (**p == '[') {
            best = take_run(best, run);
            *p = skip_quantifier(skip_class(*p));
        } else if (**p & 0x80) {
            parse_wide(p, &best, run);
        } else if (strchr(".^$", **p)) {
            best = take_run(best, run);
            *p = skip_quantifier(*p + 1);
        } else {
            char c = *(*p)++;

            parse_plain(p, c, &best, run);
        }
    }
    return take_run(best, run);
}

static GPtrArray *
parse_alternatives(const char **p)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    bool known = true;

    for (;;) {
        GPtrArray *set = parse_sequence(p);

        known = known && set;
        for (guint i = 0; set && i < set->len; i++)
            g_ptr_array_add(all, g_strdup(set->pdata[i]));
        if (set)
            g_ptr_array_unref(set);
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
    for (guint i = set->len; i-- > 0;)
        for (guint j = 0; j < set->len; j++)
            if (i != j && strstr(set->pdata[i], set->pdata[j])) {
                g_ptr_array_remove_index(set, i);
                break;
            }
}

GPtrArray *
pattern_literals(const char *regex)
{
    const char *p = regex;
    GPtrArray *set = better(NULL, parse_alternatives(&p));

    if (set && *p) /* an unbalanced ')': not understood */
        g_clear_pointer(&set, g_ptr_array_unref);
    if (set)
        drop_longer(set);
    return set;
}

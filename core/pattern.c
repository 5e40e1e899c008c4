/* SPDX-License-Identifier: Apache-2.0 */
/* pattern.c - PCRE2 behind limits */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "nurture/pattern.h"

#include "nurture/error.h"

#include <pcre2.h>

struct Pattern {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *context;
    unsigned uses;
};

/* Compiling to machine code pays only for a pattern that is used often: one
 * mail in a process of its own needs most of them once. */
enum { USES_BEFORE_JIT = 5 };

/* PCRE2 would check the text's UTF-8 at every match, which costs more than the
 * match. Callers have done so (pattern.h); where we look for faults, again. */
#ifdef __SANITIZE_ADDRESS__
#define TEXT_OPTIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEXT_OPTIONS 0
#endif
#endif
#ifndef TEXT_OPTIONS
#define TEXT_OPTIONS PCRE2_NO_UTF_CHECK
#endif

static unsigned limit_hits;

Pattern *
pattern_new(const char *regex, PatternFlags flags, GError **error)
{
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
    int code;
    PCRE2_SIZE offset;
    g_autoptr(Pattern) p = g_new0(Pattern, 1);

    if (flags & PATTERN_CASELESS)
        options |= PCRE2_CASELESS;
    if (flags & PATTERN_MULTILINE)
        options |= PCRE2_MULTILINE;
    if (flags & PATTERN_ANCHORED)
        options |= PCRE2_ANCHORED;
    p->code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED, options,
                            &code, &offset, NULL);
    if (!p->code) {
        PCRE2_UCHAR words[256];
        pcre2_get_error_message(code, words, sizeof words);
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "pattern '%s', offset %zu: %s", regex, offset,
                    (char *)words);
        return NULL;
    }
    p->match = pcre2_match_data_create(10, NULL);
    p->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(p->context, 100000);
    pcre2_set_depth_limit(p->context, 10000);
    pcre2_set_heap_limit(p->context, 16 * 1024);
    return g_steal_pointer(&p);
}

void
pattern_free(Pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_context_free(pattern->context);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
    g_free(pattern);
}

bool
pattern_match_from(Pattern *pattern, const char *text, gssize length,
                   size_t from, PatternMatch *out)
{
    PCRE2_SIZE size = length < 0 ? PCRE2_ZERO_TERMINATED : (PCRE2_SIZE)length;
    int n;

    /* Where it is refused, the interpreter goes on serving. */
    if (++pattern->uses == USES_BEFORE_JIT)
        pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
    n = pcre2_match(pattern->code, (PCRE2_SPTR)text, size, from, TEXT_OPTIONS,
                    pattern->match, pattern->context);
    if (n < 0) {
        g_assert(n < PCRE2_ERROR_UTF8_ERR21 || n > PCRE2_ERROR_UTF8_ERR1);
        if (n != PCRE2_ERROR_NOMATCH)
            g_atomic_int_inc((int *)&limit_hits);
        return false;
    }
    if (out) {
        const PCRE2_SIZE *v = pcre2_get_ovector_pointer(pattern->match);
        int groups = n == 0 ? 10 : n;
        for (int i = 0; i < 10; i++) {
            bool set = i < groups && v[2 * i] != PCRE2_UNSET;
            out->start[i] = set ? (int)v[2 * i] : -1;
            out->end[i] = set ? (int)v[2 * i + 1] : -1;
        }
    }
    return true;
}

bool
pattern_match(Pattern *pattern, const char *text, gssize length,
              PatternMatch *out)
{
    return pattern_match_from(pattern, text, length, 0, out);
}

unsigned
pattern_limit_hits(void)
{
    return (unsigned)g_atomic_int_get((int *)&limit_hits);
}

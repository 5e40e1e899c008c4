/* SPDX-License-Identifier: Apache-2.0 */
/* sent_words.c - laying a quoted text along what we sent */
#include "sent-words.h"

#include <string.h>

enum {
    WORDS_MAX = 20000,
    TRIES_MAX = 8, /* places in our mail that are tried for one word */
    RUN = 3,       /* words that are looked up together */
    RUN_SURE = 5,  /* so many in a row are ours wherever they stand */
    SKIP_MAX = 40, /* words of ours that a program may leave out */
    ENOUGH = 25,   /* of our words make it our mail, or half of them */
};

struct SentWords {
    GArray *words;     /* SentWord */
    GHashTable *runs;  /* hash of RUN words -> 1 + the first place */
    GArray *next;      /* int: the next place of the same run, 0 = none */
    GHashTable *lines; /* hash of a line -> 1 + the place of its first word */
};

/* "https://...", "www...", "mailto:...", "cid:...": to the next blank. */
static size_t
link_length(const char *p, size_t length)
{
    static const char *const begins[] = {"http://", "https://", "www.",
                                         "mailto:", "cid:",     "tel:"};
    size_t n = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(begins); i++) {
        size_t k = strlen(begins[i]);
        if (length > k && g_ascii_strncasecmp(p, begins[i], k) == 0)
            n = k;
    }
    while (n > 0 && n < length && !g_ascii_isspace(p[n]) && p[n] != '>' &&
           p[n] != ']' && p[n] != ')')
        n++;
    return n;
}

static bool
is_word(gunichar c)
{
    return g_unichar_isalnum(c) || g_unichar_ismark(c);
}

/* Scripts without blanks: every sign is a word. */
static bool
is_alone(gunichar c)
{
    return c >= 0x2e80 && !(c >= 0xac00 && c <= 0xd7a3);
}

static size_t
word_read(const char *p, size_t length, guint32 *out_hash)
{
    guint32 hash = 2166136261u;
    size_t n = 0;

    while (n < length) {
        gunichar c = g_utf8_get_char(p + n);
        if (!is_word(c) || (n > 0 && is_alone(c)))
            break;
        hash = (hash ^ g_unichar_tolower(c)) * 16777619u;
        n += (size_t)(g_utf8_next_char(p + n) - (p + n));
        if (is_alone(c))
            break;
    }
    *out_hash = hash;
    return n;
}

void
sent_words_split(const char *text, size_t length, int line, GArray *words)
{
    guint first = words->len;

    for (size_t i = 0; i < length && words->len < WORDS_MAX;) {
        SentWord word = {.line = line};
        size_t n = link_length(text + i, length - i);
        if (n > 0) {
            i += n;
            continue;
        }
        n = word_read(text + i, length - i, &word.hash);
        if (n == 0) {
            i += (size_t)(g_utf8_next_char(text + i) - (text + i));
            continue;
        }
        word.begin = text + i;
        word.end = text + i + n;
        g_array_append_val(words, word);
        i += n;
    }
    if (words->len > first)
        g_array_index(words, SentWord, words->len - 1).last = true;
}

static guint32
mix(guint32 hash, guint32 word)
{
    return (hash ^ word) * 2654435761u + (hash >> 15);
}

static guint32
run_hash(const GArray *words, guint at)
{
    guint32 hash = 1;

    for (guint i = at; i < at + RUN; i++)
        hash = mix(hash, g_array_index(words, SentWord, i).hash);
    return hash;
}

/* Of the line that begins at `at`; `out_count`: its words. */
static guint32
line_hash(const GArray *words, guint at, guint *out_count)
{
    guint32 hash = 2;
    guint i = at;

    while (i < words->len) {
        const SentWord *w = &g_array_index(words, SentWord, i++);
        hash = mix(hash, w->hash);
        if (w->last)
            break;
    }
    *out_count = i - at;
    return hash;
}

static bool
begins_line(const GArray *words, guint at)
{
    return at == 0 || g_array_index(words, SentWord, at - 1).last;
}

/* Backwards, so that the first place of a run is found first. */
static void
index_words(SentWords *s)
{
    g_array_set_size(s->next, s->words->len);
    for (guint at = s->words->len; at-- > 0;) {
        guint count;
        if (at + RUN <= s->words->len) {
            gpointer key = GUINT_TO_POINTER(run_hash(s->words, at));
            g_array_index(s->next, int, at) =
                GPOINTER_TO_INT(g_hash_table_lookup(s->runs, key));
            g_hash_table_insert(s->runs, key, GINT_TO_POINTER((int)at + 1));
        }
        if (begins_line(s->words, at))
            g_hash_table_insert(
                s->lines, GUINT_TO_POINTER(line_hash(s->words, at, &count)),
                GINT_TO_POINTER((int)at + 1));
    }
}

SentWords *
sent_words_new(const char *text)
{
    SentWords *s = g_new0(SentWords, 1);
    int line = 0;

    s->words = g_array_new(FALSE, TRUE, sizeof(SentWord));
    s->next = g_array_new(FALSE, TRUE, sizeof(int));
    s->runs = g_hash_table_new(NULL, NULL);
    s->lines = g_hash_table_new(NULL, NULL);
    while (*text) {
        size_t n = strcspn(text, "\n");
        sent_words_split(text, n, line++, s->words);
        text += n + (text[n] == '\n');
    }
    index_words(s);
    return s;
}

void
sent_words_free(SentWords *s)
{
    if (!s)
        return;
    g_array_unref(s->words);
    g_array_unref(s->next);
    g_hash_table_unref(s->runs);
    g_hash_table_unref(s->lines);
    g_free(s);
}

/* How many words from `at` on are those of our mail from `place` on. */
static guint
run_length(const SentWords *s, guint place, const GArray *words, guint at)
{
    guint n = 0;

    while (place + n < s->words->len && at + n < words->len &&
           g_array_index(s->words, SentWord, place + n).hash ==
               g_array_index(words, SentWord, at + n).hash)
        n++;
    return n;
}

/* A run that goes on where the last one ended may be short, or end a line. */
static bool
run_is_ours(const SentWords *s, guint place, guint n, const GArray *words,
            guint at, guint expected)
{
    if (n >= RUN_SURE)
        return true;
    if (n == 0 || place < expected || place > expected + SKIP_MAX)
        return false;
    if (n >= RUN)
        return true;
    return place == expected &&
           (n == 2 || (g_array_index(s->words, SentWord, place).last &&
                       g_array_index(words, SentWord, at).last));
}

/* A whole line of ours, however short: "Hi Ann,". */
static guint
whole_line(const SentWords *s, const GArray *words, guint at, guint *out_place)
{
    guint count, place;
    guint32 hash;

    if (!begins_line(words, at))
        return 0;
    hash = line_hash(words, at, &count);
    place =
        GPOINTER_TO_UINT(g_hash_table_lookup(s->lines, GUINT_TO_POINTER(hash)));
    *out_place = place - 1;
    return place > 0 && run_length(s, place - 1, words, at) >= count ? count
                                                                     : 0;
}

/* The best run at `at`; 0: none that is ours. */
static guint
best_run(const SentWords *s, const GArray *words, guint at, guint expected,
         guint *out_place)
{
    guint best = run_length(s, expected, words, at);
    guint place;
    int next = 0;

    *out_place = expected;
    if (!run_is_ours(s, expected, best, words, at, expected))
        best = 0;
    if (at + RUN <= words->len)
        next = GPOINTER_TO_INT(g_hash_table_lookup(
            s->runs, GUINT_TO_POINTER(run_hash(words, at))));
    for (int tries = 0; next > 0 && tries < TRIES_MAX; tries++) {
        place = (guint)next - 1;
        guint n = run_length(s, place, words, at);
        if (n > best && run_is_ours(s, place, n, words, at, expected)) {
            best = n;
            *out_place = place;
        }
        next = g_array_index(s->next, int, place);
    }
    if (best == 0)
        best = whole_line(s, words, at, out_place);
    return best;
}

bool
sent_words_mark(const SentWords *s, GArray *words)
{
    guint expected = 0, found = 0, place;

    for (guint at = 0; at < words->len;) {
        guint n = best_run(s, words, at, expected, &place);
        for (guint i = at; i < at + n; i++)
            g_array_index(words, SentWord, i).ours = true;
        if (n > 0)
            expected = place + n;
        found += n;
        at += n > 0 ? n : 1;
    }
    if (found > 0 && found >= MIN((guint)ENOUGH, (s->words->len + 1) / 2))
        return true;
    for (guint at = 0; at < words->len; at++)
        g_array_index(words, SentWord, at).ours = false;
    return false;
}

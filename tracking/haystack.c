/* SPDX-License-Identifier: Apache-2.0 */
/* haystack.c - a text prepared for being asked for many patterns
 *
 * A word is looked for in earnest only when its first and last three bytes,
 * as hashes, are both among those of the text. */
#include "haystack.h"

#include "pattern-literals.h"

#include <string.h>

enum { GRAM = 3, BITS_MIN = 512, BITS_MAX = 1 << 17, BITS_PER_BYTE = 8 };

typedef struct {
    char *text;
    size_t length;
    guint first, last; /* hashes */
} Word;

/* Some word of a list. */
typedef struct {
    GArray *words; /* Word */
    bool wide;     /* or any character outside ASCII */
} OneOf;

/* What one alternative of a pattern needs: both. */
typedef struct {
    OneOf first, second;
    bool has_second;
} Alternative;

struct WordSet {
    GArray *alternatives;
    bool any; /* a pattern that needs no word: everything passes */
};

static guint
gram_hash(const char *p)
{
    guint gram = (guint)(unsigned char)p[0] << 16 |
                 (guint)(unsigned char)p[1] << 8 | (unsigned char)p[2];

    return (gram * 2654435761U) >> 15;
}

/* `length` bytes in lower case; whether any is outside ASCII. */
static bool
lower_copy(char *to, const char *from, size_t length)
{
    unsigned char all = 0;

    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)from[i];

        all |= c;
        to[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    to[length] = 0;
    return all & 0x80;
}

void
haystack_init(Haystack *h, const char *text, size_t length)
{
    guint bits = BITS_MIN;

    /* A limit may have gone through a character. */
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    while (bits < BITS_MAX && bits < length * BITS_PER_BYTE)
        bits *= 2;
    h->text = text;
    h->length = length;
    h->lower = g_malloc(length + 1);
    h->wide = lower_copy(h->lower, text, length);
    h->bits = g_new0(guint64, bits / 64);
    h->mask = bits - 1;
    for (size_t i = 0; i + GRAM <= length; i++) {
        guint hash = gram_hash(h->lower + i) & h->mask;

        h->bits[hash / 64] |= G_GUINT64_CONSTANT(1) << hash % 64;
    }
}

void
haystack_clear(Haystack *h)
{
    g_clear_pointer(&h->lower, g_free);
    g_clear_pointer(&h->bits, g_free);
}

static bool
has_gram(const Haystack *h, guint hash)
{
    hash &= h->mask;
    return h->bits[hash / 64] >> hash % 64 & 1;
}

static void
word_clear(void *word)
{
    g_free(((Word *)word)->text);
}

static void
alternative_clear(void *data)
{
    Alternative *a = data;

    g_array_unref(a->first.words);
    g_clear_pointer(&a->second.words, g_array_unref);
}

WordSet *
word_set_new(void)
{
    WordSet *set = g_new0(WordSet, 1);

    set->alternatives = g_array_new(FALSE, FALSE, sizeof(Alternative));
    g_array_set_clear_func(set->alternatives, alternative_clear);
    return set;
}

void
word_set_free(WordSet *set)
{
    if (!set)
        return;
    g_array_unref(set->alternatives);
    g_free(set);
}

static OneOf
one_of(const GPtrArray *texts)
{
    OneOf one = {g_array_new(FALSE, FALSE, sizeof(Word)), false};

    g_array_set_clear_func(one.words, word_clear);
    for (guint i = 0; i < texts->len; i++) {
        const char *text = texts->pdata[i];
        size_t length = strlen(text);
        Word word;

        if (strcmp(text, PATTERN_LITERAL_WIDE) == 0) {
            one.wide = true;
            continue;
        }
        /* never shorter than GRAM */
        word = (Word){g_strdup(text), length, gram_hash(text),
                      gram_hash(text + length - GRAM)};
        g_array_append_val(one.words, word);
    }
    return one;
}

void
word_set_add(WordSet *set, const char *regex)
{
    g_autoptr(GArray) needs = pattern_literals(regex);

    set->any |= !needs;
    for (guint i = 0; needs && i < needs->len; i++) {
        const PatternNeeds *n = &g_array_index(needs, PatternNeeds, i);
        Alternative a = {.first = one_of(n->words), .has_second = n->also};

        if (n->also)
            a.second = one_of(n->also);
        g_array_append_val(set->alternatives, a);
    }
}

static bool
holds(const Haystack *h, const OneOf *one)
{
    if (one->wide && h->wide)
        return true;
    for (guint i = 0; i < one->words->len; i++) {
        const Word *w = &g_array_index(one->words, Word, i);

        if (has_gram(h, w->first) && has_gram(h, w->last) &&
            memmem(h->lower, h->length, w->text, w->length))
            return true;
    }
    return false;
}

bool
word_set_passes(const WordSet *set, const Haystack *h)
{
    if (set->any)
        return true;
    for (guint i = 0; i < set->alternatives->len; i++) {
        const Alternative *a =
            &g_array_index(set->alternatives, Alternative, i);

        if (holds(h, &a->first) && (!a->has_second || holds(h, &a->second)))
            return true;
    }
    return false;
}

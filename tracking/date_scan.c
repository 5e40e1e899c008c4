/* SPDX-License-Identifier: Apache-2.0 */
/* date_scan.c - a text as tokens, and what each may mean in a date */
#include "date-scan.h"

#include "folded.h"
#include "nurture/datafile.h"

#include <string.h>

enum {
    UNSPACED_MAX = 6, /* characters of a word looked for inside a run */
    SUFFIX_MAX = 7,   /* bytes of an ending, with its apostrophe */
};

typedef struct {
    const char *language; /* borrowed from the table */
    WordKind kind;
    int value;
    bool own_script; /* no word of the Latin languages looks like it */
} Meaning;

static const char *const kind_names[WORD_KINDS] = {
    [WORD_MONTH] = "month",
    [WORD_DAY] = "day",
    [WORD_NUMBER] = "number",
    [WORD_UNIT] = "unit",
    [WORD_UNTIL] = "until",
    [WORD_UNTIL_POST] = "untilpost",
    [WORD_FROM_POST] = "frompost",
    [WORD_BACK] = "back",
    [WORD_AVAIL] = "avail",
    [WORD_FROM] = "from",
    [WORD_AFTER] = "after",
    [WORD_BEFORE] = "before",
    [WORD_ONLY] = "only",
    [WORD_NOT] = "not",
    [WORD_NEXT] = "next",
    [WORD_THIS] = "this",
    [WORD_REL] = "rel",
    [WORD_TODAY] = "today",
    [WORD_END] = "end",
    [WORD_MID] = "mid",
    [WORD_BEGIN] = "begin",
    [WORD_THE] = "the",
    [WORD_OF] = "of",
    [WORD_IN] = "in",
    [WORD_FOR] = "for",
    [WORD_WEEK] = "week",
    [WORD_WEEKOF] = "weekof",
    [WORD_INCL] = "incl",
    [WORD_SEASON] = "season",
    [WORD_HOLIDAY] = "holiday",
    [WORD_PAST] = "past",
    [WORD_BETWEEN] = "between",
    [WORD_AND] = "and",
    [WORD_TO] = "to",
    [WORD_THISWEEK] = "thisweek",
    [WORD_NEXTWEEK] = "nextweek",
    [WORD_NEXTMONTH] = "nextmonth",
    [WORD_NEXTYEAR] = "nextyear",
    [WORD_MODAL] = "modal",
};

/* phrase -> GArray of Meaning, and the table whose strings they borrow */
typedef struct {
    DataFile *file;
    GHashTable *phrases;
} Lexicon;

static void
meanings_unref(void *meanings)
{
    g_array_unref(meanings);
}

static WordKind
kind_from_name(const char *name)
{
    for (int k = 1; k < WORD_KINDS; k++)
        if (strcmp(kind_names[k], name) == 0)
            return (WordKind)k;
    g_error("date-words.tsv: no kind '%s'", name);
}

static void
lexicon_add(Lexicon *lexicon, const DataRow *row)
{
    g_auto(GStrv) words = g_strsplit(row->cell[3], "|", -1);
    Meaning meaning = {
        row->cell[0],
        kind_from_name(row->cell[1]),
        (int)g_ascii_strtoll(row->cell[2], NULL, 10),
        false,
    };

    for (char **word = words; *word; word++) {
        meaning.own_script = ((unsigned char)**word & 0x80) != 0;
        GArray *list = g_hash_table_lookup(lexicon->phrases, *word);
        if (!list) {
            list = g_array_new(FALSE, FALSE, sizeof(Meaning));
            g_hash_table_insert(lexicon->phrases, g_strdup(*word), list);
        }
        g_array_append_val(list, meaning);
    }
}

static void
lexicon_free(void *data)
{
    Lexicon *lexicon = data;

    g_hash_table_unref(lexicon->phrases);
    datafile_free(lexicon->file);
    g_free(lexicon);
}

static const Lexicon *
lexicon_get(void)
{
    static GPrivate private = G_PRIVATE_INIT(lexicon_free);
    Lexicon *lexicon = g_private_get(&private);
    g_autoptr(GError) error = NULL;

    if (lexicon)
        return lexicon;
    lexicon = g_new0(Lexicon, 1);
    lexicon->file = datafile_load("tracking/data/date-words.tsv", &error);
    if (!lexicon->file)
        g_error("%s", error->message);
    lexicon->phrases =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, meanings_unref);
    for (guint i = 0; i < datafile_rows(lexicon->file); i++)
        lexicon_add(lexicon, datafile_row(lexicon->file, i));
    g_private_set(&private, lexicon);
    return lexicon;
}

static bool
is_letter(char c)
{
    return g_ascii_isalpha(c) || (c & 0x80);
}

/* "mar.", "inkl.", "z.": a short word that dates are made of. */
static bool
is_abbreviation(const char *word, size_t length)
{
    return length <= 2 || (length <= 4 && word &&
                           g_hash_table_contains(lexicon_get()->phrases, word));
}

/* A full stop behind a year or a word ends the sentence; one behind a small
 * number or an abbreviation may belong to a date. `before`: the word of
 * `previous`, NULL if it is none. */
static bool
ends_sentence(const char *text, const char *p, const Token *previous,
              const char *before, size_t length)
{
    if (*p == '!' || *p == '?' || *p == ';')
        return true;
    if (*p == '\n')
        return p > text && p[-1] == '\n';
    if (*p != '.' || (p[1] && p[1] != ' ' && p[1] != '\n') || !previous)
        return false;
    return previous->type == TOKEN_NUMBER ? previous->value > 31
                                          : !is_abbreviation(before, length);
}

/* "segunda-feira", "w/c", "t.o.m." are looked up as their words. */
static bool
joins_words(const char *text, const char *p)
{
    return (*p == '-' || *p == '/' || *p == '.') && p > text &&
           is_letter(p[-1]) && is_letter(p[1]);
}

/* Year, month, day behind their numbers, in Japanese, Chinese and Korean. */
static int
cjk_mark(const char *p)
{
    static const struct {
        const char *letter;
        int mark;
    } marks[] = {{"年", '/'}, {"月", '/'}, {"日", ' '}, {"号", ' '},
                 {"년", '/'}, {"월", '/'}, {"일", ' '}};

    for (guint i = 0; i < G_N_ELEMENTS(marks); i++)
        if (strncmp(p, marks[i].letter, 3) == 0)
            return marks[i].mark;
    return 0;
}

/* Kana, Han and Hangul: written without blanks, or with endings attached. */
static bool
is_unspaced(const char *p)
{
    gunichar c = (unsigned char)*p < 0xe3 ? 0 : g_utf8_get_char(p);

    return (c >= 0x3040 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7a3);
}

/* The longest word of the lexicon that stands at `p`; 0 = none. */
static size_t
known_prefix(const char *p)
{
    const Lexicon *lexicon = lexicon_get();
    char word[UNSPACED_MAX * 4 + 1];
    size_t best = 0, n = 0;

    for (int k = 0; k < UNSPACED_MAX && is_unspaced(p + n); k++) {
        size_t step = (size_t)(g_utf8_next_char(p + n) - (p + n));
        memcpy(word + n, p + n, step);
        n += step;
        word[n] = 0;
        if (g_hash_table_contains(lexicon->phrases, word))
            best = n;
    }
    return best;
}

static const char *
read_unspaced(const char *p)
{
    size_t known = known_prefix(p);

    if (known)
        return p + known;
    while (is_unspaced(p) && !known_prefix(p))
        p = g_utf8_next_char(p);
    return p;
}

/* An ending behind an apostrophe ("20 Mart'a kadar", "Monday's") is no part
 * of the word, an article in front ("l'", "dell'") is a word of its own. */
static const char *
read_word(const char *p)
{
    const char *start = p, *end;
    g_autofree char *word = NULL;

    while (is_letter(*p) && !is_unspaced(p))
        p++;
    if (*p != '\'')
        return p;
    word = g_strndup(start, (gsize)(p - start));
    if (!g_hash_table_contains(lexicon_get()->phrases, word))
        return p + 1;
    for (end = p + 1; is_letter(*end); end++)
        ;
    return end - p <= SUFFIX_MAX ? p : p + 1;
}

static const char *
skip_suffix(const char *p)
{
    const char *end = p + 1;

    if (*p != '\'' || !is_letter(*end))
        return p;
    while (is_letter(*end))
        end++;
    return end - p <= SUFFIX_MAX ? end : p;
}

static const char *
read_token(const char *p, const Token *previous, Token *token)
{
    const char *start = p;

    if (g_ascii_isdigit(*p)) {
        token->type = TOKEN_NUMBER;
        for (; g_ascii_isdigit(*p); p++)
            if (p - start < 7)
                token->value = token->value * 10 + (*p - '0');
        token->digits = (int)(p - start);
    } else if (previous && previous->type == TOKEN_NUMBER && cjk_mark(p)) {
        token->type = TOKEN_MARK;
        token->value = cjk_mark(p);
        p += 3;
    } else if (is_unspaced(p)) {
        token->type = TOKEN_WORD;
        p = read_unspaced(p);
    } else if (is_letter(*p)) {
        token->type = TOKEN_WORD;
        p = read_word(p);
    } else {
        token->type = TOKEN_MARK;
        token->value = *p++;
    }
    return p;
}

static void
tokenize(DateScan *scan, const char *text, GPtrArray *words)
{
    size_t length = 0;
    bool glued = false;

    for (const char *p = text; *p && scan->tokens->len < TOKENS_MAX;) {
        Token token = {.glued = glued};
        const Token *previous =
            date_scan_token(scan, (int)scan->tokens->len - 1);
        const char *start = p;
        char *word = NULL;

        if (ends_sentence(text, p, previous,
                          words->len ? words->pdata[words->len - 1] : NULL,
                          length)) {
            token.type = TOKEN_STOP;
            p++;
        } else if (*p == ' ' || *p == '\n' || joins_words(text, p)) {
            glued = false;
            p++;
            continue;
        } else {
            p = read_token(p, previous, &token);
        }
        length = (size_t)(p - start);
        if (token.type == TOKEN_WORD) {
            word = g_strndup(start, length);
            token.letters = (int)length;
        }
        if (word && word[length - 1] != '\'')
            p = skip_suffix(p);
        glued = true;
        g_array_append_val(scan->tokens, token);
        g_ptr_array_add(words, word);
    }
}

static void
look_up(DateScan *scan, const GPtrArray *words)
{
    const Lexicon *lexicon = lexicon_get();
    g_autoptr(GString) phrase = g_string_new(NULL);

    for (guint i = 0; i < words->len; i++) {
        Token *token = &g_array_index(scan->tokens, Token, i);
        g_string_truncate(phrase, 0);
        for (guint n = 0; n < PHRASE_MAX && i + n < words->len; n++) {
            const char *word = words->pdata[i + n];
            if (!word)
                break;
            if (n)
                g_string_append_c(phrase, ' ');
            g_string_append(phrase, word);
            token->meaning[n] =
                g_hash_table_lookup(lexicon->phrases, phrase->str);
        }
    }
}

/* Where one date of the text can only be read one way, the others follow. */
static bool
reads_month_first(const DateScan *scan, int offset_minutes)
{
    for (int i = 0; i + 2 < (int)scan->tokens->len; i++) {
        const Token *a = date_scan_token(scan, i), *b = a + 1, *c = a + 2;
        if (a->type != TOKEN_NUMBER || b->type != TOKEN_MARK ||
            b->value != '/' || c->type != TOKEN_NUMBER || a->digits > 2 ||
            c->digits > 2)
            continue;
        if (c->value > 12 && a->value >= 1 && a->value <= 12)
            return true;
        if (a->value > 12)
            return false;
    }
    return scan->languages[0] && strcmp(scan->languages[0], "en") == 0 &&
           offset_minutes <= 0;
}

void
date_scan_init(DateScan *scan, const char *folded, const char *language,
               int today, int offset_minutes, int max_days)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

    *scan = (DateScan){
        .tokens = g_array_new(FALSE, FALSE, sizeof(Token)),
        .mentions = g_array_new(FALSE, FALSE, sizeof(Mention)),
        .today = today,
        .max_days = max_days,
    };
    if (language)
        scan->languages[0] = language;
    else
        text_languages(folded, scan->languages);
    tokenize(scan, folded, words);
    look_up(scan, words);
    scan->month_first = reads_month_first(scan, offset_minutes);
}

void
date_scan_clear(DateScan *scan)
{
    g_array_unref(scan->tokens);
    g_array_unref(scan->mentions);
}

const Token *
date_scan_token(const DateScan *scan, int index)
{
    if (index < 0 || index >= (int)scan->tokens->len)
        return NULL;
    return &g_array_index(scan->tokens, Token, index);
}

static bool
is_spoken(const DateScan *scan, const char *language)
{
    if (!scan->languages[0])
        return true;
    for (int i = 0; scan->languages[i]; i++)
        if (strcmp(scan->languages[i], language) == 0)
            return true;
    return false;
}

int
date_scan_word(const DateScan *scan, int index, WordKind kind, int *value)
{
    const Token *token = date_scan_token(scan, index);

    if (!token || token->type != TOKEN_WORD)
        return 0;
    for (int n = PHRASE_MAX - 1; n >= 0; n--) {
        const GArray *list = token->meaning[n];
        for (guint i = 0; list && i < list->len; i++) {
            const Meaning *m = &g_array_index(list, Meaning, i);
            if (m->kind != kind ||
                !(m->own_script || is_spoken(scan, m->language)))
                continue;
            if (value)
                *value = m->value;
            return n + 1;
        }
    }
    return 0;
}

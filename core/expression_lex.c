/* SPDX-License-Identifier: Apache-2.0 */
/* expression_lex.c - the words and signs of the expression language */
#include "expression-private.h"

#include <string.h>

typedef struct {
    const Source *source;
    const char *text; /* the whole file */
    gsize at, end;
    GArray *tokens;
    Diagnostics *problems;
} Lexer;

/* Signs of other languages and of word processors, longest first, and what
 * they are taken for once they have been reported. */
static const struct {
    const char *sign, *write;
    TokenKind kind;
    ExprOp op;
} strange[] = {
    {"\xe2\x89\xa5", ">=", TOKEN_OP, OP_GE},
    {"\xe2\x89\xa4", "<=", TOKEN_OP, OP_LE},
    {"\xe2\x89\xa0", "!=", TOKEN_OP, OP_NE},
    {"===", "=", TOKEN_OP, OP_EQ},
    {"==", "=", TOKEN_OP, OP_EQ},
    {"<>", "!=", TOKEN_OP, OP_NE},
    {"=>", ">=", TOKEN_OP, OP_GE},
    {"=<", "<=", TOKEN_OP, OP_LE},
    {"&&", "and", TOKEN_WORD, OP_EQ},
    {"||", "or", TOKEN_WORD, OP_EQ},
};

static const struct {
    const char *sign;
    TokenKind kind;
    ExprOp op;
} signs[] = {
    {"!=", TOKEN_OP, OP_NE},       {"<=", TOKEN_OP, OP_LE},
    {">=", TOKEN_OP, OP_GE},       {"=", TOKEN_OP, OP_EQ},
    {"<", TOKEN_OP, OP_LT},        {">", TOKEN_OP, OP_GT},
    {"(", TOKEN_OPEN, OP_EQ},      {")", TOKEN_CLOSE, OP_EQ},
    {"[", TOKEN_LIST_OPEN, OP_EQ}, {"]", TOKEN_LIST_CLOSE, OP_EQ},
    {",", TOKEN_COMMA, OP_EQ},     {"/", TOKEN_SLASH, OP_EQ},
};

/* Opening quotes that are not '"', and how each may close. */
static const struct {
    const char *open, *close[3];
} quotes[] = {
    {"\"", {"\"", NULL, NULL}},
    {"'", {"'", NULL, NULL}},
    {"\xe2\x80\x9c", {"\xe2\x80\x9d", "\xe2\x80\x9c", NULL}},
    {"\xe2\x80\x9d", {"\xe2\x80\x9d", NULL, NULL}},
    {"\xe2\x80\x9e", {"\xe2\x80\x9c", "\xe2\x80\x9d", NULL}},
    {"\xe2\x80\x98", {"\xe2\x80\x99", NULL, NULL}},
    {"\xe2\x80\x9a", {"\xe2\x80\x98", "\xe2\x80\x99", NULL}},
    {"\xc2\xab", {"\xc2\xbb", NULL, NULL}},
};

static bool
is_at(const Lexer *lx, gsize at, const char *sign)
{
    gsize length = strlen(sign);

    return lx->end - at >= length && !memcmp(lx->text + at, sign, length);
}

/* Bytes of the word character at `text`, 0 if none stands there. */
static gsize
word_char(const char *text, const char *end)
{
    gunichar c;

    if (text >= end)
        return 0;
    if (!(*text & 0x80))
        return g_ascii_isalnum(*text) || strchr("_-.+@", *text) ? 1 : 0;
    c = g_utf8_get_char_validated(text, end - text);
    if (c == (gunichar)-1 || c == (gunichar)-2)
        return 0;
    return g_unichar_isalnum(c) || g_unichar_ismark(c)
               ? (gsize)g_unichar_to_utf8(c, NULL)
               : 0;
}

bool
expression_is_word(const char *text)
{
    const char *end = text + strlen(text);

    if (text == end)
        return false;
    while (text < end) {
        gsize n = word_char(text, end);
        if (n == 0)
            return false;
        text += n;
    }
    return true;
}

static void
token_add(Lexer *lx, TokenKind kind, gsize length, char *text, ExprOp op)
{
    Token token = {kind, lx->at, length, text, op};

    g_array_append_val(lx->tokens, token);
    lx->at += length;
}

static void
report_strange(Lexer *lx, gsize length, const char *write)
{
    Diagnostic *d = diagnostics_add(lx->problems, "E330", lx->source, lx->at,
                                    length, "'%.*s' is not understood",
                                    (int)length, lx->text + lx->at);

    if (!write)
        return;
    diagnostic_note(d, "write %s", write);
    diagnostic_fix(d, lx->at, length, write);
}

static bool
lex_sign(Lexer *lx)
{
    for (gsize i = 0; i < G_N_ELEMENTS(strange); i++)
        if (is_at(lx, lx->at, strange[i].sign)) {
            gsize length = strlen(strange[i].sign);
            report_strange(lx, length, strange[i].write);
            token_add(lx, strange[i].kind, length, g_strdup(strange[i].write),
                      strange[i].op);
            return true;
        }
    for (gsize i = 0; i < G_N_ELEMENTS(signs); i++)
        if (is_at(lx, lx->at, signs[i].sign)) {
            token_add(lx, signs[i].kind, strlen(signs[i].sign),
                      g_strdup(signs[i].sign), signs[i].op);
            return true;
        }
    return false;
}

/* Where the string that opened before `from` ends: the offset of its closing
 * quote and that quote's length; 0 if it is not closed on its line. */
static gsize
find_close(const Lexer *lx, gsize from, const char *const *close,
           gsize *out_length)
{
    for (gsize at = from; at < lx->end && lx->text[at] != '\n'; at++) {
        if (lx->text[at] == '\\' && at + 1 < lx->end &&
            lx->text[at + 1] != '\n') {
            at++;
            continue;
        }
        for (int i = 0; close[i]; i++)
            if (is_at(lx, at, close[i])) {
                *out_length = strlen(close[i]);
                return at;
            }
    }
    return 0;
}

/* \" and \\ stand for the sign itself; any other backslash for itself. */
static char *
unescape(const char *text, gsize length)
{
    GString *out = g_string_sized_new(length);

    for (gsize i = 0; i < length; i++) {
        if (text[i] == '\\' && i + 1 < length &&
            (text[i + 1] == '"' || text[i + 1] == '\\'))
            i++;
        g_string_append_c(out, text[i]);
    }
    return g_string_free(out, FALSE);
}

static char *
quoted(const char *text)
{
    GString *out = g_string_new("\"");

    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
    return g_string_free(out, FALSE);
}

static bool
lex_string(Lexer *lx)
{
    for (gsize i = 0; i < G_N_ELEMENTS(quotes); i++) {
        gsize open = strlen(quotes[i].open), close_length = 0, close;
        char *text;

        if (!is_at(lx, lx->at, quotes[i].open))
            continue;
        close = find_close(lx, lx->at + open, quotes[i].close, &close_length);
        if (close == 0) {
            Diagnostic *d =
                diagnostics_add(lx->problems, "E114", lx->source, lx->at, open,
                                "the quote opened here is never closed");
            diagnostic_help(d, "delete it, or add the closing \"");
            /* The rest of the line was meant to be its content. */
            for (close = lx->at; close < lx->end && lx->text[close] != '\n';)
                close++;
            token_add(
                lx, TOKEN_STRING, close - lx->at,
                g_strndup(lx->text + lx->at + open, close - lx->at - open),
                OP_EQ);
            return true;
        }
        text = unescape(lx->text + lx->at + open, close - lx->at - open);
        if (i > 0) {
            g_autofree char *write = quoted(text);
            report_strange(lx, close + close_length - lx->at, write);
        }
        token_add(lx, TOKEN_STRING, close + close_length - lx->at, text, OP_EQ);
        return true;
    }
    return false;
}

static bool
lex_word(Lexer *lx)
{
    const char *start = lx->text + lx->at, *end = lx->text + lx->end;
    const char *p = start;
    gsize n;

    while ((n = word_char(p, end)) > 0)
        p += n;
    if (p == start)
        return false;
    /* "c#" would lose its sign to the comment. */
    if (p < end && *p == '#') {
        g_autofree char *word = NULL, *write = NULL;
        while (p < end && (*p == '#' || word_char(p, end)))
            p += *p == '#' ? 1 : word_char(p, end);
        word = g_strndup(start, (gsize)(p - start));
        write = quoted(word);
        report_strange(lx, (gsize)(p - start), write);
    }
    token_add(lx, TOKEN_WORD, (gsize)(p - start),
              g_strndup(start, (gsize)(p - start)), OP_EQ);
    return true;
}

/* White space, no-break spaces and comments. */
static bool
skip_blank(Lexer *lx)
{
    if (g_ascii_isspace(lx->text[lx->at])) {
        lx->at++;
        return true;
    }
    if (is_at(lx, lx->at, "\xc2\xa0")) {
        lx->at += 2;
        return true;
    }
    if (lx->text[lx->at] != '#')
        return false;
    while (lx->at < lx->end && lx->text[lx->at] != '\n')
        lx->at++;
    return true;
}

static void
skip_unknown(Lexer *lx)
{
    gunichar c = g_utf8_get_char_validated(lx->text + lx->at,
                                           (gssize)(lx->end - lx->at));
    gsize length = 1;

    if (c != (gunichar)-1 && c != (gunichar)-2 && c != 0)
        length = (gsize)g_unichar_to_utf8(c, NULL);
    if (c == (gunichar)-1 || c == (gunichar)-2 || g_unichar_iscntrl(c))
        diagnostics_add(lx->problems, "E330", lx->source, lx->at, length,
                        "an unreadable character is not understood");
    else
        report_strange(lx, length, c == '!' ? "not" : NULL);
    lx->at += length;
}

static void
token_clear(gpointer data)
{
    g_free(((Token *)data)->text);
}

GArray *
expression_lex(const Source *source, gsize offset, gsize length,
               Diagnostics *problems)
{
    Lexer lx = {source,
                source_text(source),
                offset,
                offset + length,
                g_array_new(FALSE, FALSE, sizeof(Token)),
                problems};
    const Token *last;

    g_array_set_clear_func(lx.tokens, token_clear);
    while (lx.at < lx.end) {
        if (!skip_blank(&lx) && !lex_sign(&lx) && !lex_string(&lx) &&
            !lex_word(&lx))
            skip_unknown(&lx);
    }
    lx.at = offset;
    if (lx.tokens->len > 0) {
        last = &g_array_index(lx.tokens, Token, lx.tokens->len - 1);
        lx.at = last->offset + last->length;
    }
    token_add(&lx, TOKEN_END, 0, g_strdup(""), OP_EQ);
    return lx.tokens;
}

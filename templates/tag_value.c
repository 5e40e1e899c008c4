/* SPDX-License-Identifier: Apache-2.0 */
/* tag_value.c - what stands between {{ and }}
 *
 *     value    = path { "|" filter } { "or" fallback }
 *     fallback = string | path { "|" filter } | "skip"
 *
 * Everything is checked here, before any person's data is touched: names,
 * filters against types, and that nobody reads a hole. */
#include "names.h"

#include "nurture/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    Compiler *compiler;
    const TagText *in;
    const Piece *piece;
    gsize at, end;
    bool failed;
    bool in_fallback;
    bool nullable;           /* the last term may be missing .. */
    gsize hole, hole_length; /* .. and here is its name */
    char *hole_name;
    LayoutSlot layout;
    Slot *slot;
} TagParser;

typedef enum { WANT_NONE, WANT_NUMBER, WANT_STRING } FilterArgument;

static const struct {
    const char *name;
    FilterKind kind;
    FilterArgument argument;
    const char *standard; /* argument when it is left out */
} filters[] = {
    {"first_word", FILTER_FIRST_WORD, WANT_NONE, NULL},
    {"capitalize", FILTER_CAPITALIZE, WANT_NONE, NULL},
    {"upper", FILTER_UPPER, WANT_NONE, NULL},
    {"lower", FILTER_LOWER, WANT_NONE, NULL},
    {"truncate", FILTER_TRUNCATE, WANT_NUMBER, NULL},
    {"date", FILTER_DATE, WANT_STRING, DATE_PATTERN},
    {"join", FILTER_JOIN, WANT_STRING, ", "},
    {"count", FILTER_COUNT, WANT_NONE, NULL},
};

static const char *const filter_names[] = {
    "first_word", "capitalize", "upper", "lower", "truncate",
    "date",       "join",       "count", NULL,
};

static Diagnostic *report(TagParser *p, const char *code, gsize at,
                          gsize length, const char *format, ...)
    G_GNUC_PRINTF(5, 6);

static Diagnostic *
report(TagParser *p, const char *code, gsize at, gsize length,
       const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list arguments;
    gsize start = tag_place(p->in, at), stop = tag_place(p->in, at + length);

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (code[0] == 'E')
        p->failed = true;
    return diagnostics_add(p->compiler->problems, code, p->in->source, start,
                           stop > start ? stop - start : length, "%s", message);
}

static void
skip_space(TagParser *p)
{
    while (p->at < p->end && g_ascii_isspace(p->in->text[p->at]))
        p->at++;
}

static bool
is_name_byte(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '.' || c == '-';
}

/* A name or word at the parser's place, NULL if there is none. */
static char *
take_word(TagParser *p, gsize *out_at)
{
    gsize start;

    skip_space(p);
    start = p->at;
    while (p->at < p->end && is_name_byte(p->in->text[p->at]))
        p->at++;
    if (out_at)
        *out_at = start;
    return p->at > start ? g_strndup(p->in->text + start, p->at - start) : NULL;
}

static char *
take_number(TagParser *p, gsize *out_at)
{
    skip_space(p);
    *out_at = p->at;
    if (p->at >= p->end || !g_ascii_isdigit(p->in->text[p->at]))
        return NULL;
    return take_word(p, out_at);
}

static bool
take_byte(TagParser *p, char c)
{
    skip_space(p);
    if (p->at < p->end && p->in->text[p->at] == c) {
        p->at++;
        return true;
    }
    return false;
}

/* A string in straight double quotes; \" stands for ". */
static char *
take_string(TagParser *p)
{
    g_autoptr(GString) out = g_string_new(NULL);
    gsize i;

    skip_space(p);
    if (p->at >= p->end || p->in->text[p->at] != '"')
        return NULL;
    for (i = p->at + 1; i < p->end && p->in->text[i] != '"'; i++) {
        if (p->in->text[i] == '\\' && i + 1 < p->end &&
            p->in->text[i + 1] == '"')
            i++;
        g_string_append_c(out, p->in->text[i]);
    }
    if (i >= p->end)
        return NULL;
    p->at = i + 1;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* A no-break space is one key away from a brace on many keyboards. */
static bool
report_no_break_space(TagParser *p)
{
    Diagnostic *d;

    if (p->at + 2 > p->end || memcmp(p->in->text + p->at, "\xc2\xa0", 2) != 0)
        return false;
    d = report(p, "E204", p->at, 2, "a no-break space (U+00A0) in a tag");
    diagnostic_note(d, "write an ordinary space");
    diagnostic_fix_all(d, " ");
    return true;
}

static void
report_rest(TagParser *p)
{
    gsize length;

    skip_space(p);
    length = p->end > p->at ? p->end - p->at : 1;
    if (!report_no_break_space(p))
        diagnostic_help(report(p, "E204", p->at, length,
                               "did not understand the rest of this tag"),
                        "the form is {{ field | filter or \"fallback\" }}");
    p->at = p->end;
}

/* Straight quotes, if the word processor has closed what it opened. */
static void
fix_quotes(const TagParser *p, Diagnostic *d, gsize length)
{
    static const char *const closing[] = {
        "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x98",
        "\xe2\x80\x99", "\xc2\xbb",     "\xc2\xab",
    };
    const char *text = p->in->text;

    if (p->compiler->kind != TEXT_MARKDOWN ||
        memchr(text + p->at, '"', p->end - p->at))
        return; /* a setting may stand in such quotes itself */
    for (gsize i = 0; i < G_N_ELEMENTS(closing); i++) {
        gsize last = strlen(closing[i]);
        if (p->end < p->at + length + last ||
            memcmp(text + p->end - last, closing[i], last) != 0)
            continue;
        diagnostic_fix(d, tag_place(p->in, p->at), length, "\"");
        diagnostic_fix(d, tag_place(p->in, p->end - last), last, "\"");
        return;
    }
}

/* The fallback is no string: say which quotes these are. */
static void
report_quotes(TagParser *p)
{
    static const char *const curly[] = {
        "\xe2\x80\x9c",
        "\xe2\x80\x9d",
        "\xe2\x80\x9e",
        "\xe2\x80\x98",
        "\xe2\x80\x99",
        "\xe2\x80\x9a",
        "\xc2\xab",
        "\xc2\xbb",
        "'",
        "`",
        NULL,
    };

    skip_space(p);
    for (guint i = 0; curly[i]; i++) {
        gsize length = strlen(curly[i]);
        Diagnostic *d;
        if (p->at + length > p->end ||
            memcmp(p->in->text + p->at, curly[i], length) != 0)
            continue;
        d = report(p, "E205", p->at, length,
                   "the fallback must be in straight double quotes");
        diagnostic_note(d, "for example: or \"there\"");
        if (length > 1)
            diagnostic_help(d, "these look like curly quotes from a word "
                               "processor");
        if (length > 1)
            fix_quotes(p, d, length);
        p->at = p->end;
        return;
    }
    report_rest(p);
}

static void
filter_clear(gpointer data)
{
    g_free(((Filter *)data)->text);
}

static Term *
term_new(TermKind kind, FieldType type)
{
    Term *term = g_new0(Term, 1);

    term->kind = kind;
    term->type = type;
    term->filters = g_array_new(FALSE, FALSE, sizeof(Filter));
    g_array_set_clear_func(term->filters, filter_clear);
    return term;
}

void
term_free(Term *term)
{
    if (!term)
        return;
    g_free(term->text);
    g_array_unref(term->filters);
    g_free(term);
}

void
slot_free(Slot *slot)
{
    if (!slot)
        return;
    g_ptr_array_unref(slot->terms);
    g_free(slot->name);
    g_free(slot);
}

static const char *
kind_words(FieldType type)
{
    switch (type) {
    case FIELD_DATE:
        return "a date";
    case FIELD_SET:
        return "a list";
    case FIELD_NUMBER:
        return "a number";
    case FIELD_YES_NO:
        return "yes or no";
    case FIELD_URL:
        return "an address";
    case FIELD_TEXT:
    case FIELD_CHOICE:
    default:
        return "text";
    }
}

static bool
filter_accepts(FilterKind kind, FieldType type)
{
    switch (kind) {
    case FILTER_DATE:
        return type == FIELD_DATE;
    case FILTER_JOIN:
    case FILTER_COUNT:
        return type == FIELD_SET;
    case FILTER_FIRST_WORD:
    case FILTER_CAPITALIZE:
    case FILTER_UPPER:
    case FILTER_LOWER:
    case FILTER_TRUNCATE:
    default:
        return type == FIELD_TEXT || type == FIELD_CHOICE;
    }
}

static const char *
filter_domain(FilterKind kind)
{
    return kind == FILTER_DATE                           ? "a date"
           : kind == FILTER_JOIN || kind == FILTER_COUNT ? "a list"
                                                         : "text";
}

static void
report_filter_type(TagParser *p, guint which, gsize at, const char *path,
                   FieldType type)
{
    Diagnostic *d =
        report(p, "E217", at, strlen(filters[which].name),
               "'%s' works on %s, '%s' is %s", filters[which].name,
               filter_domain(filters[which].kind), path, kind_words(type));

    if (type == FIELD_DATE)
        diagnostic_help(d, "{{ %s | date \"D MMMM YYYY\" or \"..\" }}", path);
    else if (type == FIELD_SET)
        diagnostic_help(d, "{{ %s | join \", \" or \"..\" }}", path);
}

/* The argument behind the name of filters[which]. */
static void
parse_argument(TagParser *p, guint which, Filter *filter)
{
    gsize at = p->at;
    g_autofree char *word = NULL;

    take_byte(p, ':');
    switch (filters[which].argument) {
    case WANT_NONE:
        break;
    case WANT_STRING:
        filter->text = take_string(p);
        if (!filter->text)
            filter->text = g_strdup(filters[which].standard);
        break;
    case WANT_NUMBER:
        word = take_number(p, &at);
        filter->number = word ? (int)g_ascii_strtoll(word, NULL, 10) : 0;
        if (filter->number < 1 || filter->number > 1000)
            report(p, "E204", at, word ? strlen(word) : 1,
                   "'%s' needs a number from 1 to 1000", filters[which].name);
        break;
    }
}

/* One filter behind '|'. `type` is what it is fed. False: it was the old
 * `default:`, which says the same as `or`. */
static bool
parse_filter(TagParser *p, Term *term, const char *path, FieldType *type)
{
    gsize at;
    g_autofree char *name = take_word(p, &at);
    Filter filter = {0};
    guint which = 0;

    if (!name) {
        report_rest(p);
        return true;
    }
    if (!strcmp(name, "default")) {
        take_byte(p, ':');
        return false;
    }
    while (which < G_N_ELEMENTS(filters) && strcmp(filters[which].name, name))
        which++;
    if (which == G_N_ELEMENTS(filters)) {
        const char *near = text_nearest(name, filter_names);
        Diagnostic *d =
            report(p, "E206", at, strlen(name), "unknown filter '%s'", name);
        if (near) {
            diagnostic_note(d, "did you mean '%s'?", near);
            diagnostic_fix_all(d, near);
        }
        diagnostic_help(d, "filters: first_word, capitalize, upper, lower, "
                           "date, join, truncate, count");
        skip_space(p);
        if (p->at < p->end && p->in->text[p->at] == '"')
            g_free(take_string(p));
        return true;
    }
    filter.kind = filters[which].kind;
    parse_argument(p, which, &filter);
    if (path && !filter_accepts(filter.kind, *type))
        report_filter_type(p, which, at, path, *type);
    *type = filter.kind == FILTER_COUNT ? FIELD_NUMBER : FIELD_TEXT;
    g_array_append_val(term->filters, filter);
    return true;
}

/* A person's value of this kind cannot be read as text. */
static void
check_printable(TagParser *p, const NameMeaning *meaning, FieldType type,
                const char *name, gsize at)
{
    Diagnostic *d;

    if (meaning->is_private) {
        d = report(p, "E216", at, strlen(name),
                   "'%s' is internal and is never shown to a candidate", name);
        diagnostic_help(d, "it can be used in {%% if .. %%} and in segments");
    } else if (type == FIELD_YES_NO) {
        d = report(p, "E215", at, strlen(name),
                   "'%s' is yes or no and cannot be printed", name);
        diagnostic_help(d, "use {%% if %s %%} .. {%% endif %%}", name);
    } else if (type == FIELD_SET) {
        d = report(p, "E214", at, strlen(name), "'%s' holds several values",
                   name);
        diagnostic_note(d, "say how to join them");
        diagnostic_help(d, "{{ %s | join \", \" or \"engineering\" }}", name);
    }
}

static void
report_unknown(TagParser *p, const char *name, gsize at)
{
    const char *near = text_nearest(name, names_all(p->compiler));
    Diagnostic *d;

    if (field_is_faulty(p->compiler->context->workspace->fields, name))
        return;
    d = report(p, "E203", at, strlen(name), "unknown field '%s'", name);

    if (near) {
        diagnostic_note(d, "did you mean '%s'?", near);
        diagnostic_fix_all(d, near);
    }
    if (!near && p->in_fallback)
        diagnostic_note(d, "words stand in quotes: or \"%s\"", name);
    diagnostic_help(d, "'nurture fields' lists the fields of this workspace");
}

static bool
is_guarded(const TagParser *p, const Field *field)
{
    const GPtrArray *guards = p->compiler->guards;

    for (guint i = 0; i < guards->len; i++)
        if (g_ptr_array_index(guards, i) == (gconstpointer)field)
            return true;
    return false;
}

/* Give the slot a term for what `name` means; NULL if it means nothing. */
static Term *
make_term(TagParser *p, const char *name, gsize at, NameMeaning *meaning)
{
    Term *term;

    if (g_str_has_prefix(name, "role.") && meaning->is_known &&
        !meaning->in_loop && !p->compiler->context->scope.needs_role) {
        report(p, "E223", at, strlen(name),
               "'%s' is only known in a campaign with 'needs: role'", name);
        g_clear_pointer(&meaning->text, g_free);
        return NULL;
    }
    if (!meaning->is_known) {
        report_unknown(p, name, at);
        return NULL;
    }
    term = term_new(meaning->kind, meaning->type);
    term->text = g_steal_pointer(&meaning->text);
    term->item = meaning->item;
    if (meaning->field)
        term->index = program_add_field(p->compiler->program, meaning->field);
    p->layout = meaning->layout;
    p->nullable =
        meaning->nullable && !(meaning->field && is_guarded(p, meaning->field));
    p->slot->from_sender |= meaning->from_sender;
    p->slot->is_own_link |= meaning->is_own_link;
    p->slot->has_email |= !strcmp(name, "email");
    p->slot->whole_url = meaning->type == FIELD_URL;
    return term;
}

/* path { "|" filter }. Returns false if `default:` ended it. */
static bool
parse_path(TagParser *p, const char *name, gsize at)
{
    NameMeaning meaning = name_lookup(p->compiler, name);
    g_autoptr(Term) term = make_term(p, name, at, &meaning);
    g_autoptr(Term) unknown = term ? NULL : term_new(TERM_TEXT, FIELD_TEXT);
    FieldType type = meaning.type;
    bool go_on = true;

    while (go_on && take_byte(p, '|'))
        go_on =
            parse_filter(p, term ? term : unknown, term ? name : NULL, &type);
    if (term) {
        check_printable(p, &meaning, type, name, at);
        if (p->nullable) {
            p->hole = at;
            p->hole_length = strlen(name);
            g_free(p->hole_name);
            p->hole_name = g_strdup(name);
        }
        if (term->filters->len > 0)
            p->slot->whole_url = false;
        g_ptr_array_add(p->slot->terms, g_steal_pointer(&term));
    }
    return go_on;
}

static bool
looks_like_placeholder(const TagParser *p, const char *text)
{
    static const char *const words[] = {
        "xxx",       "todo", "tbd",       "placeholder", "fallback",
        "default",   "name", "firstname", "lastname",    "null",
        "undefined", "n/a",  NULL,
    };
    g_autofree char *lower = g_ascii_strdown(text, -1);
    bool capital = false, other = false;

    if (strchr("[<{", text[0]) && text[0])
        return true;
    if (g_strv_contains(words, lower))
        return true;
    for (const char *c = text; *c; c++) {
        capital |= g_ascii_isupper(*c) != 0;
        other |= !g_ascii_isupper(*c) && *c != '_';
    }
    return (capital && !other && strchr(text, '_')) ||
           (strchr(text, '_') &&
            field_find(p->compiler->context->workspace->fields, lower));
}

static void
add_literal(TagParser *p, char *text, gsize at)
{
    Term *term = term_new(TERM_TEXT, FIELD_TEXT);

    if (text[0] && looks_like_placeholder(p, text))
        diagnostic_help(
            report(p, "W222", at, p->at - at,
                   "the fallback '%s' looks like a placeholder", text),
            "write what a person should read, for example \"there\"");
    term->text = text;
    g_ptr_array_add(p->slot->terms, term);
    p->nullable = false;
    p->slot->whole_url = false;
}

/* What stands behind `or`. Returns false when nothing may follow. */
static bool
parse_fallback(TagParser *p)
{
    gsize at;
    char *text;
    g_autofree char *word = NULL;

    skip_space(p);
    at = p->at;
    text = take_string(p);
    if (text) {
        add_literal(p, text, at);
        return false;
    }
    word = take_word(p, &at);
    if (!word) {
        p->nullable = false;
        report_quotes(p);
        return false;
    }
    if (!strcmp(word, "skip")) {
        p->slot->skip = true;
        p->nullable = false;
        return false;
    }
    p->nullable = false;
    p->in_fallback = true;
    return parse_path(p, word, at) || parse_fallback(p);
}

static void
check_hole(TagParser *p)
{
    Diagnostic *d;

    if (!p->nullable || p->failed)
        return;
    d = report(p, "E211", p->hole, p->hole_length,
               "'%s' is empty for some people and this tag has no fallback",
               p->hole_name);
    diagnostic_note(d, "what should they read instead?");
    diagnostic_help(d,
                    "write {{ %s or \"text\" }}, or {{ %s or skip }} to leave "
                    "these people out",
                    p->hole_name, p->hole_name);
}

static void
parse_value(TagParser *p)
{
    gsize at, or_at;
    g_autofree char *name = take_word(p, &at);
    bool go_on;

    if (!name) {
        report_rest(p);
        return;
    }
    p->slot->name = g_strdup(name);
    go_on = parse_path(p, name, at) || parse_fallback(p);
    while (go_on) {
        g_autofree char *word = take_word(p, &or_at);
        if (!word)
            break;
        if (strcmp(word, "or") != 0) {
            p->at = or_at;
            break;
        }
        go_on = parse_fallback(p);
    }
    skip_space(p);
    if (p->at < p->end)
        report_rest(p);
    check_hole(p);
}

Slot *
slot_parse(Compiler *compiler, const TagText *in, const Piece *piece,
           LayoutSlot *out_layout)
{
    g_autoptr(Slot) slot = g_new0(Slot, 1);
    TagParser p = {.compiler = compiler,
                   .in = in,
                   .piece = piece,
                   .at = piece->inner,
                   .end = piece->inner_end,
                   .slot = slot};

    slot->terms = g_ptr_array_new_with_free_func((GDestroyNotify)term_free);
    parse_value(&p);
    g_free(p.hole_name);
    if (out_layout)
        *out_layout = p.layout;
    if (slot->terms->len != 1)
        slot->whole_url = false;
    return p.failed ? NULL : g_steal_pointer(&slot);
}

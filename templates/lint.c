/* SPDX-License-Identifier: Apache-2.0 */
/* lint.c - text that will not read as its author thinks */
#include "lint.h"

#include "nurture/text.h"

#include <string.h>

#define SHORT_LINE 40  /* columns */
#define LABEL_MAX  500 /* bytes to look back for a bracket */

typedef struct {
    Compiler *compiler;
    const Tree *tree;
    const MailText *mail;
    const WordList *words;
    int top_headings;
    bool has_content;
} Lint;

/* Where a piece of a text node stands. Escapes and entities make the tree's
 * text differ from the file's: then look for the piece on from the start. */
static gsize
text_place(const Tree *tree, cmark_node *node, gsize offset, gsize length)
{
    const GString *text = tree->doc->text;
    const char *literal = cmark_node_get_literal(node), *found;
    gsize start = node_start(tree, node);
    g_autofree char *piece = g_strndup(literal + offset, length);

    if (start + offset + length <= text->len &&
        !memcmp(text->str + start, literal, offset + length))
        return start + offset;
    start = tree_offset(tree, cmark_node_get_start_line(node), 1);
    found = start < text->len ? strstr(text->str + start, piece) : NULL;
    return found ? (gsize)(found - text->str) : MIN(start, text->len);
}

static Diagnostic *
report_text(const Lint *lint, cmark_node *node, const char *at, gsize length,
            const char *code, const char *message)
{
    gsize offset = (gsize)(at - cmark_node_get_literal(node));

    return tree_report(lint->tree, lint->compiler->problems, code,
                       text_place(lint->tree, node, offset, length), length,
                       "%s", message);
}

static bool
is_word_at(const char *text, const char *at, gsize length)
{
    bool before = at == text || !g_ascii_isalnum(at[-1]);

    return before && !g_ascii_isalnum(at[length]);
}

/* --- words --------------------------------------------------------------- */

const char *
placeholder_find(const char *text, gsize *out_length)
{
    static const char *const words[] = {
        "TODO", "TBD", "FIXME", "XXX", "Lorem ipsum", "lorem ipsum", NULL};

    for (guint i = 0; words[i]; i++) {
        const char *at = strstr(text, words[i]);
        *out_length = strlen(words[i]);
        if (at && is_word_at(text, at, *out_length))
            return at;
    }
    return NULL;
}

static void
check_placeholders(const Lint *lint, cmark_node *node, const char *text)
{
    gsize length;
    const char *at = placeholder_find(text, &length);
    g_autofree char *message = NULL;

    if (!at)
        return;
    message =
        g_strdup_printf("the text still contains '%.*s'", (int)length, at);
    report_text(lint, node, at, length, "E417", message);
}

/* A calendar invitation is attached too. */
static bool
has_attachment(const MailText *mail)
{
    g_autofree char *settings = NULL;

    if (mail->attach && mail->attach[0])
        return true;
    settings = g_strndup(source_text(mail->source), mail->body_offset);
    return strstr(settings, "\nevent:") != NULL;
}

static void
check_attached(const Lint *lint, cmark_node *node, const char *text)
{
    static const char *const words[] = {"attached",
                                        "attachment",
                                        "angeh\xc3\xa4ngt",
                                        "beigef\xc3\xbcgt",
                                        "im Anhang",
                                        "ci-joint",
                                        NULL};

    if (has_attachment(lint->mail))
        return;
    for (guint i = 0; words[i]; i++) {
        const char *at = strstr(text, words[i]);
        g_autofree char *message = NULL;
        if (!at || !is_word_at(text, at, strlen(words[i])))
            continue;
        message = g_strdup_printf("the text says '%s' but nothing is attached",
                                  words[i]);
        diagnostic_help(
            report_text(lint, node, at, strlen(words[i]), "W427", message),
            "add  attach: [files/name.pdf]  or change the "
            "sentence");
        return;
    }
}

static void
check_words(const Lint *lint, cmark_node *node, const char *text)
{
    gsize offset, length;
    const char *reason;
    guint at = 0;

    while (word_list_find(lint->words, &at, text, &offset, &length, &reason)) {
        g_autofree char *message =
            g_strdup_printf("'%.*s' %s", (int)length, text + offset, reason);
        diagnostic_help(
            report_text(lint, node, text + offset, length, "W428", message),
            "the word list is words.txt; switch off with allow: W428");
    }
}

/* --- links that are none ------------------------------------------------- */

/* "[our page] (www..": one blank too many. */
static void
check_split_link(const Lint *lint, cmark_node *node, const char *text)
{
    const char *at = text;

    while ((at = strstr(at, "] ("))) {
        const char *open = at;
        gsize inside = strcspn(at + 3, " )\n");
        while (open > text && at - open < LABEL_MAX && *open != '[')
            open--;
        if (*open == '[' && at[3 + inside] == ')' &&
            memchr(at + 3, '.', inside)) {
            Diagnostic *d =
                report_text(lint, node, at + 1, 1, "E423",
                            "a space between ] and ( turns this link into "
                            "plain text");
            diagnostic_note(d, "delete the space");
            diagnostic_fix_all(d, "");
        }
        at++;
    }
}

/* "[page](https://..": the closing bracket is missing, or Markdown read a
 * blank as the end of the address. */
static void
check_torn_link(const Lint *lint, cmark_node *node, const char *text)
{
    const char *at = text;

    while ((at = strstr(at, "]("))) {
        const char *address = at + 2, *close;
        gsize length = strcspn(address, " )\n");
        Diagnostic *d;
        at = address;
        if (!g_str_has_prefix(address, "http") || !strstr(address, "://"))
            continue;
        close = strchr(address, ')');
        d = report_text(lint, node, address, length, "E429",
                        "this link is broken and would be sent as text");
        if (close && address[length] == ' ')
            diagnostic_note(d, "an address has no spaces: write %%20");
        else
            diagnostic_note(d, "close it with ')' right behind the address");
    }
}

/* "(our page)[https://..]": the brackets are swapped. */
static void
check_swapped_link(const Lint *lint, cmark_node *node, const char *text)
{
    const char *at = text;

    while ((at = strstr(at, ")["))) {
        const char *open = at, *address = at + 2;
        gsize length = strcspn(address, " ]\n");
        while (open > text && at - open < LABEL_MAX && *open != '(')
            open--;
        if (*open == '(' && address[length] == ']' &&
            g_str_has_prefix(address, "http"))
            diagnostic_note(
                report_text(lint, node, open,
                            (gsize)(address + length + 1 - open), "E429",
                            "this link is broken and would be sent as text"),
                "write [%.*s](%.*s)", (int)(at - open - 1), open + 1,
                (int)length, address);
        at = address;
    }
}

/* "[report][rep]" without a line "[rep]: https://..". */
static void
check_undefined_label(const Lint *lint, cmark_node *node, const char *text)
{
    const char *middle = text;

    while ((middle = strstr(middle, "]["))) {
        const char *start = middle, *end = strchr(middle + 2, ']');
        g_autofree char *label = NULL, *all = NULL, *message = NULL;
        while (start > text && middle - start < LABEL_MAX && *start != '[')
            start--;
        middle++;
        if (*start != '[' || !end || end == middle + 1 ||
            memchr(start, '\n', (gsize)(end - start)))
            continue;
        label = g_strndup(middle + 1, (gsize)(end - middle) - 1);
        all = g_strndup(start, (gsize)(end - start) + 1);
        message = g_strdup_printf("%s: no address is called '%s'", all, label);
        diagnostic_help(
            report_text(lint, node, start, strlen(all), "E424", message),
            "add a line: [%s]: https://..", label);
    }
}

static void
report_bare(const Lint *lint, cmark_node *node, const char *at, gsize length,
            const char *scheme)
{
    g_autofree char *link =
        g_strdup_printf("<%s%.*s>", scheme, (int)length, at);
    Diagnostic *d = report_text(lint, node, at, length, "W405",
                                "this address will not be a link");

    diagnostic_note(d, "write %s", link);
    diagnostic_fix_all(d, link);
}

/* E423 or E429 is said of "] (www..", "](www.." and ")[www..". */
static bool
is_in_link(const char *text, const char *at)
{
    static const char *const before[] = {"] (", "](", ")["};

    for (guint i = 0; i < G_N_ELEMENTS(before); i++) {
        gsize length = strlen(before[i]);
        if ((gsize)(at - text) >= length &&
            !strncmp(at - length, before[i], length))
            return true;
    }
    return false;
}

static void
check_bare_address(const Lint *lint, cmark_node *node, const char *text)
{
    static const char *const starts[] = {"https://", "http://", "www."};

    for (const char *c = text; *c; c++) {
        for (guint i = 0; i < G_N_ELEMENTS(starts); i++) {
            gsize length;
            if (!g_str_has_prefix(c, starts[i]))
                continue;
            length = strcspn(c, " \t\n<>()[]\"");
            if (length < 8 ||
                (c > text && (g_ascii_isalnum(c[-1]) || c[-1] == '.')) ||
                is_in_link(text, c))
                continue;
            while (length > 0 && strchr(".,;:!?", c[length - 1]))
                length--;
            report_bare(lint, node, c, length, i == 2 ? "https://" : "");
            c += length - 1;
            break;
        }
    }
}

/* ~~struck out~~ is other Markdown than ours. */
static void
check_struck(const Lint *lint, cmark_node *node, const char *text)
{
    const char *at = strstr(text, "~~");

    if (at && strstr(at + 2, "~~"))
        diagnostic_note(report_text(lint, node, at, 2, "W422",
                                    "the ~~ here will be printed as two "
                                    "tildes"),
                        "delete them: a mail cannot strike out words");
}

/* A ** that Markdown left standing, if it touches a word on one side. */
static void
check_emphasis(const Lint *lint, cmark_node *node, const char *text)
{
    const char *at = strstr(text, "**");
    bool before, after;

    if (!at)
        return;
    before = at > text && !g_ascii_isspace(at[-1]);
    after = at[2] && !g_ascii_isspace(at[2]);
    if (before != after)
        diagnostic_note(report_text(lint, node, at, 2, "W422",
                                    "the ** here will be printed as two "
                                    "asterisks"),
                        "add the closing **");
}

/* "{buton}" or " {button}" behind a link: meant for us. */
static void
check_suffix(const Lint *lint, cmark_node *node, const char *text)
{
    gsize blanks = strspn(text, " ");
    static const char *const suffixes[] = {"button", "decorative", "notrack",
                                           "width=540", NULL};
    cmark_node *before = cmark_node_previous(node);
    const char *open = text + blanks;
    const char *close = open[0] == '{' ? strchr(open, '}') : NULL;
    g_autofree char *word = NULL, *message = NULL;
    const char *near;
    Diagnostic *d;

    if (!before || !close ||
        (cmark_node_get_type(before) != CMARK_NODE_LINK &&
         cmark_node_get_type(before) != CMARK_NODE_IMAGE))
        return;
    word = g_strndup(open + 1, (gsize)(close - open) - 1);
    near = text_nearest(word, suffixes);
    if (blanks && !near)
        return; /* "[our page](..) {see below}" */
    message = g_strdup_printf("'{%s}' will be sent as it stands", word);
    d = report_text(lint, node, open, (gsize)(close - open) + 1, "W213",
                    message);
    if (near && g_str_equal(near, word))
        diagnostic_note(d, "put it right behind the ')', without a space");
    else if (near)
        diagnostic_note(d, "did you mean {%s}?", near);
}

static void
check_text(const Lint *lint, cmark_node *node)
{
    const char *text = cmark_node_get_literal(node);
    cmark_node *parent = cmark_node_parent(node);

    check_placeholders(lint, node, text);
    check_attached(lint, node, text);
    check_emphasis(lint, node, text);
    check_struck(lint, node, text);
    check_words(lint, node, text);
    if (cmark_node_get_type(parent) == CMARK_NODE_LINK)
        return;
    check_split_link(lint, node, text);
    check_torn_link(lint, node, text);
    check_swapped_link(lint, node, text);
    check_undefined_label(lint, node, text);
    check_bare_address(lint, node, text);
    check_suffix(lint, node, text);
}

/* --- blocks -------------------------------------------------------------- */

/* The lines a paragraph takes up in the text. */
static char **
paragraph_lines(const Tree *tree, cmark_node *node)
{
    gsize start = node_start(tree, node), end = node_end(tree, node);
    g_autofree char *all = NULL;

    if (end <= start)
        return g_new0(char *, 1);
    all = g_strndup(tree->doc->text->str + start, end - start);
    return g_strsplit(all, "\n", -1);
}

static bool
is_table(char **lines)
{
    const char *rule = lines[0] ? lines[1] : NULL;

    return rule && strchr(lines[0], '|') && strchr(rule, '|') &&
           strchr(rule, '-') && rule[strspn(rule, " \t|:-")] == '\0';
}

static bool
has_hard_break(cmark_node *paragraph)
{
    for (cmark_node *n = cmark_node_first_child(paragraph); n;
         n = cmark_node_next(n))
        if (cmark_node_get_type(n) == CMARK_NODE_LINEBREAK)
            return true;
    return false;
}

static void
check_paragraph(const Lint *lint, cmark_node *node)
{
    g_auto(GStrv) lines = paragraph_lines(lint->tree, node);
    gsize start = node_start(lint->tree, node);
    int count = 0;
    bool all_short = true;

    if (is_table(lines)) {
        diagnostic_note(tree_report(lint->tree, lint->compiler->problems,
                                    "E412", start, strlen(lines[0]),
                                    "tables are not supported: phones cannot "
                                    "show them"),
                        "use a list");
        return;
    }
    for (; lines[count]; count++)
        all_short &= text_columns(lines[count]) <= SHORT_LINE;
    if (count >= 3 && all_short && !has_hard_break(node) &&
        !node_is_buttons(node))
        diagnostic_help(tree_report(lint->tree, lint->compiler->problems,
                                    "W421", start, strlen(lines[0]),
                                    "these %d short lines will become one line",
                                    count),
                        "end a line with \\ to keep the break, or put an empty "
                        "line between them");
}

static void
check_heading(Lint *lint, cmark_node *node)
{
    gsize start = node_start(lint->tree, node);

    if (cmark_node_get_heading_level(node) != 1 || ++lint->top_headings != 2)
        return;
    diagnostic_note(tree_report(lint->tree, lint->compiler->problems, "W409",
                                start, node_end(lint->tree, node) - start,
                                "second top heading; a mail should have one"),
                    "use ## here");
}

/* How Markdown, or nurture, says what an HTML tag is used for. */
static const char *
html_in_markdown(const char *html)
{
    static const struct {
        const char *tag, *write;
    } known[] = {
        {"<b>", "**words**"},
        {"<strong", "**words**"},
        {"<i>", "*words*"},
        {"<em>", "*words*"},
        {"<br", "\\ at the end of the line"},
        {"<a ", "[words](https://..)"},
        {"<img", "![What it shows](name.jpg)"},
        {"<h1", "# Heading"},
        {"<h2", "## Heading"},
        {"<li", "- one line per item"},
        {"<ul", "- one line per item"},
        {"<hr", "--- between empty lines"},
        {"<!--", "{# a note that nobody is sent #}"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(known); i++)
        if (!g_ascii_strncasecmp(html, known[i].tag, strlen(known[i].tag)))
            return known[i].write;
    return NULL;
}

static void
check_html(const Lint *lint, cmark_node *node)
{
    gsize start = node_start(lint->tree, node);
    gsize end = node_end(lint->tree, node);
    const GString *text = lint->tree->doc->text;
    const char *instead = html_in_markdown(cmark_node_get_literal(node));
    Diagnostic *d;

    if (start > 0 && text->str[start - 1] == '<' && end < text->len &&
        text->str[end] == '>')
        return; /* <<NAME>>: another product's tag, E212 said so */
    if (g_str_has_prefix(cmark_node_get_literal(node), "</"))
        return; /* said of the tag that it closes */
    d = tree_report(lint->tree, lint->compiler->problems, "E411", start,
                    end > start ? end - start : 1,
                    "HTML is not allowed in a mail");
    if (instead)
        diagnostic_note(d, "write %s", instead);
    diagnostic_help(d, "use Markdown here; HTML belongs in "
                       "templates/layout.html");
}

/* Words, or a slot that will be some. */
static bool
has_something(const Lint *lint, const char *text)
{
    gsize length = strlen(text);

    for (gsize i = 0; i < length;) {
        int mark = mark_at(text, length, i);
        if (mark < 0 && !g_ascii_isspace(text[i]))
            return true;
        if (mark >= 0 &&
            g_array_index(lint->tree->doc->marks, Mark, mark).kind == MARK_SLOT)
            return true;
        i += mark >= 0 ? MARK_BYTES : 1;
    }
    return false;
}

static void
check_node(Lint *lint, cmark_node *node)
{
    cmark_node_type type = cmark_node_get_type(node);

    if (type == CMARK_NODE_TEXT) {
        check_text(lint, node);
        lint->has_content |= has_something(lint, cmark_node_get_literal(node));
    } else if (type == CMARK_NODE_PARAGRAPH && !node_is_marker(node)) {
        check_paragraph(lint, node);
    } else if (type == CMARK_NODE_HEADING) {
        check_heading(lint, node);
    } else if (type == CMARK_NODE_HTML_BLOCK ||
               type == CMARK_NODE_HTML_INLINE) {
        check_html(lint, node);
        lint->has_content = true;
    } else if (type == CMARK_NODE_CODE || type == CMARK_NODE_CODE_BLOCK ||
               type == CMARK_NODE_IMAGE) {
        lint->has_content = true;
    }
}

void
lint_each(Compiler *compiler, const Tree *tree, cmark_node_type type,
          LintNode check)
{
    cmark_iter *iter = cmark_iter_new(tree->root);
    cmark_event_type event;

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE &&
           !compiler_has_enough(compiler)) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER && cmark_node_get_type(node) == type)
            check(compiler, tree, node);
    }
    cmark_iter_free(iter);
}

void
lint_tree(Compiler *compiler, const Tree *tree, const MailText *mail)
{
    WordList *words = word_list_read(&compiler->context->files);
    Lint lint = {
        .compiler = compiler, .tree = tree, .mail = mail, .words = words};
    cmark_iter *iter = cmark_iter_new(tree->root);
    cmark_event_type event;

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE &&
           !compiler_has_enough(compiler))
        if (event == CMARK_EVENT_ENTER)
            check_node(&lint, cmark_iter_get_node(iter));
    cmark_iter_free(iter);
    word_list_free(words);
    lint_links(compiler, tree);
    lint_images(compiler, tree);
    if (!lint.has_content &&
        diagnostics_count(compiler->problems, SEVERITY_ERROR) ==
            compiler->errors)
        diagnostics_add_file(compiler->problems, "E420",
                             source_path(mail->source),
                             "this mail has no text");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tree.c - parsing Markdown, safely, and finding places again
 *
 * libcmark 0.30.2 takes quadratic time on deeply nested containers and on long
 * runs of open brackets; both are refused before it sees them. */
#include "tree.h"

#include <string.h>

#define NESTING_MAX  100 /* columns of container marks on a line */
#define BRACKETS_MAX 1000
#define INLINE_MAX   64 /* nested emphasis, links .. */

Diagnostic *
tree_report(const Tree *tree, Diagnostics *problems, const char *code, gsize at,
            gsize length, const char *format, ...)
{
    const Source *source = NULL;
    gsize offset = 0, span = 0;
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    expanded_place(tree->doc, at, length, &source, &offset, &span);
    return diagnostics_add(problems, code, source, offset, span, "%s", message);
}

/* --- caps ---------------------------------------------------------------- */

/* Columns of quote marks, bullets and numbers at the start of a line. */
static gsize
nesting_columns(const char *line, gsize length)
{
    gsize i = 0, marks = 0;

    while (i < length) {
        gsize digits = i;
        if (line[i] == ' ' || line[i] == '\t' || line[i] == '>') {
            i++;
        } else if (strchr("-*+", line[i]) && i + 1 < length &&
                   strchr(" \t", line[i + 1])) {
            i++;
        } else {
            while (digits < length && g_ascii_isdigit(line[digits]))
                digits++;
            if (digits == i || digits + 1 >= length ||
                !strchr(".)", line[digits]) || !strchr(" \t", line[digits + 1]))
                break;
            i = digits + 1;
        }
        if (line[i - 1] != ' ' && line[i - 1] != '\t')
            marks = i;
    }
    return marks;
}

static bool
check_caps(const Tree *tree, Diagnostics *problems)
{
    const GString *text = tree->doc->text;
    gsize brackets = 0;

    for (guint i = 0; i < tree->lines->len; i++) {
        gsize start = g_array_index(tree->lines, gsize, i);
        gsize end = i + 1 < tree->lines->len
                        ? g_array_index(tree->lines, gsize, i + 1)
                        : text->len;
        if (nesting_columns(text->str + start, end - start) <= NESTING_MAX)
            continue;
        if (problems)
            tree_report(tree, problems, "E220", start, 1,
                        "lists and quotes are nested more than %d columns deep",
                        NESTING_MAX);
        return false;
    }
    for (gsize i = 0; i < text->len; i++) {
        if (text->str[i] != '[' || ++brackets <= BRACKETS_MAX)
            continue;
        if (problems)
            tree_report(tree, problems, "E006", i, 1,
                        "this mail has more than %d opening brackets",
                        BRACKETS_MAX);
        return false;
    }
    return true;
}

/* --- suffixes ------------------------------------------------------------ */

/* user_data: of links and images width << 8 | Suffix, of texts the bytes that
 * a suffix took. */
unsigned
node_suffix(cmark_node *node)
{
    return GPOINTER_TO_UINT(cmark_node_get_user_data(node)) & 0xffu;
}

int
node_width(cmark_node *node)
{
    return (int)(GPOINTER_TO_UINT(cmark_node_get_user_data(node)) >> 8);
}

gsize
node_skipped(cmark_node *node)
{
    return GPOINTER_TO_UINT(cmark_node_get_user_data(node));
}

/* "{button notrack}" -> bits; 0 when one of the words is not known. */
static guint
parse_suffix(const char *text, gsize length)
{
    g_autofree char *inner = g_strndup(text + 1, length - 2);
    g_auto(GStrv) words = g_strsplit(inner, " ", -1);
    guint bits = 0;

    for (char **word = words; *word; word++) {
        guint64 width = 0;
        if (!strcmp(*word, "button"))
            bits |= SUFFIX_BUTTON;
        else if (!strcmp(*word, "decorative"))
            bits |= SUFFIX_DECORATIVE;
        else if (!strcmp(*word, "notrack"))
            bits |= SUFFIX_NOTRACK;
        else if (g_str_has_prefix(*word, "width=") &&
                 g_ascii_string_to_unsigned(*word + 6, 10, 1, 2000, &width,
                                            NULL))
            bits |= (guint)width << 8;
        else if (**word)
            return 0;
    }
    return bits;
}

static void
take_suffix(cmark_node *node)
{
    cmark_node *next = cmark_node_next(node);
    const char *text, *close;
    guint bits;

    if (!next || cmark_node_get_type(next) != CMARK_NODE_TEXT)
        return;
    text = cmark_node_get_literal(next);
    close = text[0] == '{' ? strchr(text, '}') : NULL;
    if (!close)
        return;
    bits = parse_suffix(text, (gsize)(close - text) + 1);
    if (bits) {
        g_autofree char *rest = g_strdup(close + 1);
        cmark_node_set_user_data(node, GUINT_TO_POINTER(bits));
        cmark_node_set_user_data(next,
                                 GUINT_TO_POINTER((guint)(close - text) + 1));
        cmark_node_set_literal(next, rest);
    }
}

/* --- shape --------------------------------------------------------------- */

static bool
is_only_marks(const Expanded *doc, const char *text)
{
    gsize length = strlen(text), i = 0;
    int found = 0;

    while (i < length) {
        int mark = mark_at(text, length, i);
        if (mark >= 0 &&
            (!doc || g_array_index(doc->marks, Mark, mark).kind != MARK_SLOT)) {
            found++;
            i += MARK_BYTES;
        } else if (g_ascii_isspace(text[i])) {
            i++;
        } else {
            return false;
        }
    }
    return found > 0;
}

/* Set on paragraphs by mark_shapes(), where the marks are known. */
#define SHAPE_MARKER  1u
#define SHAPE_BUTTONS 2u

bool
node_is_marker(cmark_node *node)
{
    cmark_node_type type = cmark_node_get_type(node);

    return (type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_CODE_BLOCK) &&
           GPOINTER_TO_UINT(cmark_node_get_user_data(node)) == SHAPE_MARKER;
}

bool
node_is_buttons(cmark_node *node)
{
    return cmark_node_get_type(node) == CMARK_NODE_PARAGRAPH &&
           GPOINTER_TO_UINT(cmark_node_get_user_data(node)) == SHAPE_BUTTONS;
}

static guint
paragraph_shape(const Expanded *doc, cmark_node *paragraph)
{
    guint buttons = 0, marks = 0;

    for (cmark_node *n = cmark_node_first_child(paragraph); n;
         n = cmark_node_next(n)) {
        cmark_node_type type = cmark_node_get_type(n);
        const char *text =
            type == CMARK_NODE_TEXT ? cmark_node_get_literal(n) : NULL;
        if (type == CMARK_NODE_LINK && (node_suffix(n) & SUFFIX_BUTTON))
            buttons++;
        else if (text && is_only_marks(doc, text))
            marks++;
        else if (type != CMARK_NODE_SOFTBREAK &&
                 !(text && text[strspn(text, " \t\n")] == '\0'))
            return 0;
    }
    return buttons ? SHAPE_BUTTONS : marks ? SHAPE_MARKER : 0;
}

static bool
is_marker_paragraph(const Expanded *doc, cmark_node *node)
{
    return cmark_node_get_type(node) == CMARK_NODE_PARAGRAPH &&
           paragraph_shape(doc, node) == SHAPE_MARKER;
}

static void
mark_shapes(const Tree *tree)
{
    cmark_iter *iter = cmark_iter_new(tree->root);
    cmark_event_type event;

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        guint shape = 0;
        if (event != CMARK_EVENT_ENTER)
            continue;
        if (cmark_node_get_type(node) == CMARK_NODE_PARAGRAPH)
            shape = paragraph_shape(tree->doc, node);
        else if (cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK &&
                 is_only_marks(tree->doc, cmark_node_get_literal(node)))
            shape = SHAPE_MARKER;
        if (shape)
            cmark_node_set_user_data(node, GUINT_TO_POINTER(shape));
    }
    cmark_iter_free(iter);
}

/* --- block tags and the tree --------------------------------------------- */

typedef struct {
    const Tree *tree;
    Diagnostics *problems;
    GHashTable *homes; /* block -> the node in which its first mark stands */
    bool failed;
} MarkCheck;

static void
check_marks_in(MarkCheck *check, const char *text, cmark_node *home,
               bool allowed)
{
    gsize length = text ? strlen(text) : 0;

    for (gsize i = 0; i < length; i++) {
        int number = mark_at(text, length, i);
        const Mark *mark;
        gpointer first;
        if (number < 0 || (guint)number >= check->tree->doc->marks->len)
            continue;
        mark = &g_array_index(check->tree->doc->marks, Mark, number);
        if (mark->kind == MARK_SLOT)
            continue;
        first = g_hash_table_lookup(check->homes,
                                    GUINT_TO_POINTER(mark->block + 1));
        if (!first)
            g_hash_table_insert(check->homes, GUINT_TO_POINTER(mark->block + 1),
                                home);
        if (!allowed || (first && first != home)) {
            check->failed = true;
            if (!check->problems)
                continue;
            if (!allowed && mark->kind != MARK_IF)
                continue; /* said already */
            if (!allowed)
                diagnostics_add(check->problems, "E224", mark->source,
                                mark->offset, mark->length,
                                "a merge tag cannot stand here (a condition "
                                "inside a link address)");
            else
                diagnostic_help(
                    diagnostics_add(check->problems, "E209", mark->source,
                                    mark->offset, mark->length,
                                    "this tag does not stand in the same "
                                    "paragraph as the one it belongs to"),
                    "put each of the block's tags on a line of its own");
        }
    }
}

static bool
check_shape(const Tree *tree, Diagnostics *problems)
{
    MarkCheck check = {tree, problems, g_hash_table_new(NULL, NULL), false};
    cmark_iter *iter = cmark_iter_new(tree->root);
    cmark_event_type event;
    int depth = 0;

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        cmark_node *home = cmark_node_parent(node);
        if (cmark_node_first_child(node))
            depth += event == CMARK_EVENT_ENTER ? 1 : -1;
        if (event != CMARK_EVENT_ENTER)
            continue;
        if (depth > INLINE_MAX + NESTING_MAX) {
            if (problems && !check.failed)
                tree_report(tree, problems, "E220", 0, 1,
                            "emphasis is nested more than %d deep", INLINE_MAX);
            check.failed = true;
            break;
        }
        if (home && is_marker_paragraph(tree->doc, home))
            home = cmark_node_parent(home);
        if (type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE) {
            check_marks_in(&check, cmark_node_get_url(node), node, false);
            check_marks_in(&check, cmark_node_get_title(node), node, false);
        } else if (type == CMARK_NODE_CODE_BLOCK &&
                   !is_only_marks(tree->doc, cmark_node_get_literal(node))) {
            check_marks_in(&check, cmark_node_get_literal(node), node, true);
        } else if (type == CMARK_NODE_CODE) {
            check_marks_in(&check, cmark_node_get_literal(node), node, true);
        } else {
            check_marks_in(&check, cmark_node_get_literal(node), home, true);
        }
    }
    cmark_iter_free(iter);
    g_hash_table_unref(check.homes);
    return !check.failed;
}

/* --- all of it ----------------------------------------------------------- */

static void
find_lines(Tree *tree)
{
    const GString *text = tree->doc->text;
    gsize start = 0;

    g_array_append_val(tree->lines, start);
    for (gsize i = 0; i < text->len; i++) {
        if (text->str[i] == '\n') {
            start = i + 1;
            g_array_append_val(tree->lines, start);
        }
    }
}

/* --- conditions around a whole paragraph --------------------------------- */

static int
mark_kind_at(const Expanded *doc, const char *text, gsize at, int *out_mark)
{
    *out_mark = mark_at(text, strlen(text), at);
    if (*out_mark < 0)
        return -1;
    return (int)g_array_index(doc->marks, Mark, *out_mark).kind;
}

/* Does the paragraph hold other marks of the block but its first and last? */
static bool
has_branches(const Expanded *doc, cmark_node *paragraph, guint block)
{
    cmark_iter *iter = cmark_iter_new(paragraph);
    cmark_event_type event;
    bool found = false;

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        const char *text = cmark_node_get_literal(cmark_iter_get_node(iter));
        gsize length = text ? strlen(text) : 0;
        for (gsize i = 0; event == CMARK_EVENT_ENTER && i < length; i++) {
            int number = mark_at(text, length, i);
            const Mark *mark;
            if (number < 0)
                continue;
            mark = &g_array_index(doc->marks, Mark, number);
            found |= mark->block == block &&
                     (mark->kind == MARK_ELSE || mark->kind == MARK_ELSIF);
        }
    }
    cmark_iter_free(iter);
    return found;
}

/* {% if x %}..{% endif %} around all of a paragraph: its two marks, cut off,
 * so that nothing is left of the paragraph where x is false. */
static bool
cut_condition(const Expanded *doc, cmark_node *paragraph, char **out_open,
              char **out_close)
{
    cmark_node *first = cmark_node_first_child(paragraph);
    cmark_node *last = cmark_node_last_child(paragraph);
    const char *text;
    gsize length;
    int open, close;

    if (!first || cmark_node_get_type(first) != CMARK_NODE_TEXT ||
        cmark_node_get_type(last) != CMARK_NODE_TEXT)
        return false;
    text = cmark_node_get_literal(last);
    length = strlen(text);
    if (length < MARK_BYTES || (first == last && length < 2 * MARK_BYTES) ||
        mark_kind_at(doc, text, length - MARK_BYTES, &close) != MARK_END ||
        mark_kind_at(doc, cmark_node_get_literal(first), 0, &open) != MARK_IF ||
        g_array_index(doc->marks, Mark, open).block !=
            g_array_index(doc->marks, Mark, close).block ||
        has_branches(doc, paragraph,
                     g_array_index(doc->marks, Mark, open).block))
        return false;
    *out_close = g_strdup(text + length - MARK_BYTES);
    g_autofree char *without = g_strndup(text, length - MARK_BYTES);
    cmark_node_set_literal(last, without);
    *out_open = g_strndup(cmark_node_get_literal(first), MARK_BYTES);
    g_autofree char *rest =
        g_strdup(cmark_node_get_literal(first) + MARK_BYTES);
    cmark_node_set_literal(first, rest);
    cmark_node_set_user_data(
        first, GUINT_TO_POINTER((guint)node_skipped(first) + MARK_BYTES));
    return true;
}

static cmark_node *
marker_new(const char *mark)
{
    cmark_node *paragraph = cmark_node_new(CMARK_NODE_PARAGRAPH);
    cmark_node *text = cmark_node_new(CMARK_NODE_TEXT);

    cmark_node_set_literal(text, mark);
    cmark_node_append_child(paragraph, text);
    return paragraph;
}

static void
hoist_conditions(const Tree *tree)
{
    g_autoptr(GPtrArray) paragraphs = g_ptr_array_new();
    cmark_iter *iter = cmark_iter_new(tree->root);
    cmark_event_type event;

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE)
        if (event == CMARK_EVENT_ENTER &&
            cmark_node_get_type(cmark_iter_get_node(iter)) ==
                CMARK_NODE_PARAGRAPH)
            g_ptr_array_add(paragraphs, cmark_iter_get_node(iter));
    cmark_iter_free(iter);
    for (guint i = 0; i < paragraphs->len; i++) {
        cmark_node *paragraph = g_ptr_array_index(paragraphs, i);
        cmark_node *item = cmark_node_parent(paragraph);
        g_autofree char *open = NULL, *close = NULL;
        bool only = cmark_node_get_type(item) == CMARK_NODE_ITEM &&
                    !cmark_node_previous(paragraph) &&
                    !cmark_node_next(paragraph);
        int first, last;
        if (!cut_condition(tree->doc, paragraph, &open, &close))
            continue;
        if (only) {
            first = mark_at(open, MARK_BYTES, 0);
            last = mark_at(close, MARK_BYTES, 0);
            cmark_node_set_user_data(
                item,
                GUINT_TO_POINTER((guint)(first + 1) << 16 | (guint)(last + 1)));
        } else {
            cmark_node_insert_before(paragraph, marker_new(open));
            cmark_node_insert_after(paragraph, marker_new(close));
        }
    }
}

bool
item_condition(const Tree *tree, cmark_node *item, const Mark **out_open,
               const Mark **out_close)
{
    guint both = GPOINTER_TO_UINT(cmark_node_get_user_data(item));

    if (both == 0)
        return false;
    *out_open = &g_array_index(tree->doc->marks, Mark, (both >> 16) - 1);
    *out_close = &g_array_index(tree->doc->marks, Mark, (both & 0xffff) - 1);
    return true;
}

static void
take_suffixes(const Tree *tree)
{
    cmark_iter *iter = cmark_iter_new(tree->root);
    cmark_event_type event;

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        if (event == CMARK_EVENT_EXIT &&
            (type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE))
            take_suffix(node);
    }
    cmark_iter_free(iter);
}

Tree *
tree_parse(const Expanded *doc, Diagnostics *problems)
{
    g_autoptr(Tree) tree = g_new0(Tree, 1);

    tree->doc = doc;
    tree->lines = g_array_new(FALSE, FALSE, sizeof(gsize));
    find_lines(tree);
    if (!check_caps(tree, problems))
        return NULL;
    tree->root = cmark_parse_document(doc->text->str, doc->text->len,
                                      CMARK_OPT_VALIDATE_UTF8);
    cmark_consolidate_text_nodes(tree->root);
    take_suffixes(tree);
    if (!check_shape(tree, problems))
        return NULL;
    hoist_conditions(tree);
    mark_shapes(tree);
    return g_steal_pointer(&tree);
}

void
tree_free(Tree *tree)
{
    if (!tree)
        return;
    if (tree->root)
        cmark_node_free(tree->root);
    g_array_unref(tree->lines);
    g_free(tree);
}

gsize
tree_offset(const Tree *tree, int line, int column)
{
    gsize start;

    if (line < 1 || (guint)line > tree->lines->len)
        return 0;
    start = g_array_index(tree->lines, gsize, line - 1);
    return MIN(start + (gsize)MAX(column - 1, 0), tree->doc->text->len);
}

gsize
node_start(const Tree *tree, cmark_node *node)
{
    gsize skipped =
        cmark_node_get_type(node) == CMARK_NODE_TEXT ? node_skipped(node) : 0;

    return tree_offset(tree, cmark_node_get_start_line(node),
                       cmark_node_get_start_column(node)) +
           skipped;
}

gsize
node_end(const Tree *tree, cmark_node *node)
{
    return tree_offset(tree, cmark_node_get_end_line(node),
                       cmark_node_get_end_column(node) + 1);
}

/* The last "](" before the node's end opens its address; "<" an automatic
 * link; a reference stands elsewhere. */
void
node_url_place(const Tree *tree, cmark_node *node, gsize *out_at,
               gsize *out_length)
{
    const char *text = tree->doc->text->str, *url = cmark_node_get_url(node);
    gsize start = node_start(tree, node), end = node_end(tree, node);
    gsize url_length = strlen(url), i = end;

    *out_at = start;
    *out_length = end > start ? end - start : 1;
    if (end <= start || end > tree->doc->text->len)
        return;
    if (text[start] == '<') {
        *out_at = start + 1;
        *out_length = end - start - 2;
        return;
    }
    while (i > start + 1 && !(text[i - 1] == '(' && text[i - 2] == ']'))
        i--;
    if (i <= start + 1)
        return;
    while (i < end && (text[i] == ' ' || text[i] == '<' || text[i] == '\n'))
        i++;
    if (i + url_length <= end && !memcmp(text + i, url, url_length)) {
        *out_at = i;
        *out_length = MAX(url_length, 1);
    }
}

char *
node_text(cmark_node *root)
{
    GString *out = g_string_new(NULL);
    cmark_iter *iter = cmark_iter_new(root);
    cmark_event_type event;

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        const char *text = cmark_node_get_literal(node);
        if (event != CMARK_EVENT_ENTER)
            continue;
        if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK ||
            type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING)
            g_string_append_c(out, ' ');
        if (!text || type == CMARK_NODE_HTML_BLOCK ||
            type == CMARK_NODE_HTML_INLINE)
            continue;
        for (gsize i = 0, length = strlen(text); i < length;) {
            bool is_mark = mark_at(text, length, i) >= 0;
            if (!is_mark)
                g_string_append_c(out, text[i]);
            i += is_mark ? MARK_BYTES : 1;
        }
    }
    cmark_iter_free(iter);
    return g_string_free(out, FALSE);
}

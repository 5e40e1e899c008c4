/* SPDX-License-Identifier: Apache-2.0 */
/* render.c - slots, jumps and list runs, the same for HTML and for text */
#include "render.h"

#include "nurture/text.h"

#include <string.h>

#define NO_OP        G_MAXUINT
#define HEADER_CHARS 200

void
context_append(GString *out, Context context, const char *value)
{
    gsize start = out->len;

    switch (context) {
    case CONTEXT_HTML:
        html_append_text(out, value);
        break;
    case CONTEXT_URL_PART:
        url_append_part(out, value);
        break;
    case CONTEXT_MAILBOX:
        for (const char *at = value; *at;) {
            g_autofree char *part = g_strndup(at, strcspn(at, "@"));
            url_append_part(out, part);
            at += strlen(part);
            if (*at == '@') {
                g_string_append_c(out, '@');
                at++;
            }
        }
        break;
    case CONTEXT_URL_HTML:
        html_append_text(out, address_is_allowed(value) ? value : "#");
        break;
    case CONTEXT_URL:
        plain_append_text(out, address_is_allowed(value) ? value : "#");
        break;
    case CONTEXT_PLAIN:
        plain_append_text(out, value);
        break;
    case CONTEXT_HEADER:
        plain_append_text(out, value);
        if (g_utf8_strlen(out->str + start, -1) > HEADER_CHARS)
            g_string_truncate(out, (gsize)(g_utf8_offset_to_pointer(
                                               out->str + start, HEADER_CHARS) -
                                           out->str));
        break;
    }
}

bool
address_is_allowed(const char *url)
{
    static const char *const schemes[] = {"https://", "http://",
                                          "mailto:", "tel:", "#"};

    for (guint i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (!g_ascii_strncasecmp(url, schemes[i], strlen(schemes[i])))
            return true;
    return false;
}

const char *
slot_constant(const Slot *slot)
{
    const Term *first;

    if (slot->terms->len == 0)
        return "";
    first = g_ptr_array_index(slot->terms, 0);
    if (first->kind != TERM_TEXT || first->filters->len > 0 ||
        first->type == FIELD_DATE || text_is_blank(first->text))
        return NULL;
    return first->text;
}

void
code_slot(Code *code, const MailProgram *program, guint slot, Context context)
{
    const char *constant =
        slot_constant(g_ptr_array_index(program->slots, slot));
    g_autoptr(GString) text = NULL;

    if (!constant) {
        code_op(code, OP_SLOT, context, slot, 0, 0);
        return;
    }
    text = g_string_new(NULL);
    context_append(text, context, constant);
    code_literal(code, text->str, (gssize)text->len);
}

static void
open_block_free(gpointer data)
{
    OpenBlock *block = data;

    g_array_unref(block->ends);
    g_free(block);
}

/* Black or white: whichever can be read on the accent colour. */
static const char *
readable_on(const char *colour)
{
    guint64 rgb = 0;
    guint red, green, blue;

    if (!colour || colour[0] != '#' || strlen(colour) != 7 ||
        !g_ascii_string_to_unsigned(colour + 1, 16, 0, 0xffffff, &rgb, NULL))
        return "#ffffff";
    red = (guint)(rgb >> 16) & 0xff;
    green = (guint)(rgb >> 8) & 0xff;
    blue = (guint)rgb & 0xff;
    return red * 299 + green * 587 + blue * 114 > 150000 ? "#111111"
                                                         : "#ffffff";
}

char *
style_value(const char *value, const char *standard)
{
    char *safe = g_strdup(text_is_blank(value) ? standard : value);

    g_strdelimit(safe, "\"", '\'');
    return g_strdelimit(safe, "<>&;{}\\", ' ');
}

void
renderer_init(Renderer *r, const Tree *tree, MailProgram *program, bool is_html,
              bool untracked)
{
    *r = (Renderer){.tree = tree,
                    .program = program,
                    .workspace = program->workspace,
                    .code = code_new(),
                    .is_html = is_html,
                    .untracked = untracked};
    r->blocks = g_hash_table_new_full(NULL, NULL, NULL, open_block_free);
    r->prefix = g_string_new(NULL);
    r->font = style_value(r->workspace->theme.font, "Arial, sans-serif");
    r->colour = style_value(r->workspace->theme.text, "#1f2933");
    r->accent = style_value(r->workspace->theme.accent, "#0b6bcb");
    r->on_accent = readable_on(r->accent);
    r->width = r->workspace->theme.width > 0 ? r->workspace->theme.width : 600;
}

void
renderer_clear(Renderer *r)
{
    code_free(r->code);
    g_hash_table_unref(r->blocks);
    g_string_free(r->prefix, TRUE);
    g_free(r->font);
    g_free(r->colour);
    g_free(r->accent);
}

void
render_literal(Renderer *r, const char *text)
{
    code_literal(r->code, text, -1);
}

static void
open_test(Renderer *r, OpenBlock *block, const Mark *mark)
{
    static const OpKind jumps[] = {
        [TEST_CONDITION] = OP_JUMP_FALSE,
        [TEST_LIST] = OP_JUMP_FEWER,
        [TEST_BELOW] = OP_JUMP_REACHED,
        [TEST_PERIOD] = OP_JUMP_CLOSED,
    };

    block->test =
        code_op(r->code, jumps[mark->test_kind], 0, mark->test, 0, mark->count);
}

/* The branch before ends here: jump over the rest of the block. */
static void
close_branch(Renderer *r, OpenBlock *block)
{
    guint jump = code_op(r->code, OP_JUMP, 0, 0, 0, 0);

    g_array_append_val(block->ends, jump);
    if (block->test != NO_OP)
        code_land(r->code, block->test);
    block->test = NO_OP;
}

void
render_mark(Renderer *r, const Mark *mark, Context context)
{
    gpointer key = GUINT_TO_POINTER(mark->block + 1);
    OpenBlock *block = g_hash_table_lookup(r->blocks, key);

    if (mark->kind == MARK_SLOT) {
        code_slot(r->code, r->program, mark->slot, context);
        return;
    }
    if (mark->kind == MARK_IF) {
        block = g_new0(OpenBlock, 1);
        block->ends = g_array_new(FALSE, FALSE, sizeof(guint));
        g_hash_table_replace(r->blocks, key, block);
        open_test(r, block, mark);
        return;
    }
    if (mark->kind == MARK_COUNT) {
        code_op(r->code, OP_COUNT, 0, mark->test, 0, 0);
        return;
    }
    if (!block)
        return;
    if (mark->kind == MARK_END) {
        if (block->test != NO_OP)
            code_land(r->code, block->test);
        for (guint i = 0; i < block->ends->len; i++)
            code_land(r->code, g_array_index(block->ends, guint, i));
        g_hash_table_remove(r->blocks, key);
        return;
    }
    close_branch(r, block);
    if (mark->kind == MARK_ELSIF)
        open_test(r, block, mark);
}

static void
append_plain(Renderer *r, const char *text, gsize length, bool is_code)
{
    g_autofree char *part = g_strndup(text, length);
    g_autoptr(GString) out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(part, "\n", -1);

    for (guint i = 0; lines[i]; i++) {
        if (i > 0 && is_code) {
            g_string_append_c(out, '\n');
            g_string_append(out, r->prefix->str);
        } else if (i > 0) {
            g_string_append_c(out, ' ');
        }
        if (r->is_html)
            html_append_text(out, lines[i]);
        else
            plain_append_text(out, lines[i]);
    }
    code_literal(r->code, out->str, (gssize)out->len);
}

void
render_marked(Renderer *r, const char *text, Context context, bool is_code)
{
    gsize length = strlen(text), start = 0, i = 0;

    while (i < length) {
        int number = mark_at(text, length, i);
        if (number < 0 || (guint)number >= r->tree->doc->marks->len) {
            i++;
            continue;
        }
        append_plain(r, text + start, i - start, is_code);
        render_mark(r, &g_array_index(r->tree->doc->marks, Mark, number),
                    context);
        i += MARK_BYTES;
        start = i;
    }
    append_plain(r, text + start, length - start, is_code);
}

/* --- list runs ----------------------------------------------------------- */

/* How the marks of a marker paragraph change the depth of blocks; they may
 * not close what was open before. */
static bool
follow_marks(const Tree *tree, cmark_node *marker, int *depth)
{
    cmark_node *child = cmark_node_get_type(marker) == CMARK_NODE_CODE_BLOCK
                            ? marker
                            : cmark_node_first_child(marker);

    for (; child; child = child == marker ? NULL : cmark_node_next(child)) {
        const char *text = cmark_node_get_literal(child);
        gsize length = text ? strlen(text) : 0;
        for (gsize i = 0; i < length; i++) {
            int number = mark_at(text, length, i);
            MarkKind kind;
            if (number < 0)
                continue;
            kind = g_array_index(tree->doc->marks, Mark, number).kind;
            *depth += kind == MARK_IF ? 1 : kind == MARK_END ? -1 : 0;
            if (*depth < 0 || (*depth == 0 && kind != MARK_END))
                return false;
        }
    }
    return true;
}

/* Lists that only block tags stand between are one list. The last node of
 * such a run that begins at `node`, or NULL. */
static cmark_node *
list_run_end(const Tree *tree, cmark_node *node)
{
    cmark_list_type type = CMARK_NO_LIST;
    cmark_node *last = NULL;
    int depth = 0, lists = 0, marks = 0;

    for (cmark_node *n = node; n; n = cmark_node_next(n)) {
        if (cmark_node_get_type(n) == CMARK_NODE_LIST) {
            if (type != CMARK_NO_LIST && cmark_node_get_list_type(n) != type)
                break;
            type = cmark_node_get_list_type(n);
            lists++;
        } else if (node_is_marker(n)) {
            marks++;
            if (!follow_marks(tree, n, &depth))
                break;
        } else {
            break;
        }
        if (depth == 0 && lists > 1 && marks > 0)
            last = n;
    }
    return last;
}

/* --- what is in a node --------------------------------------------------- */

void
render_inlines(Renderer *r, cmark_node *node)
{
    for (cmark_node *n = cmark_node_first_child(node); n;
         n = cmark_node_next(n))
        r->form->inline_node(r, n);
}

void
render_markers(Renderer *r, cmark_node *node)
{
    if (cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK) {
        g_autofree char *text = g_strdup(cmark_node_get_literal(node));
        render_marked(r, g_strstrip(text), r->form->context, false);
        return;
    }
    for (cmark_node *n = cmark_node_first_child(node); n;
         n = cmark_node_next(n))
        if (cmark_node_get_type(n) == CMARK_NODE_TEXT)
            r->form->inline_node(r, n);
}

void
render_children(Renderer *r, cmark_node *node, bool tight)
{
    for (cmark_node *n = cmark_node_first_child(node); n;
         n = cmark_node_next(n)) {
        cmark_node *last = list_run_end(r->tree, n);
        if (last) {
            r->form->list_run(r, n, last);
            n = last;
        } else {
            r->form->block(r, n, tight);
        }
    }
}

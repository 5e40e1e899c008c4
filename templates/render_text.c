/* SPDX-License-Identifier: Apache-2.0 */
/* render_text.c - the tree as plain text
 *
 * One line for each paragraph (quoted-printable does the folding), links as
 * "Label <address>", buttons as "Label: address", images as [description]. */
#include "render.h"

#include "nurture/text.h"

#include <string.h>

static void
start_line(Renderer *r)
{
    if (!r->lead_written)
        render_literal(r, r->prefix->str);
    r->lead_written = false;
}

static void
end_line(Renderer *r)
{
    render_literal(r, "\n");
}

/* An empty line; without the blanks that a prefix ends in. */
static void
blank_line(Renderer *r)
{
    g_autofree char *prefix = g_strdup(r->prefix->str);

    render_literal(r, g_strchomp(prefix));
    render_literal(r, "\n");
}

/* --- inline -------------------------------------------------------------- */

static void
break_line(Renderer *r)
{
    end_line(r);
    render_literal(r, r->prefix->str);
}

/* <https://e.example> and <a@b.example>: the label is the address. */
static bool
is_automatic(cmark_node *link)
{
    cmark_node *label = cmark_node_first_child(link);
    const char *url = cmark_node_get_url(link), *text;

    if (!label || cmark_node_next(label) ||
        cmark_node_get_type(label) != CMARK_NODE_TEXT)
        return false;
    text = cmark_node_get_literal(label);
    return !strcmp(text, url) || (g_str_has_prefix(url, "mailto:") &&
                                  !strcmp(text, url + strlen("mailto:")));
}

static void
render_link(Renderer *r, cmark_node *node)
{
    bool button = (node_suffix(node) & SUFFIX_BUTTON) != 0;

    if (is_automatic(node)) {
        render_address(r, node);
        return;
    }
    render_inlines(r, node);
    render_literal(r, button ? ": " : " <");
    render_address(r, node);
    render_literal(r, button ? "" : ">");
}

static void
render_inline(Renderer *r, cmark_node *node)
{
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_HTML_INLINE:
    case CMARK_NODE_CODE:
        render_marked(r, cmark_node_get_literal(node), CONTEXT_PLAIN, false);
        break;
    case CMARK_NODE_SOFTBREAK:
        if (r->break_lines)
            break_line(r);
        else
            render_literal(r, " ");
        break;
    case CMARK_NODE_LINEBREAK:
        break_line(r);
        break;
    case CMARK_NODE_EMPH:
    case CMARK_NODE_STRONG:
        render_inlines(r, node);
        break;
    case CMARK_NODE_LINK:
        render_link(r, node);
        break;
    case CMARK_NODE_IMAGE:
        if (node_suffix(node) & SUFFIX_DECORATIVE)
            break;
        render_literal(r, "[");
        render_inlines(r, node);
        render_literal(r, "]");
        break;
    case CMARK_NODE_NONE:
    case CMARK_NODE_DOCUMENT:
    case CMARK_NODE_BLOCK_QUOTE:
    case CMARK_NODE_LIST:
    case CMARK_NODE_ITEM:
    case CMARK_NODE_CODE_BLOCK:
    case CMARK_NODE_HTML_BLOCK:
    case CMARK_NODE_CUSTOM_BLOCK:
    case CMARK_NODE_PARAGRAPH:
    case CMARK_NODE_HEADING:
    case CMARK_NODE_THEMATIC_BREAK:
    case CMARK_NODE_CUSTOM_INLINE:
    default:
        break;
    }
}

/* --- blocks -------------------------------------------------------------- */

/* Each button on a line of its own. */
static void
render_buttons(Renderer *r, cmark_node *node)
{
    for (cmark_node *n = cmark_node_first_child(node); n;
         n = cmark_node_next(n)) {
        if (cmark_node_get_type(n) == CMARK_NODE_LINK) {
            start_line(r);
            render_inline(r, n);
            end_line(r);
            blank_line(r);
        } else if (cmark_node_get_type(n) == CMARK_NODE_TEXT) {
            render_inline(r, n);
        }
    }
}

static bool
is_only_decoration(cmark_node *paragraph)
{
    cmark_node *only = cmark_node_first_child(paragraph);

    return only && cmark_node_get_type(only) == CMARK_NODE_IMAGE &&
           (node_suffix(only) & SUFFIX_DECORATIVE) &&
           (!cmark_node_next(only) ||
            text_is_blank(cmark_node_get_literal(cmark_node_next(only))));
}

static void
render_paragraph(Renderer *r, cmark_node *node, bool tight)
{
    if (node_is_marker(node)) {
        render_markers(r, node);
    } else if (node_is_buttons(node)) {
        render_buttons(r, node);
    } else if (!is_only_decoration(node)) {
        start_line(r);
        render_inlines(r, node);
        end_line(r);
        if (!tight)
            blank_line(r);
    }
}

static void
render_heading(Renderer *r, cmark_node *node)
{
    int level = cmark_node_get_heading_level(node);
    g_autofree char *text = node_text(node);
    g_autofree char *line = NULL;
    int columns = CLAMP(text_columns(g_strstrip(text)), 3, 60);

    start_line(r);
    render_inlines(r, node);
    end_line(r);
    if (level <= 2) {
        line = g_strnfill((gsize)columns, level == 1 ? '=' : '-');
        start_line(r);
        render_literal(r, line);
        end_line(r);
    }
    blank_line(r);
}

static void
render_items(Renderer *r, cmark_node *list, guint counter)
{
    bool ordered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST;
    bool tight = cmark_node_get_list_tight(list) != 0;
    gsize outer = r->prefix->len;

    for (cmark_node *n = cmark_node_first_child(list); n;
         n = cmark_node_next(n)) {
        const Mark *open, *close;
        bool conditional = item_condition(r->tree, n, &open, &close);
        if (conditional)
            render_mark(r, open, CONTEXT_PLAIN);
        start_line(r);
        if (ordered)
            code_op(r->code, OP_NUMBER, CONTEXT_PLAIN, counter, 0, 0);
        render_literal(r, ordered ? ". " : "- ");
        g_string_append(r->prefix, ordered ? "   " : "  ");
        r->lead_written = true;
        if (cmark_node_first_child(n))
            render_children(r, n, tight);
        else
            end_line(r);
        r->lead_written = false;
        g_string_truncate(r->prefix, outer);
        if (conditional)
            render_mark(r, close, CONTEXT_PLAIN);
    }
}

static void
render_list(Renderer *r, cmark_node *list, bool tight)
{
    guint counter = r->registers++ % REGISTERS;

    if (r->lead_written) { /* a list right behind a bullet */
        end_line(r);
        r->lead_written = false;
    }
    code_op(r->code, OP_SET, 0, counter, 0,
            (guint)MAX(cmark_node_get_list_start(list), 0));
    render_items(r, list, counter);
    if (!tight && cmark_node_get_list_tight(list))
        blank_line(r);
    r->registers--;
}

/* Several lists with conditions between them: numbers go on, and there is an
 * empty line behind them if one of them was there. */
static void
render_list_run(Renderer *r, cmark_node *first, cmark_node *last)
{
    guint counter = r->registers++ % REGISTERS;
    guint seen = r->registers++ % REGISTERS, skip;
    bool is_set = false, tight = true;

    code_op(r->code, OP_SET, 0, seen, 0, 0);
    for (cmark_node *n = first;; n = cmark_node_next(n)) {
        if (node_is_marker(n)) {
            render_markers(r, n);
        } else {
            skip = code_op(r->code, OP_JUMP_SET, 0, seen, 0, 0);
            code_op(r->code, OP_SET, 0, counter, 0,
                    (guint)MAX(cmark_node_get_list_start(n), 0));
            code_op(r->code, OP_SET, 0, seen, 0, 1);
            code_land(r->code, skip);
            render_items(r, n, counter);
            tight = tight && cmark_node_get_list_tight(n);
            is_set = true;
        }
        if (n == last)
            break;
    }
    if (is_set && tight) {
        skip = code_op(r->code, OP_JUMP_ZERO, 0, seen, 0, 0);
        blank_line(r);
        code_land(r->code, skip);
    }
    r->registers -= 2;
}

static void
render_code_block(Renderer *r, cmark_node *node)
{
    g_autofree char *text = g_strdup(cmark_node_get_literal(node));

    if (node_is_marker(node)) {
        render_markers(r, node);
        return;
    }
    start_line(r);
    render_marked(r, g_strchomp(text), CONTEXT_PLAIN, true);
    end_line(r);
    blank_line(r);
}

static void
render_quote(Renderer *r, cmark_node *node)
{
    gsize outer = r->prefix->len;

    if (r->lead_written)
        end_line(r);
    r->lead_written = false;
    g_string_append(r->prefix, "> ");
    render_children(r, node, false);
    g_string_truncate(r->prefix, outer);
    blank_line(r);
}

static void
render_block(Renderer *r, cmark_node *node, bool tight)
{
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_PARAGRAPH:
        render_paragraph(r, node, tight);
        break;
    case CMARK_NODE_HEADING:
        render_heading(r, node);
        break;
    case CMARK_NODE_LIST:
        render_list(r, node, tight);
        break;
    case CMARK_NODE_BLOCK_QUOTE:
        render_quote(r, node);
        break;
    case CMARK_NODE_CODE_BLOCK:
        render_code_block(r, node);
        break;
    case CMARK_NODE_THEMATIC_BREAK:
        start_line(r);
        render_literal(r, "* * *\n");
        blank_line(r);
        break;
    case CMARK_NODE_HTML_BLOCK:
        start_line(r);
        render_marked(r, cmark_node_get_literal(node), CONTEXT_PLAIN, true);
        end_line(r);
        blank_line(r);
        break;
    case CMARK_NODE_NONE:
    case CMARK_NODE_DOCUMENT:
    case CMARK_NODE_ITEM:
    case CMARK_NODE_CUSTOM_BLOCK:
    case CMARK_NODE_TEXT:
    case CMARK_NODE_SOFTBREAK:
    case CMARK_NODE_LINEBREAK:
    case CMARK_NODE_CODE:
    case CMARK_NODE_HTML_INLINE:
    case CMARK_NODE_CUSTOM_INLINE:
    case CMARK_NODE_EMPH:
    case CMARK_NODE_STRONG:
    case CMARK_NODE_LINK:
    case CMARK_NODE_IMAGE:
    default:
        break;
    }
}

void
render_text(Renderer *r)
{
    static const RenderForm form = {CONTEXT_PLAIN, render_inline, render_block,
                                    render_list_run};

    r->form = &form;
    render_children(r, r->tree->root, false);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* render_html.c - the tree as HTML that mail programs understand
 *
 * Styles stand on every element, from the theme: many programs drop <style>.
 * Padding only on <td>, buttons are table cells, margins only where losing
 * them does no harm (design: caniemail's figures). */
#include "image-size.h"
#include "render.h"

#include "nurture/text.h"

#include <string.h>

#define SIDE_PADDING 64 /* what a layout takes of the width */

static void put(Renderer *r, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
put(Renderer *r, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    code_literal(r->code, text, -1);
}

static void
put_paragraph(Renderer *r, const char *margin)
{
    put(r, "<p style=\"margin:%s;font:16px/1.5 %s;color:%s\">", margin, r->font,
        r->colour);
}

/* --- inline -------------------------------------------------------------- */

static void
render_link(Renderer *r, cmark_node *node)
{
    render_literal(r, "<a href=\"");
    render_address(r, node);
    put(r, "\" style=\"color:%s;text-decoration:underline\">", r->accent);
    render_inlines(r, node);
    render_literal(r, "</a>");
}

static void
render_button(Renderer *r, cmark_node *node)
{
    const char *accent = r->accent;

    /* All of it is the link. Outlook drops padding on <a> but keeps the cell's
     * mso-padding-alt; a border instead would be turned into another colour
     * than the background where dark mode is forced. */
    put(r,
        "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" "
        "border=\"0\" style=\"margin:8px 0 24px 0\"><tr><td "
        "bgcolor=\"%s\" style=\"border-radius:4px;background-color:%s;"
        "mso-padding-alt:12px 24px\"><a class=\"button\" href=\"",
        accent, accent);
    render_address(r, node);
    put(r,
        "\" style=\"display:inline-block;padding:12px 24px;"
        "mso-padding-alt:0;font:bold 16px/20px %s;color:%s;"
        "text-decoration:none\">",
        r->font, r->on_accent);
    render_inlines(r, node);
    render_literal(r, "</a></td></tr></table>\n");
}

/* The description, flat: an attribute holds no markup. */
static void
render_flat(Renderer *r, cmark_node *node)
{
    for (cmark_node *n = cmark_node_first_child(node); n;
         n = cmark_node_next(n)) {
        const char *text = cmark_node_get_literal(n);
        if (text)
            render_marked(r, text, CONTEXT_HTML, false);
        else if (cmark_node_first_child(n))
            render_flat(r, n);
        else
            render_literal(r, " ");
    }
}

static void
remember_image(MailProgram *program, const char *path)
{
    for (guint i = 0; i < program->images->len; i++)
        if (!strcmp(g_ptr_array_index(program->images, i), path))
            return;
    g_ptr_array_add(program->images, g_strdup(path));
}

static void
render_image_address(Renderer *r, const char *url)
{
    const char *base = r->workspace->images_base_url;
    g_autofree char *path = NULL, *address = NULL, *name = NULL;
    g_autoptr(GString) out = g_string_new(NULL);

    if (g_str_has_prefix(url, "images/"))
        url += strlen("images/");
    if (strstr(url, "://")) {
        address = g_strdup(address_is_allowed(url) ? url : "#");
    } else if (base) {
        address = g_strdup_printf("%s%s%s", base,
                                  g_str_has_suffix(base, "/") ? "" : "/", url);
    } else {
        path = g_strdup_printf("images/%s", url);
        remember_image(r->program, path);
        name = g_path_get_basename(url);
        address = g_strdup_printf("cid:%s", name);
    }
    html_append_text(out, address);
    code_literal(r->code, out->str, (gssize)out->len);
}

/* In proportion to `width`, so that nothing jumps when the picture comes. */
static void
render_height(Renderer *r, const char *url, int width)
{
    g_autofree char *path = g_strconcat(
        g_str_has_prefix(url, "images/") ? "" : "images/", url, NULL);
    GBytes *bytes = r->files && r->files->bytes && !strstr(url, "://")
                        ? r->files->bytes(path, r->files->data)
                        : NULL;
    int own_width, own_height;

    if (bytes && image_size(bytes, &own_width, &own_height))
        put(r, " height=\"%d\"",
            MAX((width * own_height + own_width / 2) / own_width, 1));
}

static void
render_image(Renderer *r, cmark_node *node)
{
    int width = node_width(node), full = r->width;

    full = MAX(full - SIDE_PADDING, 100);
    if (width == 0 || width > full)
        width = full;
    render_literal(r, "<img src=\"");
    render_image_address(r, cmark_node_get_url(node));
    render_literal(r, "\" alt=\"");
    if (!(node_suffix(node) & SUFFIX_DECORATIVE))
        render_flat(r, node);
    put(r, "\" width=\"%d\"", width);
    render_height(r, cmark_node_get_url(node), width);
    put(r,
        " style=\"display:block;border:0;width:100%%;max-width:%dpx;"
        "height:auto\">",
        width);
}

static void
render_inline(Renderer *r, cmark_node *node)
{
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_HTML_INLINE: /* refused in mails; harmless elsewhere */
        render_marked(r, cmark_node_get_literal(node), CONTEXT_HTML, false);
        break;
    case CMARK_NODE_SOFTBREAK:
        render_literal(r, r->break_lines ? "<br>\n" : "\n");
        break;
    case CMARK_NODE_LINEBREAK:
        render_literal(r, "<br>\n");
        break;
    case CMARK_NODE_CODE:
        render_literal(r, "<code style=\"font:14px/1.5 Menlo,Consolas,"
                          "monospace\">");
        render_marked(r, cmark_node_get_literal(node), CONTEXT_HTML, false);
        render_literal(r, "</code>");
        break;
    case CMARK_NODE_EMPH:
        render_literal(r, "<em>");
        render_inlines(r, node);
        render_literal(r, "</em>");
        break;
    case CMARK_NODE_STRONG:
        render_literal(r, "<strong>");
        render_inlines(r, node);
        render_literal(r, "</strong>");
        break;
    case CMARK_NODE_LINK:
        render_link(r, node);
        break;
    case CMARK_NODE_IMAGE:
        render_image(r, node);
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

static void
render_buttons(Renderer *r, cmark_node *node)
{
    for (cmark_node *n = cmark_node_first_child(node); n;
         n = cmark_node_next(n)) {
        if (cmark_node_get_type(n) == CMARK_NODE_LINK)
            render_button(r, n);
        else if (cmark_node_get_type(n) == CMARK_NODE_TEXT)
            render_inline(r, n);
    }
}

static void
render_paragraph(Renderer *r, cmark_node *node, bool tight)
{
    if (node_is_marker(node)) {
        render_markers(r, node);
    } else if (node_is_buttons(node)) {
        render_buttons(r, node);
    } else if (tight) {
        render_inlines(r, node);
    } else {
        put_paragraph(r, "0 0 16px 0");
        render_inlines(r, node);
        render_literal(r, "</p>\n");
    }
}

static void
render_heading(Renderer *r, cmark_node *node)
{
    static const int sizes[] = {26, 20, 17, 16, 16, 16};
    int level = cmark_node_get_heading_level(node);

    put(r,
        "<h%d style=\"margin:24px 0 12px 0;font:bold %dpx/1.3 %s;color:%s\">",
        level, sizes[level - 1], r->font, r->colour);
    render_inlines(r, node);
    put(r, "</h%d>\n", level);
}

static void
open_list(Renderer *r, cmark_node *list)
{
    bool ordered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST;
    int start = cmark_node_get_list_start(list);

    put(r, "<%s", ordered ? "ol" : "ul");
    if (ordered && start != 1)
        put(r, " start=\"%d\"", start);
    put(r,
        " style=\"margin:0 0 %dpx 0;padding:0 0 0 24px;font:16px/1.5 %s;"
        "color:%s\">\n",
        r->depth > 0 ? 0 : 16, r->font, r->colour);
}

static void
close_list(Renderer *r, cmark_node *list)
{
    render_literal(r, cmark_node_get_list_type(list) == CMARK_ORDERED_LIST
                          ? "</ol>\n"
                          : "</ul>\n");
}

static void
render_items(Renderer *r, cmark_node *list)
{
    bool tight = cmark_node_get_list_tight(list) != 0;

    r->depth++;
    for (cmark_node *n = cmark_node_first_child(list); n;
         n = cmark_node_next(n)) {
        const Mark *open, *close;
        bool conditional = item_condition(r->tree, n, &open, &close);
        if (conditional)
            render_mark(r, open, CONTEXT_HTML);
        render_literal(r, "<li style=\"margin:0 0 6px 0\">");
        render_children(r, n, tight);
        render_literal(r, "</li>\n");
        if (conditional)
            render_mark(r, close, CONTEXT_HTML);
    }
    r->depth--;
}

/* One list out of several with conditions between them. It is opened before
 * whichever item comes first, and not at all if none does. */
static void
render_list_run(Renderer *r, cmark_node *first, cmark_node *last)
{
    guint is_open = r->registers++ % REGISTERS, skip;
    cmark_node *list = NULL;

    code_op(r->code, OP_SET, 0, is_open, 0, 0);
    for (cmark_node *n = first;; n = cmark_node_next(n)) {
        if (node_is_marker(n)) {
            render_markers(r, n);
        } else {
            list = n;
            skip = code_op(r->code, OP_JUMP_SET, 0, is_open, 0, 0);
            open_list(r, n);
            code_op(r->code, OP_SET, 0, is_open, 0, 1);
            code_land(r->code, skip);
            render_items(r, n);
        }
        if (n == last)
            break;
    }
    skip = code_op(r->code, OP_JUMP_ZERO, 0, is_open, 0, 0);
    close_list(r, list);
    code_land(r->code, skip);
    r->registers--;
}

static void
render_code_block(Renderer *r, cmark_node *node)
{
    g_autofree char *text = g_strdup(cmark_node_get_literal(node));

    if (node_is_marker(node)) {
        render_markers(r, node);
        return;
    }
    put(r,
        "<pre style=\"margin:0 0 16px 0;padding:12px;background-color:#f0f4f8;"
        "font:14px/1.5 Menlo,Consolas,monospace;color:%s;"
        "white-space:pre-wrap\">",
        r->colour);
    render_marked(r, g_strchomp(text), CONTEXT_HTML, true);
    render_literal(r, "</pre>\n");
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
        open_list(r, node);
        render_items(r, node);
        close_list(r, node);
        break;
    case CMARK_NODE_BLOCK_QUOTE:
        render_literal(r, "<blockquote style=\"margin:0 0 16px 0;padding:0 0 0 "
                          "16px;border-left:3px solid #cbd2d9\">\n");
        render_children(r, node, false);
        render_literal(r, "</blockquote>\n");
        break;
    case CMARK_NODE_CODE_BLOCK:
        render_code_block(r, node);
        break;
    case CMARK_NODE_THEMATIC_BREAK:
        render_literal(r, "<hr style=\"border:0;border-top:1px solid #cbd2d9;"
                          "margin:24px 0\">\n");
        break;
    case CMARK_NODE_HTML_BLOCK: /* refused in mails; harmless elsewhere */
        put_paragraph(r, "0 0 16px 0");
        render_marked(r, cmark_node_get_literal(node), CONTEXT_HTML, false);
        render_literal(r, "</p>\n");
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
render_html(Renderer *r)
{
    static const RenderForm form = {CONTEXT_HTML, render_inline, render_block,
                                    render_list_run};

    r->form = &form;
    render_children(r, r->tree->root, false);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* lint_images.c - pictures that some people will not see */
#include "lint.h"

#include "nurture/text.h"

#include <string.h>

#define HEAVY_IMAGE (500 * 1024)

typedef struct {
    const char *suffix, *words;
} ImageFormat;

static const ImageFormat bad_formats[] = {
    {".svg", "SVG images are not shown by Gmail on the web"},
    {".webp", "WebP images are not shown by Outlook"},
    {".avif", "AVIF images are not shown by most mail programs"},
    {".heic", "HEIC images are not shown by most mail programs"},
    {".tif", "TIFF images are not shown by most mail programs"},
    {".tiff", "TIFF images are not shown by most mail programs"},
    {".bmp", "BMP images are not shown by some mail programs"},
};

static void
check_format(Compiler *compiler, const Tree *tree, const char *url, gsize at,
             gsize length)
{
    g_autofree char *lower = g_ascii_strdown(url, -1);
    const char *words = g_str_has_prefix(lower, "data:")
                            ? "images inside the text are not shown by Gmail"
                            : NULL;

    for (guint i = 0; i < G_N_ELEMENTS(bad_formats); i++)
        if (g_str_has_suffix(lower, bad_formats[i].suffix))
            words = bad_formats[i].words;
    if (words)
        diagnostic_help(tree_report(tree, compiler->problems, "E414", at,
                                    length, "%s", words),
                        "save it as PNG");
}

/* What the first bytes say; NULL: no picture that mail programs show. */
static const char *
picture_kind(const char *bytes, gsize size)
{
    static const struct {
        const char *kind, *start;
        gsize length;
    } kinds[] = {{"PNG", "\x89PNG\r\n\x1a\n", 8},
                 {"JPEG", "\xff\xd8\xff", 3},
                 {"GIF", "GIF8", 4}};

    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (size >= kinds[i].length &&
            !memcmp(bytes, kinds[i].start, kinds[i].length))
            return kinds[i].kind;
    return NULL;
}

/* E414 of a file that is something else than its name says. A PNG called .jpg
 * is shown all the same. */
static void
check_content(Compiler *compiler, const Tree *tree, const char *path, gsize at,
              gsize length)
{
    static const char *const shown[] = {".png", ".jpg", ".jpeg", ".gif", NULL};
    const TemplateFiles *files = &compiler->context->files;
    const char *dot = strrchr(path, '.');
    g_autofree char *suffix = g_ascii_strdown(dot ? dot : "", -1);
    GBytes *bytes = files->bytes ? files->bytes(path, files->data) : NULL;
    gsize size = 0;
    const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;

    if (!bytes || !g_strv_contains(shown, suffix) || picture_kind(text, size))
        return; /* of other names E414 is said already */
    diagnostic_help(tree_report(tree, compiler->problems, "E414", at, length,
                                "'%s' is no PNG, JPEG or GIF picture%s",
                                path + strlen("images/"),
                                size == 0 ? ": it is empty" : ""),
                    "save it as PNG");
}

static void
check_file(Compiler *compiler, const Tree *tree, const char *url, gsize at,
           gsize length)
{
    const TemplateFiles *files = &compiler->context->files;
    const char *name =
        g_str_has_prefix(url, "images/") ? url + strlen("images/") : url;
    g_autofree char *path = g_strdup_printf("images/%s", name);
    gsize size = 0;
    Diagnostic *d;

    if (!files->exists)
        return;
    if (!strstr(name, "..") && files->exists(path, &size, files->data)) {
        if (size > HEAVY_IMAGE)
            diagnostic_help(tree_report(tree, compiler->problems, "W413", at,
                                        length, "'%s' is %.1f MB", name,
                                        (double)size / 1e6),
                            "save it 1200 pixels wide; under 200 KB is fine "
                            "for a mail");
        check_content(compiler, tree, path, at, length);
        return;
    }
    d = tree_report(tree, compiler->problems, "E401", at, length,
                    "there is no image '%s'", name);
    if (files->list && files->list("images", files->data)) {
        const char *near =
            text_nearest(name, files->list("images", files->data));
        if (near)
            diagnostic_note(d, "did you mean '%s'?", near);
    }
    diagnostic_help(d, "images live in images/");
}

static bool
is_file_name(const char *text)
{
    static const char *const suffixes[] = {".png",  ".jpg", ".jpeg", ".gif",
                                           ".webp", ".svg", ".heic"};
    g_autofree char *lower = g_ascii_strdown(text, -1);

    if (strchr(text, ' '))
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++)
        if (g_str_has_suffix(lower, suffixes[i]))
            return true;
    return g_str_has_prefix(text, "IMG_") || g_str_has_prefix(text, "DSC");
}

static void
check_description(Compiler *compiler, const Tree *tree, cmark_node *node)
{
    g_autofree char *text = node_text(node);
    cmark_node *label = cmark_node_first_child(node);
    gsize start = node_start(tree, node), end = node_end(tree, node);

    g_strstrip(text);
    if (!label && !(node_suffix(node) & SUFFIX_DECORATIVE)) {
        diagnostic_help(tree_report(tree, compiler->problems, "E406", start,
                                    end > start ? end - start : 1,
                                    "this image has no description for people "
                                    "who cannot see it"),
                        "![What it shows](team.jpg), or "
                        "![](line.png){decorative}");
    } else if (label && is_file_name(text)) {
        diagnostic_note(tree_report(tree, compiler->problems, "W407",
                                    node_start(tree, label), strlen(text),
                                    "'%s' is not a description", text),
                        "say what it shows");
    }
}

static void
check_remote(Compiler *compiler, const Tree *tree, const char *url, gsize at,
             gsize length)
{
    if (!g_ascii_strncasecmp(url, "http://", 7))
        diagnostic_help(tree_report(tree, compiler->problems, "W402", at, 7,
                                    "this link is not encrypted (http)"),
                        "use https://");
    else if (g_ascii_strncasecmp(url, "https://", 8) != 0)
        tree_report(tree, compiler->problems, "E403", at, length,
                    "an image comes from images/ or from an https address");
}

static void
check_image(Compiler *compiler, const Tree *tree, cmark_node *node)
{
    const char *url = cmark_node_get_url(node);
    gsize at, length;

    node_url_place(tree, node, &at, &length);
    check_description(compiler, tree, node);
    for (gsize i = 0; url[i]; i++) {
        int number = mark_at(url, strlen(url), i);
        const Mark *mark;
        if (number < 0)
            continue;
        mark = &g_array_index(tree->doc->marks, Mark, number);
        diagnostics_add(compiler->problems, "E224", mark->source, mark->offset,
                        mark->length,
                        "a merge tag cannot stand here (inside the address of "
                        "an image)");
        return;
    }
    check_format(compiler, tree, url, at, length);
    if (g_str_has_prefix(url, "data:"))
        return;
    if (strchr(url, ':'))
        check_remote(compiler, tree, url, at, length);
    else
        check_file(compiler, tree, url, at, length);
}

void
lint_images(Compiler *compiler, const Tree *tree)
{
    lint_each(compiler, tree, CMARK_NODE_IMAGE, check_image);
}

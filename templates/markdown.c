/* SPDX-License-Identifier: Apache-2.0 */
/* markdown.c - Markdown without merge tags: digests, service mail, signatures
 */
#include "compile.h"

#include "nurture/error.h"

#include <string.h>

/* A character of three bytes that only marks may use? */
static bool
is_private_use(const char *c)
{
    gunichar u = g_utf8_get_char(c);

    return u >= 0xe000 && u <= 0xf8ff;
}

void
markdown_expand(const Source *source, Expanded *out)
{
    const char *text = source_text(source);
    gsize size = source_size(source);
    TagText in = {source, text, size, 0, NULL};
    gsize copied = 0;

    if (!g_utf8_validate_len(text, size, NULL))
        return;
    for (const char *c = text; c < text + size; c = g_utf8_next_char(c)) {
        gsize at = (gsize)(c - text);
        if (*c != '\r' && !is_private_use(c))
            continue;
        expanded_copy(out, &in, copied, at);
        if (*c != '\r')
            expanded_insert(out, &in, at, at + 3, "\xef\xbf\xbd", -1);
        copied = at + (*c == '\r' ? 1 : 3);
    }
    expanded_copy(out, &in, copied, size);
}

void
markdown_tree_render(MailProgram *program, const Tree *tree, bool break_lines,
                     GString *html, GString *text)
{
    for (int is_html = 0; is_html <= 1; is_html++) {
        GString *out = is_html ? html : text;
        MailProgram plain = *program;
        g_autoptr(MailProgram) scratch = mail_program_new();
        g_auto(MailOutput) filled = {NULL};
        MailRow row = {NULL};
        Renderer r;

        renderer_init(&r, tree, &plain, is_html, true);
        r.break_lines = break_lines;
        if (is_html)
            render_html(&r);
        else
            render_text(&r);
        mail_output_init(&filled);
        scratch->workspace = program->workspace;
        code_append(is_html ? scratch->html : scratch->text, r.code);
        mail_fill(scratch, &row, &filled);
        g_string_append(out, is_html ? filled.html->str : filled.text->str);
        renderer_clear(&r);
    }
}

typedef struct {
    const Source *layout;
} OneLayout;

static Code *
literal_code(const char *text, Context context)
{
    Code *code = code_new();
    g_autoptr(GString) out = g_string_new(NULL);

    context_append(out, context, text ? text : "");
    code_literal(code, out->str, (gssize)out->len);
    return code;
}

static const Source *
only_layout(const char *path, gpointer data)
{
    const OneLayout *one = data;

    return g_str_has_suffix(path, ".txt") ? NULL : one->layout;
}

/* The fragments inside the shell, with nobody's values. */
static void
wrap(const Workspace *workspace, const char *layout, const char *subject,
     GString *html, GString *text)
{
    g_autoptr(Source) source = source_new("layout", layout, strlen(layout));
    OneLayout one = {source};
    TemplateContext context = {.workspace = workspace,
                               .files = {only_layout, NULL, NULL, &one},
                               .layout = "layout",
                               .untracked = true};
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Code) subject_html = literal_code(subject, CONTEXT_HTML);
    g_autoptr(Code) nothing = code_new(), content = code_new();
    g_auto(MailOutput) filled = {NULL};
    MailRow row = {NULL};
    LayoutParts parts = {subject_html, nothing, content};
    Compiler compiler;

    compiler_init(&compiler, &context, problems);
    code_literal(content, html->str, (gssize)html->len);
    compile_layouts(&compiler, &parts, &parts, false);
    mail_output_init(&filled);
    mail_fill(compiler.program, &row, &filled);
    g_string_assign(html, filled.html->str);
    compiler_clear(&compiler);
    (void)text;
}

bool
markdown_render(const char *markdown, const Workspace *workspace,
                const char *layout, const char *subject, GString *out_html,
                GString *out_text, GError **error)
{
    g_autoptr(Source) source = source_new("text", markdown, strlen(markdown));
    g_autoptr(Expanded) doc = expanded_new();
    g_autoptr(Tree) tree = NULL;
    g_autoptr(MailProgram) program = mail_program_new();

    if (!g_utf8_validate(markdown, -1, NULL) || strlen(markdown) > SOURCE_MAX) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "the text is too long or not UTF-8");
        return false;
    }
    program->workspace = workspace;
    markdown_expand(source, doc);
    tree = tree_parse(doc, NULL);
    if (!tree) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "the text is nested too deep or has too many brackets");
        return false;
    }
    markdown_tree_render(program, tree, false, out_html, out_text);
    if (layout)
        wrap(workspace, layout, subject, out_html, out_text);
    return true;
}

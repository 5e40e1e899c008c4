/* SPDX-License-Identifier: Apache-2.0 */
/* compile.c - one mail, from its files to its program */
#include "compile.h"
#include "layout.h"
#include "lint.h"
#include "reasons.h"

#include "nurture/text.h"

#include <string.h>

/* Layouts may ask for the language even where nothing else is decided yet. */
static void
init_conditions(Compiler *compiler)
{
    const TemplateContext *context = compiler->context;
    StaticValue language = {"language", compiler->languages}, end = {NULL};
    bool has_language = false;

    compiler->scope = context->scope;
    compiler->scope.statics = true;
    if (!compiler->scope.fields)
        compiler->scope.fields = context->workspace->fields;
    compiler->languages[0] = compiler->program->language;
    compiler->statics = g_array_new(FALSE, FALSE, sizeof(StaticValue));
    for (const StaticValue *s = context->statics; s && s->name; s++) {
        g_array_append_val(compiler->statics, *s);
        has_language |= !strcmp(s->name, "language");
    }
    if (!has_language)
        g_array_append_val(compiler->statics, language);
    g_array_append_val(compiler->statics, end);
}

void
compiler_init(Compiler *compiler, const TemplateContext *context,
              Diagnostics *problems)
{
    const Workspace *workspace = context->workspace;
    const char *language = static_value(context, "language");

    *compiler = (Compiler){.context = context, .problems = problems};
    compiler->next_register = REGISTERS;
    compiler->errors = diagnostics_count(problems, SEVERITY_ERROR);
    compiler->program = mail_program_new();
    compiler->program->workspace = workspace;
    compiler->program->sender = context->sender;
    if (!language)
        language = workspace->languages && workspace->languages[0]
                       ? workspace->languages[0]
                       : "en";
    compiler->program->language = g_strdup(language);
    init_conditions(compiler);
    compiler->zone =
        context->scope.zone ? context->scope.zone : workspace->zone;
    compiler->loops = g_array_new(FALSE, FALSE, sizeof(LoopVariable));
    compiler->guards = g_ptr_array_new();
    compiler->snippets = g_ptr_array_new();
    compiler->names = g_ptr_array_new();
}

bool
compiler_has_enough(const Compiler *compiler)
{
    return diagnostics_length(compiler->problems) - compiler->known >
           PROBLEMS_ENOUGH;
}

void
compiler_clear(Compiler *compiler)
{
    mail_program_free(compiler->program);
    g_array_unref(compiler->statics);
    g_array_unref(compiler->loops);
    g_ptr_array_unref(compiler->guards);
    g_ptr_array_unref(compiler->snippets);
    g_ptr_array_unref(compiler->names);
}

/* --- subject and preheader ----------------------------------------------- */

/* Where each byte of an unquoted value stands: quotes inside it may have been
 * doubled ('') or have a backslash before them. */
static guint32 *
align_value(const Source *source, gsize offset, gsize length, const char *value)
{
    const char *text = source_text(source);
    gsize end = MIN(offset + length, source_size(source)), at = offset;
    gsize size = strlen(value);
    guint32 *places = g_new(guint32, size + 1);

    if (at < end && strchr("'\"", text[at]) && text[at] != value[0])
        at++;
    for (gsize i = 0; i < size; i++) {
        if (at + 1 < end && text[at] != value[i] && text[at + 1] == value[i])
            at++;
        places[i] = (guint32)MIN(at, end);
        at++;
    }
    places[size] = (guint32)MIN(at, end);
    return places;
}

/* One line of text with tags, as Code for `context`. */
static Code *
line_code(const Compiler *compiler, const Expanded *line, Context context)
{
    Renderer r;
    Code *code = code_new();
    Tree tree = {NULL, line, NULL};

    renderer_init(&r, &tree, compiler->program, context == CONTEXT_HTML, true);
    render_marked(&r, line->text->str, context, false);
    code_append(code, r.code);
    renderer_clear(&r);
    return code;
}

/* Compile the value of a setting into the program's `header` and, for the
 * layouts, an HTML and a text form. */
static void
compile_line(Compiler *compiler, const Source *source, gsize offset,
             gsize length, const char *value, Code *header, Code **out_html,
             Code **out_text)
{
    g_autoptr(Expanded) line = expanded_new();
    g_autofree guint32 *places = NULL;
    g_autoptr(Code) code = NULL;

    if (value && g_utf8_validate(value, -1, NULL)) {
        places = align_value(source, offset, length, value);
        TagText in = {source, value, strlen(value), offset, places};
        compiler->kind = TEXT_LINE;
        expand(compiler, &in, line);
    }
    code = line_code(compiler, line, CONTEXT_HEADER);
    code_append(header, code);
    *out_html = line_code(compiler, line, CONTEXT_HTML);
    *out_text = line_code(compiler, line, CONTEXT_PLAIN);
}

/* --- signatures ---------------------------------------------------------- */

static void
add_signature(Compiler *compiler, const Sender *sender)
{
    Signature *signature = g_new0(Signature, 1);
    g_autoptr(Expanded) doc = expanded_new();
    g_autoptr(Source) source = NULL;
    g_autoptr(Tree) tree = NULL;
    const char *text = sender_signature(sender, compiler->program->language);

    signature->sender = sender;
    signature->html = g_string_new(NULL);
    signature->text = g_string_new(NULL);
    g_ptr_array_add(compiler->program->signatures, signature);
    if (text_is_blank(text) || strlen(text) > SIGNATURE_MAX)
        return;
    source = source_new(sender->id, text, strlen(text));
    markdown_expand(source, doc);
    tree = tree_parse(doc, NULL);
    if (tree)
        markdown_tree_render(compiler->program, tree, true, signature->html,
                             signature->text);
}

static void
add_signatures(Compiler *compiler)
{
    const GPtrArray *all = compiler->context->workspace->senders;

    if (compiler->context->sender)
        add_signature(compiler, compiler->context->sender);
    for (guint i = 0; all && i < all->len; i++) {
        const Sender *sender = g_ptr_array_index(all, i);
        if (sender != compiler->context->sender)
            add_signature(compiler, sender);
    }
}

/* --- layouts ------------------------------------------------------------- */

static void
expand_layout(Compiler *compiler, const Source *source, Expanded *out)
{
    TagText in = {source, source_text(source), source_size(source), 0, NULL};

    compiler->kind = TEXT_LAYOUT;
    if (g_utf8_validate_len(in.text, in.length, NULL))
        expand(compiler, &in, out);
}

static char *
text_layout_path(const char *path)
{
    const char *dot = path ? strrchr(path, '.') : NULL;

    if (!path)
        return NULL;
    return g_strdup_printf(
        "%.*s.txt", (int)(dot ? dot - path : (gssize)strlen(path)), path);
}

void
compile_layouts(Compiler *compiler, const LayoutParts *html_parts,
                const LayoutParts *text_parts, bool is_mail)
{
    const TemplateContext *context = compiler->context;
    g_autofree char *text_path = text_layout_path(context->layout);
    g_autoptr(Source) owned_html = NULL, owned_text = NULL;
    g_autoptr(Expanded) html = expanded_new(), text = expanded_new();
    const Source *source = layout_source(
        context, context->layout, "templates/default/layout.html", &owned_html);

    expand_layout(compiler, source, html);
    layout_html(compiler, html, html_parts, compiler->program->html);
    if (is_mail)
        layout_check(compiler, html, source_path(source));
    source = layout_source(context, text_path, "templates/default/layout.txt",
                           &owned_text);
    expand_layout(compiler, source, text);
    layout_text(compiler, text, text_parts, compiler->program->text);
    if (is_mail && !owned_text)
        layout_check(compiler, text, source_path(source));
}

/* --- the body ------------------------------------------------------------ */

static Code *
render_body(const Compiler *compiler, const Tree *tree, bool is_html)
{
    Renderer r;
    Code *code = NULL;

    renderer_init(&r, tree, compiler->program, is_html,
                  compiler->context->untracked);
    r.files = &compiler->context->files;
    if (is_html)
        render_html(&r);
    else
        render_text(&r);
    code = g_steal_pointer(&r.code);
    renderer_clear(&r);
    return code;
}

static void
compile_parts(Compiler *compiler, const MailText *mail, Tree *tree)
{
    MailProgram *program = compiler->program;
    g_autoptr(Code) subject = NULL, preheader = NULL, content = NULL;
    g_autoptr(Code) subject_text = NULL, preheader_text = NULL, body = NULL;

    compile_line(compiler, mail->source, mail->subject_offset,
                 mail->subject_length, mail->subject, program->subject,
                 &subject, &subject_text);
    compile_line(compiler, mail->source, mail->preheader_offset,
                 mail->preheader_length, mail->preheader, program->preheader,
                 &preheader, &preheader_text);
    content = tree ? render_body(compiler, tree, true) : code_new();
    body = tree ? render_body(compiler, tree, false) : code_new();
    add_signatures(compiler);
    LayoutParts html = {subject, preheader, content};
    LayoutParts text = {subject_text, preheader_text, body};
    compile_layouts(compiler, &html, &text, true);
}

/* Errors after which there is still a whole mail to look at: the fault is in
 * what it says, and a slot without a fallback reads as nothing. */
static bool
is_about_words(const Diagnostic *d)
{
    static const char *const codes[] = {"E211", "E406", "E416", "E417",
                                        "E418", "E420", "E423", "E424",
                                        "E429", "E507", NULL};

    return g_strv_contains(codes, d->code);
}

/* Is an error among the problems from `first` on that leaves no program? */
static bool
is_stopped(const Diagnostics *problems, guint first, bool draft)
{
    for (guint i = first; i < diagnostics_length(problems); i++) {
        const Diagnostic *d = diagnostics_get(problems, i);
        if (d->severity == SEVERITY_ERROR && !(draft && is_about_words(d)))
            return true;
    }
    return false;
}

/* source_check() has said so of a file, at the same place. */
static bool
check_bytes(const TagText *in, Diagnostics *problems)
{
    const char *invalid;
    gsize at;

    if (g_utf8_validate_len(in->text, in->length, &invalid))
        return true;
    at = tag_place(in, (gsize)(invalid - in->text));
    if (*invalid == '\0')
        diagnostics_add(problems, "E004", in->source, at, 1,
                        "invisible control character U+0000");
    else
        diagnostics_add(problems, "E001", in->source, at, 1,
                        "this file is not UTF-8: byte 0x%02X cannot be read",
                        (guint)(guchar)*invalid);
    return false;
}

MailProgram *
mail_compile(const MailText *mail, const TemplateContext *context,
             Diagnostics *problems)
{
    guint before = diagnostics_count(problems, SEVERITY_ERROR);
    guint first = diagnostics_length(problems);
    g_autoptr(Expanded) body = expanded_new();
    g_autoptr(Tree) tree = NULL;
    MailProgram *program = NULL;
    Compiler compiler;
    TagText in = {mail->source, source_text(mail->source) + mail->body_offset,
                  source_size(mail->source) - mail->body_offset,
                  mail->body_offset, NULL};
    bool has_errors;

    if (!check_bytes(&in, problems))
        return NULL;
    compiler_init(&compiler, context, problems);
    compiler.program->why =
        g_strdup(reason_standard(compiler.program->language));
    compiler.program->reasons =
        reasons_read(&context->files, compiler.program->language);
    compiler.kind = TEXT_MARKDOWN;
    expand(&compiler, &in, body);
    tree = body->is_full ? NULL : tree_parse(body, problems);
    if (tree)
        lint_tree(&compiler, tree, mail);
    compile_parts(&compiler, mail, tree);
    if (compiler_has_enough(&compiler)) /* not all of it was looked at */
        diagnostics_add_file(problems, "E006", source_path(mail->source),
                             "this mail has more than %d problems",
                             PROBLEMS_ENOUGH);
    has_errors = diagnostics_count(problems, SEVERITY_ERROR) > before;
    lint_mail(&compiler, tree, mail, has_errors);
    g_ptr_array_add(compiler.program->images, NULL);
    if (!is_stopped(problems, first, context->draft))
        program = g_steal_pointer(&compiler.program);
    compiler_clear(&compiler);
    return program;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* layout.c - the shell around a mail: every slot gets the context it needs */
#include "layout.h"
#include "html_state.h"

#include "nurture/embedded.h"

#include <string.h>

typedef struct {
    Compiler *compiler;
    const Expanded *layout;
    const LayoutParts *parts;
    Renderer renderer; /* for block tags */
    HtmlState html;
    bool pixel_done;
} LayoutRun;

const Source *
layout_source(const TemplateContext *context, const char *path,
              const char *built_in, Source **out_owned)
{
    const Source *source = NULL;
    const Embedded *file;

    if (path && context->files.source)
        source = context->files.source(path, context->files.data);
    if (source)
        return source;
    file = embedded_find(built_in);
    g_assert(file);
    *out_owned =
        source_new(built_in, file->start, (gsize)(file->end - file->start));
    return *out_owned;
}

static void
report_place(LayoutRun *run, const Mark *mark, const char *where)
{
    diagnostic_help(diagnostics_add(run->compiler->problems, "E224",
                                    mark->source, mark->offset, mark->length,
                                    "a merge tag cannot stand here (%s)",
                                    where),
                    "allowed places: text, a quoted attribute, a link "
                    "address");
}

/* Only a whole address, or something behind one's host, may be a slot. */
static Context
address_context(LayoutRun *run, const Mark *mark, const Slot *slot)
{
    if (run->html.value_bytes == 0) {
        if (!slot->whole_url)
            diagnostic_note(diagnostics_add(run->compiler->problems, "E210",
                                            mark->source, mark->offset,
                                            mark->length,
                                            "a merge field cannot choose the "
                                            "host of a link"),
                            "put it after the first '/' or '?'");
        return CONTEXT_URL_HTML;
    }
    return CONTEXT_URL_PART;
}

/* A part of the mail, or a slot that is written for `context`. */
static void
put_slot(LayoutRun *run, const Mark *mark, Code *out, Context words,
         Context context)
{
    switch ((LayoutSlot)mark->layout) {
    case LAYOUT_SUBJECT:
        code_append(out, run->parts->subject);
        break;
    case LAYOUT_PREHEADER:
        code_append(out, run->parts->preheader);
        break;
    case LAYOUT_CONTENT:
        code_append(out, run->parts->content);
        break;
    case LAYOUT_SIGNATURE:
        code_op(out, OP_SIGNATURE, words, 0, 0, 0);
        break;
    case LAYOUT_THEME:
    default:
        code_slot(out, run->compiler->program, mark->slot, context);
        break;
    }
}

static void
html_slot(LayoutRun *run, const Mark *mark, Code *out)
{
    const MailProgram *program = run->compiler->program;
    const Slot *slot = g_ptr_array_index(program->slots, mark->slot);
    HtmlPlace place = html_state_place(&run->html);
    bool whole =
        mark->layout == LAYOUT_CONTENT || mark->layout == LAYOUT_SIGNATURE;

    if (place == PLACE_FORBIDDEN || (whole && place != PLACE_TEXT) ||
        (place == PLACE_ADDRESS && mark->layout > 0 &&
         mark->layout != LAYOUT_THEME) ||
        (place == PLACE_STYLE && mark->layout != LAYOUT_THEME)) {
        report_place(run, mark, html_state_words(&run->html));
        return;
    }
    put_slot(run, mark, out, CONTEXT_HTML,
             place == PLACE_ADDRESS ? address_context(run, mark, slot)
                                    : CONTEXT_HTML);
    run->html.value_bytes++;
}

static void
html_mark(LayoutRun *run, const Mark *mark, Code *out)
{
    if (mark->kind == MARK_SLOT)
        html_slot(run, mark, out);
    else if (html_state_place(&run->html) != PLACE_TEXT)
        report_place(run, mark, html_state_words(&run->html));
    else
        render_mark(&run->renderer, mark, CONTEXT_HTML);
}

/* The renderer's own code is not wanted: its block tags go to `out`. */
static void
run_init(LayoutRun *run, Compiler *compiler, const Expanded *layout,
         const LayoutParts *parts, bool is_html, Code *out)
{
    *run = (LayoutRun){compiler, layout, parts};
    renderer_init(&run->renderer, NULL, compiler->program, is_html, true);
    code_free(run->renderer.code);
    run->renderer.code = out;
    html_state_init(&run->html);
}

static void
run_clear(LayoutRun *run)
{
    run->renderer.code = NULL;
    renderer_clear(&run->renderer);
}

void
layout_html(Compiler *compiler, const Expanded *layout,
            const LayoutParts *parts, Code *out)
{
    const char *text = layout->text->str;
    gsize length = layout->text->len, start = 0, i = 0;
    LayoutRun run;

    run_init(&run, compiler, layout, parts, true, out);
    while (i < length) {
        int number = mark_at(text, length, i);
        bool body_ends = !run.pixel_done && text[i] == '<' &&
                         !g_ascii_strncasecmp(text + i, "</body", 6);
        if (number < 0 && !body_ends) {
            html_state_feed(&run.html, text[i++]);
            continue;
        }
        code_literal(out, text + start, (gssize)(i - start));
        start = i;
        if (body_ends) {
            code_op(out, OP_PIXEL, CONTEXT_HTML, 0, 0, 0);
            run.pixel_done = true;
            continue;
        }
        html_mark(&run, &g_array_index(layout->marks, Mark, number), out);
        i += MARK_BYTES;
        start = i;
    }
    code_literal(out, text + start, (gssize)(length - start));
    if (!run.pixel_done)
        code_op(out, OP_PIXEL, CONTEXT_HTML, 0, 0, 0);
    run_clear(&run);
}

static void
text_mark(LayoutRun *run, const Mark *mark, Code *out)
{
    const MailProgram *program = run->compiler->program;
    const Slot *slot;

    if (mark->kind != MARK_SLOT) {
        render_mark(&run->renderer, mark, CONTEXT_PLAIN);
        return;
    }
    slot = g_ptr_array_index(program->slots, mark->slot);
    put_slot(run, mark, out, CONTEXT_PLAIN,
             slot->whole_url ? CONTEXT_URL : CONTEXT_PLAIN);
}

void
layout_text(Compiler *compiler, const Expanded *layout,
            const LayoutParts *parts, Code *out)
{
    const char *text = layout->text->str;
    gsize length = layout->text->len, start = 0, i = 0;
    LayoutRun run;

    run_init(&run, compiler, layout, parts, false, out);
    while (i < length) {
        int number = mark_at(text, length, i);
        if (number < 0) {
            i++;
            continue;
        }
        code_literal(out, text + start, (gssize)(i - start));
        text_mark(&run, &g_array_index(layout->marks, Mark, number), out);
        i += MARK_BYTES;
        start = i;
    }
    code_literal(out, text + start, (gssize)(length - start));
    run_clear(&run);
}

static bool
has_slot(const Compiler *compiler, const Expanded *layout, const char *name)
{
    for (guint i = 0; i < layout->marks->len; i++) {
        const Mark *mark = &g_array_index(layout->marks, Mark, i);
        const Slot *slot;
        if (mark->kind != MARK_SLOT)
            continue;
        slot = g_ptr_array_index(compiler->program->slots, mark->slot);
        if (!g_strcmp0(slot->name, name))
            return true;
    }
    return false;
}

void
layout_check(Compiler *compiler, const Expanded *layout, const char *path)
{
    if (!has_slot(compiler, layout, "links.unsubscribe"))
        diagnostic_help(diagnostics_add_file(compiler->problems, "E501", path,
                                             "%s has no {{ links.unsubscribe "
                                             "}}",
                                             path),
                        "every mail needs a way out; the law requires it");
    if (!has_slot(compiler, layout, "legal.postal_address"))
        diagnostics_add_file(compiler->problems, "E502", path,
                             "%s has no {{ legal.postal_address }}", path);
    if (!has_slot(compiler, layout, "notice")) {
        compiler->program->lacks_notice = true;
        if (compiler->context->workspace->legal.notice_in_mail)
            diagnostic_help(diagnostics_add_file(compiler->problems, "E515",
                                                 path, "%s has no {{ notice }}",
                                                 path),
                            "legal.notice: first-mail tells sourced people "
                            "there where their data are from");
    }
}

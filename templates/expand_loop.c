/* SPDX-License-Identifier: Apache-2.0 */
/* expand_loop.c - {% for %}: as many conditions as there may be rounds */
#include "expansion.h"

#include "nurture/text.h"

#include <string.h>

#define LOOP_LIMIT 10

static void
loop_clear(Loop *loop)
{
    g_free(loop->name);
    g_free(loop->list);
}

static bool
check_loop_list(Expansion *x, Loop *loop)
{
    const FieldSet *fields = x->compiler->context->workspace->fields;
    g_autofree char *message = NULL;
    const char *near;
    gsize end = loop->list_at + strlen(loop->list);
    Diagnostic *d;

    if (!strcmp(loop->list, "roles"))
        return true;
    loop->field = field_find(fields, loop->list);
    if (!loop->field) {
        near = text_nearest(loop->list, field_names(fields));
        message = g_strdup_printf("unknown field '%s'", loop->list);
        d = expansion_report(x, "E203", loop->list_at, end, message);
        if (near)
            diagnostic_note(d, "did you mean '%s'?", near);
        diagnostic_help(d,
                        "'nurture fields' lists the fields of this workspace");
    } else if (loop->field->is_private) {
        message = g_strdup_printf(
            "'%s' is internal and is never shown to a candidate", loop->list);
        expansion_report(x, "E216", loop->list_at, end, message);
    } else if (loop->field->type != FIELD_SET) {
        message = g_strdup_printf("'%s' is not a list", loop->list);
        d = expansion_report(x, "E214", loop->list_at, end, message);
        diagnostic_help(d, "a loop goes over a field that holds several "
                           "values");
    } else {
        return true;
    }
    return false;
}

/* "for NAME in LIST limit N" */
static bool
parse_loop(Expansion *x, const Piece *piece, Loop *loop)
{
    g_autofree char *inner =
        g_strndup(x->in->text + piece->inner, piece->inner_end - piece->inner);
    g_auto(GStrv) all = g_strsplit_set(inner, " \t", -1);
    const char *words[8] = {NULL};
    guint count = 0;
    Diagnostic *d;

    for (guint i = 0; all[i] && count < 7; i++)
        if (all[i][0])
            words[count++] = all[i];
    if (count < 4 || strcmp(words[2], "in") != 0 || count > 6) {
        d = expansion_report(x, "E204", piece->inner, piece->inner_end,
                             "did not understand the rest of this tag");
        diagnostic_help(d, "the form is {%% for item in interest limit 3 %%}");
        return false;
    }
    loop->name = g_strdup(words[1]);
    loop->list = g_strdup(words[3]);
    loop->list_at = piece->inner;
    while (memcmp(x->in->text + loop->list_at, loop->list,
                  strlen(loop->list)) != 0 ||
           !g_ascii_isspace(x->in->text[loop->list_at - 1]))
        loop->list_at++;
    loop->limit = count == 6 && !strcmp(words[4], "limit")
                      ? (int)g_ascii_strtoll(words[5], NULL, 10)
                      : 0;
    if (loop->limit < 1 || loop->limit > LOOP_LIMIT) {
        d = expansion_report(x, "E221", piece->inner, piece->inner_end,
                             count == 6 ? "the limit must be 1 to 10"
                                        : "'for' needs a limit");
        diagnostic_note(d, "for example: for %s in %s limit 3", loop->name,
                        loop->list);
        return false;
    }
    return check_loop_list(x, loop);
}

/* One round for every value there may be: "if there are at least n". */
static void
expand_rounds(Expansion *x, const Loop *loop, const Branch *body,
              const Branch *empty, const Piece *close)
{
    const Piece *open = piece_at(x, body->piece);
    guint field = program_add_field(x->compiler->program, loop->field);
    guint outer = x->compiler->next_block;
    guint problems = diagnostics_length(x->compiler->problems);
    guint rounds = x->live ? (guint)loop->limit : 1;
    Mark mark = {.test_kind = TEST_LIST, .test = field};

    x->compiler->next_block += rounds;
    for (guint round = 1; round <= rounds; round++) {
        LoopVariable variable = {loop->name, loop->field, round, NULL};
        mark.kind = MARK_IF;
        mark.block = outer + round - 1;
        mark.count = round;
        emit_mark(x, open, mark);
        g_array_append_val(x->compiler->loops, variable);
        expand_branch(x, body, true);
        g_array_set_size(x->compiler->loops, x->compiler->loops->len - 1);
        mark.kind = MARK_END;
        if (round > 1)
            emit_mark(x, close, mark);
        if (diagnostics_length(x->compiler->problems) > problems)
            break; /* every round would say the same again */
    }
    mark.block = outer;
    if (empty) {
        mark.kind = MARK_ELSE;
        emit_mark(x, piece_at(x, empty->piece), mark);
        expand_branch(x, empty, true);
    }
    mark.kind = MARK_END;
    emit_mark(x, close, mark);
}

guint
expand_for(Expansion *x, guint open, guint to)
{
    g_autoptr(GArray) branches = g_array_new(FALSE, TRUE, sizeof(Branch));
    guint close = find_branches(x, open, to, "for", branches);
    const Branch *body = &g_array_index(branches, Branch, 0);
    const Branch *empty =
        branches->len > 1 ? &g_array_index(branches, Branch, 1) : NULL;
    Loop loop = {0};

    if (!parse_loop(x, piece_at(x, open), &loop) || close == to)
        ; /* reported */
    else if (!loop.field)
        expand_roles(x, &loop, body, empty, piece_at(x, close));
    else
        expand_rounds(x, &loop, body, empty, piece_at(x, close));
    loop_clear(&loop);
    return close;
}

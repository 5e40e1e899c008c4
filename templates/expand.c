/* SPDX-License-Identifier: Apache-2.0 */
/* expand.c - blocks: conditions, loops and snippets
 *
 * A condition over static names is decided here and its dead branches vanish
 * (but are checked all the same). Loops are unrolled: a loop with limit 3 is
 * three conditions "has at least 1, 2, 3 values". In Markdown a block tag
 * alone on its line becomes a paragraph of its own. */
#include "expansion.h"

#include "nurture/text.h"

#include <string.h>

#define BODY_MAX (64 * 1024)

static const char *const block_names[] = {
    "if", "elsif", "else", "endif", "for", "empty", "endfor", "include", NULL,
};

const Piece *
piece_at(const Expansion *x, guint index)
{
    return &g_array_index(x->pieces, Piece, index);
}

Diagnostic *
expansion_report(Expansion *x, const char *code, gsize from, gsize to,
                 const char *message)
{
    gsize start = tag_place(x->in, from), end = tag_place(x->in, to);

    return diagnostics_add(x->compiler->problems, code, x->in->source, start,
                           end > start ? end - start : 1, "%s", message);
}

void
expansion_full(Expansion *x, const Piece *piece, const char *message)
{
    if (x->out->is_full)
        return;
    x->out->is_full = true;
    diagnostic_help(
        expansion_report(x, "E006", piece->start, piece->end, message),
        "put the long story on your web site and link to it");
}

char *
block_keyword(const Expansion *x, const Piece *piece, gsize *out_rest)
{
    gsize i = piece->inner;

    while (i < piece->inner_end &&
           (g_ascii_isalnum(x->in->text[i]) || x->in->text[i] == '_'))
        i++;
    if (out_rest) {
        *out_rest = i;
        while (*out_rest < piece->inner_end &&
               g_ascii_isspace(x->in->text[*out_rest]))
            (*out_rest)++;
    }
    return g_strndup(x->in->text + piece->inner, i - piece->inner);
}

static bool
is_block(const Expansion *x, guint index, const char *word)
{
    const Piece *piece = piece_at(x, index);
    g_autofree char *name = NULL;

    if (piece->kind != PIECE_BLOCK)
        return false;
    name = block_keyword(x, piece, NULL);
    return !strcmp(name, word);
}

/* --- text ---------------------------------------------------------------- */

/* A byte that cannot be passed on as it is: its replacement, or NULL. */
static const char *
replacement(const Expansion *x, gsize at, gsize to, gsize *out_length)
{
    const guchar *b = (const guchar *)x->in->text + at;

    *out_length = 1;
    if (b[0] == '\r')
        return at + 1 < x->in->length && b[1] == '\n' ? "" : "\n";
    if (b[0] == '\n' && x->prefix[0])
        return "\n";
    if (b[0] == '\\' && x->compiler->kind != TEXT_MARKDOWN && at + 2 < to &&
        b[1] == '{' && b[2] && strchr("{%#", b[2]))
        return "";
    if (at + 2 < to &&
        ((b[0] == 0xee && b[1] >= 0x80) || (b[0] == 0xef && b[1] <= 0xa3))) {
        *out_length = 3; /* private use: ours only (E005 said so) */
        return "\xef\xbf\xbd";
    }
    return b[0] == '\0' ? "\xef\xbf\xbd" : NULL;
}

static void
emit_text(Expansion *x, gsize from, gsize to)
{
    gsize copied = MAX(from, x->swallowed);

    if (!x->live)
        return;
    for (gsize i = copied; i < to;) {
        gsize length;
        const char *other = replacement(x, i, to, &length);
        if (other) {
            expanded_copy(x->out, x->in, copied, i);
            expanded_insert(x->out, x->in, i, i + length, other, -1);
            if (other[0] == '\n')
                expanded_insert(x->out, x->in, i, i + 1, x->prefix, -1);
            copied = i + length;
        }
        i += length;
    }
    expanded_copy(x->out, x->in, MIN(copied, to), to);
}

bool
is_own_line(const Expansion *x, const Piece *piece, char **out_prefix)
{
    const char *text = x->in->text;
    gsize start = piece->start, end = piece->end;

    while (start > 0 && text[start - 1] != '\n') {
        if (!strchr(" \t>", text[start - 1]) || !text[start - 1])
            return false;
        start--;
    }
    while (end < x->in->length && text[end] != '\n') {
        if (!strchr(" \t\r", text[end]) || !text[end])
            return false;
        end++;
    }
    if (out_prefix)
        *out_prefix = g_strndup(text + start, piece->start - start);
    return true;
}

void
emit_mark(Expansion *x, const Piece *piece, Mark mark)
{
    g_autofree char *prefix = NULL, *line = NULL;
    bool own;

    if (!x->live)
        return;
    own = x->compiler->kind == TEXT_MARKDOWN && mark.kind != MARK_SLOT &&
          is_own_line(x, piece, &prefix);
    if (own) {
        line = g_strconcat("\n", x->prefix, prefix, NULL);
        expanded_insert(x->out, x->in, piece->start, piece->end, line, -1);
    }
    if (!expanded_mark(x->out, x->in, piece->start, piece->end, mark))
        expansion_full(x, piece, "this mail has more than 512 merge tags");
    if (own) {
        expanded_insert(x->out, x->in, piece->start, piece->end, line, -1);
        expanded_insert(x->out, x->in, piece->start, piece->end, line, -1);
    }
}

static void
expand_slot(Expansion *x, const Piece *piece)
{
    LayoutSlot layout = 0;
    Slot *slot = slot_parse(x->compiler, x->in, piece, &layout);
    Mark mark = {.kind = MARK_SLOT};

    if (!x->live) {
        slot_free(slot);
        return;
    }
    if (!slot) { /* keeps the shape of the text for the checks to come */
        slot = g_new0(Slot, 1);
        slot->terms = g_ptr_array_new_with_free_func((GDestroyNotify)term_free);
    }
    g_ptr_array_add(x->compiler->program->slots, slot);
    mark.slot = x->compiler->program->slots->len - 1;
    mark.layout = layout;
    emit_mark(x, piece, mark);
}

/* --- conditions ---------------------------------------------------------- */

/* What must have a value wherever `e` is true. */
static void
collect_guards(const Expression *e, GPtrArray *guards)
{
    switch (e->kind) {
    case EXPR_AND:
        for (guint i = 0; i < e->children->len; i++)
            collect_guards(g_ptr_array_index(e->children, i), guards);
        break;
    case EXPR_MISSING:
        if (e->flag)
            g_ptr_array_add(guards, (gpointer)e->field);
        break;
    case EXPR_COMPARE:
        if (e->op != OP_NE)
            g_ptr_array_add(guards, (gpointer)e->field);
        break;
    case EXPR_IN:
        if (!e->flag)
            g_ptr_array_add(guards, (gpointer)e->field);
        break;
    case EXPR_BETWEEN:
    case EXPR_CONTAINS:
    case EXPR_STARTS:
    case EXPR_ENDS:
    case EXPR_HAS_ANY:
    case EXPR_HAS_ALL:
    case EXPR_WITHIN:
    case EXPR_OLDER:
    case EXPR_SINCE:
    case EXPR_BEFORE:
        g_ptr_array_add(guards, (gpointer)e->field);
        break;
    case EXPR_OR:
    case EXPR_NOT:
    case EXPR_EVERYONE:
    case EXPR_CONSTANT:
    case EXPR_HAS_NONE:
    case EXPR_YES:
    case EXPR_SEGMENT:
    case EXPR_ACTIVITY:
    case EXPR_STATIC:
    default:
        break;
    }
}

static Expression *
parse_condition(Expansion *x, const Piece *piece)
{
    gsize rest, start, end;

    g_free(block_keyword(x, piece, &rest));
    start = tag_place(x->in, rest);
    end = tag_place(x->in, piece->inner_end);
    return expression_parse(&x->compiler->scope, x->in->source, start,
                            end > start ? end - start : 0,
                            x->compiler->problems);
}

static void
branch_clear(gpointer data)
{
    Branch *branch = data;

    expression_free(branch->full);
    expression_free(branch->live);
}

static void
decide_branch(Expansion *x, Branch *branch)
{
    if (branch->is_else) {
        branch->is_decided = branch->value = true;
        return;
    }
    branch->full = parse_condition(x, piece_at(x, branch->piece));
    if (!branch->full)
        return;
    branch->live = expression_reduce(
        branch->full, (const StaticValue *)x->compiler->statics->data);
    branch->is_decided = expression_is_constant(branch->live, &branch->value);
}

/* E207 is said of a block that may be the end of this one, misspelt. */
static bool
has_unknown_block(const Expansion *x, guint from, guint to)
{
    for (guint i = from; i < to; i++) {
        const Piece *piece = piece_at(x, i);
        g_autofree char *word =
            piece->kind == PIECE_BLOCK ? block_keyword(x, piece, NULL) : NULL;
        if (word && !g_strv_contains(block_names, word))
            return true;
    }
    return false;
}

guint
find_branches(Expansion *x, guint open, guint to, const char *word,
              GArray *branches)
{
    g_autofree char *closing = g_strconcat("end", word, NULL);
    bool is_if = !strcmp(word, "if");
    guint depth = 0, i;
    Branch branch = {.piece = open, .from = open + 1};

    for (i = open + 1; i < to; i++) {
        if (piece_at(x, i)->kind != PIECE_BLOCK)
            continue;
        if (is_block(x, i, word))
            depth++;
        else if (is_block(x, i, closing) && depth-- == 0)
            break;
        else if (depth == 0 &&
                 (is_if ? is_block(x, i, "elsif") || is_block(x, i, "else")
                        : is_block(x, i, "empty"))) {
            branch.to = i;
            g_array_append_val(branches, branch);
            branch = (Branch){.piece = i, .from = i + 1};
            branch.is_else = !is_block(x, i, "elsif");
        }
    }
    branch.to = i;
    g_array_append_val(branches, branch);
    if (i == to && !has_unknown_block(x, open, to)) {
        const Piece *piece = piece_at(x, open);
        g_autofree char *message = g_strdup_printf(
            "this '{%% %s %%}' has no '{%% %s %%}'", word, closing);
        expansion_report(x, "E209", piece->start, piece->start + 2, message);
    }
    return i;
}

void
expand_branch(Expansion *x, const Branch *branch, bool live)
{
    bool outer = x->live;
    guint guards = x->compiler->guards->len;

    if (branch->full)
        collect_guards(branch->full, x->compiler->guards);
    x->live = outer && live;
    expand_range(x, branch->from, branch->to);
    x->live = outer;
    g_ptr_array_set_size(x->compiler->guards, (gint)guards);
}

/* In what follows `{% if x is missing %}` and its kind, x is there. */
static void
guard_rest(Expansion *x, const Branch *branch)
{
    if (branch->full && branch->full->kind == EXPR_MISSING &&
        !branch->full->flag)
        g_ptr_array_add(x->compiler->guards, (gpointer)branch->full->field);
}

static void
emit_test(Expansion *x, Branch *branch, guint block, bool first)
{
    Mark mark = {.kind = first ? MARK_IF : MARK_ELSIF, .block = block};

    if (x->live)
        mark.test = program_add_condition(x->compiler->program,
                                          g_steal_pointer(&branch->live));
    emit_mark(x, piece_at(x, branch->piece), mark);
}

static guint
expand_if(Expansion *x, guint open, guint to)
{
    g_autoptr(GArray) branches = g_array_new(FALSE, TRUE, sizeof(Branch));
    guint close = find_branches(x, open, to, "if", branches);
    guint block = x->compiler->next_block++;
    guint guards = x->compiler->guards->len;
    bool open_yet = false, over = false;

    g_array_set_clear_func(branches, branch_clear);
    for (guint i = 0; i < branches->len; i++) {
        Branch *branch = &g_array_index(branches, Branch, i);
        bool unclear;
        decide_branch(x, branch);
        unclear = !branch->is_else && !branch->full;
        if (unclear || close == to) {
            expand_branch(x, branch, true); /* in error: check what is in it */
        } else if (over || (branch->is_decided && !branch->value)) {
            expand_branch(x, branch, false);
        } else {
            Mark mark = {.kind = MARK_ELSE, .block = block};
            over = branch->is_decided;
            if (!over)
                emit_test(x, branch, block, !open_yet);
            else if (open_yet)
                emit_mark(x, piece_at(x, branch->piece), mark);
            open_yet |= !over;
            expand_branch(x, branch, true);
        }
        guard_rest(x, branch);
    }
    g_ptr_array_set_size(x->compiler->guards, (gint)guards);
    if (open_yet && close < to) {
        Mark mark = {.kind = MARK_END, .block = block};
        emit_mark(x, piece_at(x, close), mark);
    }
    return close;
}

/* --- all of it ----------------------------------------------------------- */

static void
report_stray(Expansion *x, const Piece *piece, const char *word)
{
    g_autofree char *message = NULL;
    bool known = g_strv_contains(block_names, word);

    if (known && x->is_torn)
        return; /* it may close what E201 was said of */
    if (known) {
        message = g_strdup_printf(
            "'{%% %s %%}' without '{%% %s %%}'", word,
            !strcmp(word, "empty") || !strcmp(word, "endfor") ? "for" : "if");
        expansion_report(x, "E208", piece->start, piece->end, message);
    } else {
        const char *near =
            !strcmp(word, "end") ? "endif" : text_nearest(word, block_names);
        Diagnostic *d;
        message = g_strdup_printf("unknown block '%s'", word);
        d = expansion_report(x, "E207", piece->inner,
                             piece->inner + MAX(strlen(word), 1), message);
        if (near) {
            diagnostic_note(d, "did you mean '%s'?", near);
            diagnostic_fix(d, d->offset, strlen(word), near);
        }
        diagnostic_help(d, "blocks: if, elsif, else, endif, for, empty, "
                           "endfor, include");
    }
}

/* Returns the last piece it used up. */
static guint
expand_block(Expansion *x, guint index, guint to)
{
    const Piece *piece = piece_at(x, index);
    g_autofree char *word = block_keyword(x, piece, NULL);
    guint last = index;

    if (strcmp(word, "if") != 0 && strcmp(word, "for") != 0 &&
        strcmp(word, "include") != 0) {
        report_stray(x, piece, word);
        return last;
    }
    if (x->compiler->depth >= BLOCK_DEPTH_MAX && word[1] != 'n') {
        diagnostic_help(expansion_report(x, "E220", piece->start, piece->end,
                                         "blocks are nested more than 8 deep"),
                        "split the mail into variants or segments");
        return to > 0 ? to - 1 : index;
    }
    x->compiler->depth++;
    if (!strcmp(word, "if"))
        last = expand_if(x, index, to);
    else if (!strcmp(word, "for"))
        last = expand_for(x, index, to);
    else
        expand_include(x, piece);
    x->compiler->depth--;
    return last;
}

/* A comment alone on its line goes with its line. */
static void
swallow_comment(Expansion *x, const Piece *piece)
{
    gsize end = piece->end;

    if (!is_own_line(x, piece, NULL))
        return;
    while (end < x->in->length && x->in->text[end] != '\n')
        end++;
    x->swallowed = MIN(end + 1, x->in->length);
}

void
expand_range(Expansion *x, guint from, guint to)
{
    for (guint i = from; i < to && !x->out->is_full; i++) {
        if (compiler_has_enough(x->compiler))
            x->out->is_full = true;
        const Piece *piece = piece_at(x, i);
        switch (piece->kind) {
        case PIECE_TEXT:
            emit_text(x, piece->start, piece->end);
            break;
        case PIECE_SLOT:
            expand_slot(x, piece);
            break;
        case PIECE_BLOCK:
            i = expand_block(x, i, to);
            break;
        case PIECE_COMMENT:
            swallow_comment(x, piece);
            break;
        }
        if (x->out->text->len > BODY_MAX)
            expansion_full(x, piece, "the text is longer than 64 KB here");
    }
}

void
expand(Compiler *compiler, const TagText *in, Expanded *out)
{
    guint before = diagnostics_count(compiler->problems, SEVERITY_ERROR);
    g_autoptr(GArray) pieces =
        tag_scan(in, field_names(compiler->context->workspace->fields),
                 compiler->problems);
    bool is_torn =
        diagnostics_count(compiler->problems, SEVERITY_ERROR) > before;
    Expansion x = {compiler, in, pieces, out, true, "", 0, is_torn};

    expand_range(&x, 0, pieces->len);
}

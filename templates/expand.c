/* SPDX-License-Identifier: Apache-2.0 */
/* expand.c - blocks: conditions, loops and snippets
 *
 * A condition over static names is decided here and its dead branches vanish
 * (but are checked all the same). Loops are unrolled: a loop with limit 3 is
 * three conditions "has at least 1, 2, 3 values". In Markdown a block tag
 * alone on its line becomes a paragraph of its own. */
#include "expanded.h"

#include "nurture/text.h"
#include "nurture/yaml.h"

#include <string.h>

#define DEPTH_MAX    8
#define BODY_MAX     (64 * 1024)
#define LOOP_LIMIT   10
#define INCLUDES_MAX 200

typedef struct {
    Compiler *compiler;
    const TagText *in;
    GArray *pieces;
    Expanded *out;
    bool live;
    const char *prefix; /* of every line: quotes and indents around a snippet */
    gsize swallowed;    /* text before this offset is left out */
} Expansion;

static void expand_range(Expansion *x, guint from, guint to);

static const char *const block_names[] = {
    "if", "elsif", "else", "endif", "for", "empty", "endfor", "include", NULL,
};

static const Piece *
piece_at(const Expansion *x, guint index)
{
    return &g_array_index(x->pieces, Piece, index);
}

static Diagnostic *
report(Expansion *x, const char *code, gsize from, gsize to,
       const char *message)
{
    gsize start = tag_place(x->in, from), end = tag_place(x->in, to);

    return diagnostics_add(x->compiler->problems, code, x->in->source, start,
                           end > start ? end - start : 1, "%s", message);
}

static void
report_full(Expansion *x, const Piece *piece, const char *message)
{
    if (x->out->is_full)
        return;
    x->out->is_full = true;
    report(x, "E006", piece->start, piece->end, message);
}

/* The first word of a block tag, and where what follows it starts. */
static char *
keyword(const Expansion *x, const Piece *piece, gsize *out_rest)
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
    name = keyword(x, piece, NULL);
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

/* Is the tag alone on its line but for quote marks and indent? Then
 * out_prefix is what stands before it. */
static bool
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

static void
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
        report_full(x, piece, "this mail has more than 512 merge tags");
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

    g_free(keyword(x, piece, &rest));
    start = tag_place(x->in, rest);
    end = tag_place(x->in, piece->inner_end);
    return expression_parse(&x->compiler->scope, x->in->source, start,
                            end > start ? end - start : 0,
                            x->compiler->problems);
}

typedef struct {
    guint piece;    /* the tag that opens it */
    guint from, to; /* the pieces inside */
    bool is_else;
    Expression *full; /* as written; NULL: else, or not understood */
    Expression *live; /* what is left of it */
    bool is_decided, value;
} Branch;

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

/* Finds the end of the block that opens at `open`, and its branches. Returns
 * the closing piece, or `to` when there is none (E209). */
static guint
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
    if (i == to) {
        const Piece *piece = piece_at(x, open);
        g_autofree char *message = g_strdup_printf(
            "this '{%% %s %%}' has no '{%% %s %%}'", word, closing);
        report(x, "E209", piece->start, piece->start + 2, message);
    }
    return i;
}

static void
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

/* --- loops --------------------------------------------------------------- */

typedef struct {
    char *name, *list;
    gsize list_at;
    int limit;
    const Field *field;
} Loop;

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

    loop->field = field_find(fields, loop->list);
    if (!loop->field) {
        near = text_nearest(loop->list, field_names(fields));
        message = g_strdup_printf("unknown field '%s'", loop->list);
        d = report(x, "E203", loop->list_at, end, message);
        if (near)
            diagnostic_note(d, "did you mean '%s'?", near);
        diagnostic_help(d,
                        "'nurture fields' lists the fields of this workspace");
    } else if (loop->field->is_private) {
        message = g_strdup_printf(
            "'%s' is internal and is never shown to a candidate", loop->list);
        report(x, "E216", loop->list_at, end, message);
    } else if (loop->field->type != FIELD_SET) {
        message = g_strdup_printf("'%s' is not a list", loop->list);
        d = report(x, "E214", loop->list_at, end, message);
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
        d = report(x, "E204", piece->inner, piece->inner_end,
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
        d = report(x, "E221", piece->inner, piece->inner_end,
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
    Mark mark = {.is_list = true, .test = field};

    x->compiler->next_block += rounds;
    for (guint round = 1; round <= rounds; round++) {
        LoopVariable variable = {loop->name, loop->field, round};
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

static guint
expand_for(Expansion *x, guint open, guint to)
{
    g_autoptr(GArray) branches = g_array_new(FALSE, TRUE, sizeof(Branch));
    guint close = find_branches(x, open, to, "for", branches);
    const Branch *body = &g_array_index(branches, Branch, 0);
    const Branch *empty =
        branches->len > 1 ? &g_array_index(branches, Branch, 1) : NULL;
    Loop loop = {0};

    if (parse_loop(x, piece_at(x, open), &loop) && close < to)
        expand_rounds(x, &loop, body, empty, piece_at(x, close));
    loop_clear(&loop);
    return close;
}

/* --- snippets ------------------------------------------------------------ */

static void
report_missing_snippet(Expansion *x, const Piece *piece, gsize rest,
                       const char *name)
{
    const TemplateFiles *files = &x->compiler->context->files;
    const char *const *list =
        files->list ? files->list("templates/snippets", files->data) : NULL;
    g_autoptr(GPtrArray) stems = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *message =
        g_strdup_printf("there is no snippet '%s'", name);
    const char *near;
    Diagnostic *d = report(x, "E218", rest, piece->inner_end, message);

    for (; list && *list; list++) {
        char *stem = g_strdup(*list);
        if (g_str_has_suffix(stem, ".md"))
            stem[strlen(stem) - 3] = '\0';
        g_ptr_array_add(stems, stem);
    }
    g_ptr_array_add(stems, NULL);
    near = text_nearest(name, (const char *const *)stems->pdata);
    if (near)
        diagnostic_note(d, "did you mean '%s'?", near);
    diagnostic_help(d, "snippets live in templates/snippets/");
}

/* The file a snippet's name means: false when it is in error. */
static bool
snippet_is_open(Expansion *x, const Piece *piece, const char *path)
{
    GPtrArray *open = x->compiler->snippets;
    g_autoptr(GString) circle = g_string_new(NULL);

    for (guint i = 0; i < open->len; i++) {
        const char *other = g_ptr_array_index(open, i);
        if (strcmp(other, path) != 0 && circle->len == 0)
            continue;
        g_string_append_printf(circle, "%s > ", other);
    }
    if (circle->len > 0) {
        g_autofree char *message = g_strdup_printf(
            "snippets include each other in a circle: %s%s", circle->str, path);
        report(x, "E219", piece->start, piece->end, message);
        return true;
    }
    if (++x->compiler->includes > INCLUDES_MAX) {
        report_full(x, piece, "this mail includes more than 200 snippets");
        return true;
    }
    if (open->len >= DEPTH_MAX) {
        report(x, "E220", piece->start, piece->end,
               "snippets are nested more than 8 deep");
        return true;
    }
    return false;
}

static void
expand_source(Expansion *x, const Piece *piece, const char *name,
              const Source *source, gsize start)
{
    g_autofree char *own = NULL, *prefix = NULL;
    TagText in = {source, source_text(source) + start,
                  source_size(source) - start, start, NULL};
    Expansion inner = {x->compiler, &in, NULL, x->out, x->live, "", 0};

    if (!g_utf8_validate_len(in.text, in.length, NULL))
        return;
    while (in.length > 0 && g_ascii_isspace(in.text[in.length - 1]))
        in.length--;
    if (!is_own_line(x, piece, &own))
        own = g_strdup("");
    prefix = g_strconcat(x->prefix, own, NULL);
    inner.prefix = prefix;
    inner.pieces =
        tag_scan(&in, field_names(x->compiler->context->workspace->fields),
                 x->compiler->problems);
    g_ptr_array_add(x->compiler->snippets, (gpointer)name);
    expand_range(&inner, 0, inner.pieces->len);
    g_ptr_array_set_size(x->compiler->snippets,
                         (gint)x->compiler->snippets->len - 1);
    g_array_unref(inner.pieces);
}

/* {% include role %}: the text of the role's own file. */
static void
expand_role(Expansion *x, const Piece *piece)
{
    const TemplateFiles *files = &x->compiler->context->files;
    const char *role = static_value(x->compiler->context, "role");
    g_autofree char *path = NULL;
    g_autoptr(Diagnostics) ignored = diagnostics_new();
    const Source *source;
    gsize start, end, body;

    if (!x->compiler->context->scope.needs_role) {
        report(x, "E223", piece->inner, piece->inner_end,
               "'role' is only known in a campaign with 'needs: role'");
        return;
    }
    if (!role || !files->source)
        return;
    path = g_strdup_printf("roles/%s.md", role);
    source = files->source(path, files->data);
    if (source && front_matter_split(source, &start, &end, &body, ignored))
        expand_source(x, piece, "role", source, body);
}

static void
expand_include(Expansion *x, const Piece *piece)
{
    const TemplateFiles *files = &x->compiler->context->files;
    g_autofree char *name = NULL, *path = NULL;
    const Source *source = NULL;
    gsize rest, end = piece->inner_end;

    g_free(keyword(x, piece, &rest));
    name = g_strndup(x->in->text + rest, end - rest);
    if (!strcmp(name, "role")) {
        expand_role(x, piece);
        return;
    }
    if (strlen(name) < 3 || name[0] != '"' || name[strlen(name) - 1] != '"' ||
        strchr(name, '/') || strstr(name, "..")) {
        diagnostic_help(report(x, "E204", rest, MAX(end, rest + 1),
                               "did not understand the rest of this tag"),
                        "the form is {%% include \"snippet\" %%}");
        return;
    }
    name[strlen(name) - 1] = '\0';
    path = g_strdup_printf("templates/snippets/%s.md", name + 1);
    if (files->source)
        source = files->source(path, files->data);
    if (!source)
        report_missing_snippet(x, piece, rest, name + 1);
    else if (!snippet_is_open(x, piece, name + 1))
        expand_source(x, piece, name + 1, source, 0);
}

/* --- all of it ----------------------------------------------------------- */

static void
report_stray(Expansion *x, const Piece *piece, const char *word)
{
    g_autofree char *message = NULL;
    bool known = g_strv_contains(block_names, word);

    if (known) {
        message = g_strdup_printf(
            "'{%% %s %%}' without '{%% %s %%}'", word,
            !strcmp(word, "empty") || !strcmp(word, "endfor") ? "for" : "if");
        report(x, "E208", piece->start, piece->end, message);
    } else {
        const char *near =
            !strcmp(word, "end") ? "endif" : text_nearest(word, block_names);
        Diagnostic *d;
        message = g_strdup_printf("unknown block '%s'", word);
        d = report(x, "E207", piece->inner, piece->inner + MAX(strlen(word), 1),
                   message);
        if (near)
            diagnostic_note(d, "did you mean '%s'?", near);
        diagnostic_help(d, "blocks: if, elsif, else, endif, for, empty, "
                           "endfor, include");
    }
}

/* Returns the last piece it used up. */
static guint
expand_block(Expansion *x, guint index, guint to)
{
    const Piece *piece = piece_at(x, index);
    g_autofree char *word = keyword(x, piece, NULL);
    guint last = index;

    if (strcmp(word, "if") != 0 && strcmp(word, "for") != 0 &&
        strcmp(word, "include") != 0) {
        report_stray(x, piece, word);
        return last;
    }
    if (x->compiler->depth >= DEPTH_MAX && word[1] != 'n') {
        diagnostic_help(report(x, "E220", piece->start, piece->end,
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

static void
expand_range(Expansion *x, guint from, guint to)
{
    for (guint i = from; i < to && !x->out->is_full; i++) {
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
            report_full(x, piece,
                        "this mail is longer than 64 KB; the limit is 64 KB");
    }
}

void
expand(Compiler *compiler, const TagText *in, Expanded *out)
{
    g_autoptr(GArray) pieces =
        tag_scan(in, field_names(compiler->context->workspace->fields),
                 compiler->problems);
    Expansion x = {compiler, in, pieces, out, true, "", 0};

    expand_range(&x, 0, pieces->len);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* expand_roles.c - {% for role in roles limit 3 %}
 *
 * All roles are known when a mail is compiled; which of them a person reads is
 * not. Each role is a round with three conditions: it shares an interest with
 * the person, fewer than the limit have been printed, and it is open today. */
#include "expansion.h"
#include "names.h"

#include "nurture/yaml.h"

#include <string.h>

/* "interest has any [..]" of the role; NULL when it names no interest. */
static Expression *
role_condition(Expansion *x, const YamlNode *role)
{
    g_autofree char *interests = role_text(yaml_get(role, "interests"));
    g_auto(GStrv) words = NULL;
    g_autofree char *list = NULL, *text = NULL;
    g_autoptr(Diagnostics) ignored = diagnostics_new();
    g_autoptr(Source) source = NULL;

    if (!interests || !interests[0] || strpbrk(interests, "\"\n"))
        return NULL;
    words = g_strsplit(interests, "\x1f", -1);
    list = g_strjoinv("\", \"", words);
    text = g_strdup_printf("interest has any [\"%s\"]", list);
    source = source_new("role", text, strlen(text));
    return expression_parse(&x->compiler->scope, source, 0, strlen(text),
                            ignored);
}

static int64_t
role_time(const Expansion *x, const YamlNode *role, const char *key,
          int64_t standard)
{
    g_autofree char *text = role_text(yaml_get(role, key));
    int64_t at = standard;

    if (text && !date_parse(text, x->compiler->zone, &at, NULL))
        at = standard;
    return at;
}

/* Open from the day it opens to the end of the day it closes. */
static guint
role_period(Expansion *x, const YamlNode *role)
{
    GArray *periods = x->compiler->program->periods;
    int64_t closes = role_time(x, role, "closes", INT64_MAX);
    Period period = {role_time(x, role, "opens", INT64_MIN), closes};

    if (closes < INT64_MAX)
        period.to = closes + INT64_C(24) * 60 * 60 * 1000;
    g_array_append_val(periods, period);
    return periods->len - 1;
}

static void
expand_role_round(Expansion *x, const Loop *loop, const Branch *body,
                  const Piece *close, const YamlNode *role, guint counter)
{
    const Piece *open = piece_at(x, body->piece);
    Expression *condition = role_condition(x, role);
    guint block = x->compiler->next_block;
    LoopVariable variable = {loop->name, NULL, 0, role};
    Mark mark = {.kind = MARK_IF, .block = block};

    if (!condition || !x->live) {
        expression_free(condition);
        return;
    }
    x->compiler->next_block += 3;
    mark.test = program_add_condition(x->compiler->program, condition);
    emit_mark(x, open, mark);
    mark.block = block + 1;
    mark.test_kind = TEST_BELOW;
    mark.test = counter;
    mark.count = (guint)loop->limit;
    emit_mark(x, open, mark);
    mark.block = block + 2;
    mark.test_kind = TEST_PERIOD;
    mark.test = role_period(x, role);
    emit_mark(x, open, mark);
    mark.kind = MARK_COUNT;
    mark.test = counter;
    emit_mark(x, open, mark);
    g_array_append_val(x->compiler->loops, variable);
    expand_branch(x, body, true);
    g_array_set_size(x->compiler->loops, x->compiler->loops->len - 1);
    mark.kind = MARK_END;
    for (guint i = 3; i-- > 0;) {
        mark.block = block + i;
        emit_mark(x, close, mark);
    }
}

/* The settings of one role's file, or NULL. */
static YamlNode *
read_role(Expansion *x, const char *name)
{
    const TemplateFiles *files = &x->compiler->context->files;
    g_autofree char *path = g_strdup_printf("roles/%s", name);
    g_autoptr(Diagnostics) ignored = diagnostics_new();
    const Source *source = files->source(path, files->data);
    gsize start, end, body;

    if (!source || !front_matter_split(source, &start, &end, &body, ignored))
        return NULL;
    return yaml_read(source, start, end, NULL, ignored);
}

/* The body once for its own sake, where there is no role to show it with. */
static void
check_body(Expansion *x, const Loop *loop, const Branch *body)
{
    static const YamlNode none = {.kind = YAML_MAP};
    LoopVariable variable = {loop->name, NULL, 0, &none};

    g_array_append_val(x->compiler->loops, variable);
    expand_branch(x, body, false);
    g_array_set_size(x->compiler->loops, x->compiler->loops->len - 1);
}

void
expand_roles(Expansion *x, const Loop *loop, const Branch *body,
             const Branch *empty, const Piece *close)
{
    const TemplateFiles *files = &x->compiler->context->files;
    const char *const *listed =
        files->list ? files->list("roles", files->data) : NULL;
    guint problems = diagnostics_length(x->compiler->problems);
    guint counter = --x->compiler->next_register;
    Mark mark = {.kind = MARK_IF, .test_kind = TEST_BELOW, .count = 1};

    check_body(x, loop, body);
    if (diagnostics_length(x->compiler->problems) > problems ||
        counter < REGISTERS / 2)
        return;
    g_auto(GStrv) names = g_strdupv((char **)listed);
    for (char **name = names; name && *name; name++) {
        g_autoptr(YamlNode) role =
            g_str_has_suffix(*name, ".md") ? read_role(x, *name) : NULL;
        if (role)
            expand_role_round(x, loop, body, close, role, counter);
    }
    if (!empty)
        return;
    mark.block = x->compiler->next_block++;
    mark.test = counter;
    emit_mark(x, piece_at(x, empty->piece), mark);
    expand_branch(x, empty, true);
    mark.kind = MARK_END;
    emit_mark(x, close, mark);
}

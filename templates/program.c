/* SPDX-License-Identifier: Apache-2.0 */
/* program.c - a compiled mail and what it needs to know */
#include "program.h"

#include <string.h>

static void
link_free(gpointer data)
{
    Link *link = data;

    g_free(link->url);
    g_free(link->key);
    code_free(link->code);
    g_free(link);
}

static void
signature_free(gpointer data)
{
    Signature *signature = data;

    g_string_free(signature->html, TRUE);
    g_string_free(signature->text, TRUE);
    g_free(signature);
}

MailProgram *
mail_program_new(void)
{
    MailProgram *program = g_new0(MailProgram, 1);

    program->subject = code_new();
    program->preheader = code_new();
    program->html = code_new();
    program->text = code_new();
    program->slots = g_ptr_array_new_with_free_func((GDestroyNotify)slot_free);
    program->fields = g_ptr_array_new();
    program->conditions =
        g_ptr_array_new_with_free_func((GDestroyNotify)expression_free);
    program->periods = g_array_new(FALSE, FALSE, sizeof(Period));
    program->links = g_ptr_array_new_with_free_func(link_free);
    program->images = g_ptr_array_new_with_free_func(g_free);
    program->signatures = g_ptr_array_new_with_free_func(signature_free);
    return program;
}

void
mail_program_free(MailProgram *program)
{
    if (!program)
        return;
    code_free(program->subject);
    code_free(program->preheader);
    code_free(program->html);
    code_free(program->text);
    g_ptr_array_unref(program->slots);
    g_ptr_array_unref(program->fields);
    g_ptr_array_unref(program->conditions);
    g_ptr_array_unref(program->links);
    g_array_unref(program->periods);
    g_ptr_array_unref(program->images);
    g_ptr_array_unref(program->signatures);
    g_free(program->language);
    g_free(program->why);
    g_clear_pointer(&program->reasons, g_hash_table_unref);
    g_free(program);
}

guint
program_add_field(MailProgram *program, const Field *field)
{
    guint index;

    if (g_ptr_array_find(program->fields, field, &index))
        return index;
    g_ptr_array_add(program->fields, (gpointer)field);
    return program->fields->len - 1;
}

/* Takes `condition`; the same one twice is asked once. */
guint
program_add_condition(MailProgram *program, Expression *condition)
{
    g_autofree char *text = expression_format(condition);

    for (guint i = 0; i < program->conditions->len; i++) {
        g_autofree char *other =
            expression_format(g_ptr_array_index(program->conditions, i));
        if (!strcmp(text, other)) {
            expression_free(condition);
            return i;
        }
    }
    g_ptr_array_add(program->conditions, condition);
    return program->conditions->len - 1;
}

guint
mail_program_fields(const MailProgram *program)
{
    return program->fields->len;
}

const Field *
mail_program_field(const MailProgram *program, guint index)
{
    return g_ptr_array_index(program->fields, index);
}

guint
mail_program_conditions(const MailProgram *program)
{
    return program->conditions->len;
}

const Expression *
mail_program_condition(const MailProgram *program, guint index)
{
    return g_ptr_array_index(program->conditions, index);
}

guint
mail_program_links(const MailProgram *program)
{
    return program->links->len;
}

const char *
mail_program_link(const MailProgram *program, guint index)
{
    const Link *link = g_ptr_array_index(program->links, index);

    return link->url;
}

const char *const *
mail_program_images(const MailProgram *program)
{
    return (const char *const *)program->images->pdata;
}

bool
mail_program_has_notice(const MailProgram *program)
{
    return !program->lacks_notice;
}

bool
mail_program_knows_reason(const MailProgram *program, const char *why)
{
    return program->reasons && g_hash_table_contains(program->reasons, why);
}

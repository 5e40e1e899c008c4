/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_fields.c - the vocabulary of conditions and merge tags */
#include "cli.h"

#include "nurture/json.h"

#include <stdio.h>

static const char help[] =
    "Lists what is known about a candidate: the built-in fields and those of\n"
    "fields.yaml. Private fields may be tested but never stand in a mail.";

static void
print_json(const Field *field)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1,\"name\":");

    json_append_string(out, field->name);
    g_string_append_printf(out,
                           ",\"type\":\"%s\",\"built_in\":%s,\"required\":%s,"
                           "\"private\":%s,\"ordered\":%s,\"values\":",
                           field_type_name(field->type),
                           field->built_in ? "true" : "false",
                           field->required ? "true" : "false",
                           field->is_private ? "true" : "false",
                           field->ordered ? "true" : "false");
    g_string_append(out, field->values ? "[" : "null");
    for (int i = 0; field->values && field->values[i]; i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        json_append_string(out, field->values[i]);
    }
    g_string_append(out, field->values ? "]}" : "}");
    puts(out->str);
}

static void
print_line(const Field *field)
{
    g_autofree char *values =
        field->values ? g_strjoinv(field->ordered ? " < " : ", ", field->values)
                      : NULL;

    printf("%-16s %-8s %s%s%s\n", field->name, field_type_name(field->type),
           field->required ? "required  " : "",
           field->is_private ? "private  " : "", values ? values : "");
}

int
cmd_fields(int argc, char **argv, CliContext *cli)
{
    int status =
        cli_options(NULL, "- the fields of candidates", help, &argc, &argv);

    if (status >= 0)
        return status;
    for (guint i = 0; i < field_set_size(cli->workspace->fields); i++) {
        const Field *field = field_set_get(cli->workspace->fields, i);
        if (cli->json)
            print_json(field);
        else
            print_line(field);
    }
    return 0;
}

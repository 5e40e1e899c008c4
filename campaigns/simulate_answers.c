/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_answers.c - reading the file of simulate --answers */
#include "simulate-answers.h"

#include "rows.h"

#include "nurture/address.h"
#include "nurture/error.h"

#include <errno.h>
#include <string.h>

static int
column_of(const RowReader *reader, const char *name)
{
    const GPtrArray *columns = row_columns(reader);

    for (guint i = 0; i < columns->len; i++)
        if (g_ascii_strcasecmp(((GString *)columns->pdata[i])->str, name) == 0)
            return (int)i;
    return -1;
}

static const char *
cell(const Row *row, int column)
{
    if (column < 0 || (guint)column >= row->cells->len)
        return "";
    return ((GString *)row->cells->pdata[column])->str;
}

static AnswerKind
kind_of(const char *word)
{
    if (strcmp(word, "replied") == 0)
        return ANSWER_REPLIED;
    return strcmp(word, "bounced") == 0 ? ANSWER_BOUNCED : ANSWER_NONE;
}

static char *
key_of(const char *email_key, const char *mail)
{
    return g_strdup_printf("%s\t%s", email_key, mail);
}

static bool
read_row(GHashTable *answers, const char *path, const RowReader *reader,
         const Row *row, GError **error)
{
    AnswerKind kind = kind_of(cell(row, column_of(reader, "what")));
    g_autofree char *email =
        row->fault
            ? NULL
            : address_normalise(cell(row, column_of(reader, "email")), NULL);
    g_autofree char *key = email ? address_key(email) : NULL;

    if (key && kind != ANSWER_NONE) {
        g_hash_table_insert(answers,
                            key_of(key, cell(row, column_of(reader, "mail"))),
                            GINT_TO_POINTER(kind));
        return true;
    }
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                "%s:%" G_GINT64_FORMAT ": %s", path, row->line,
                row->fault ? row->fault
                : key      ? "'what' is replied or bounced"
                           : "'email' is not an address");
    return false;
}

GHashTable *
simulate_answers_read(const char *path, GError **error)
{
    g_autoptr(GHashTable) answers =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(RowReader) reader = NULL;
    g_autoptr(GError) why = NULL;
    FILE *file = fopen(path, "re");
    const Row *row;
    bool good;

    if (!file) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: %s", path,
                    g_strerror(errno));
        return NULL;
    }
    reader = csv_reader_new(file, path, error);
    good = reader != NULL;
    while (good && (row = row_next(reader, &why)))
        good = read_row(answers, path, reader, row, error);
    fclose(file);
    if (!why)
        return good ? g_steal_pointer(&answers) : NULL;
    g_propagate_error(error, g_steal_pointer(&why));
    return NULL;
}

AnswerKind
simulate_answer(GHashTable *answers, const char *email_key, const char *mail)
{
    g_autofree char *exact = key_of(email_key, mail);
    g_autofree char *any = key_of(email_key, "");
    gpointer kind = g_hash_table_lookup(answers, exact);

    return (AnswerKind)GPOINTER_TO_INT(
        kind ? kind : g_hash_table_lookup(answers, any));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* costs.c - bringing in what sources of people cost */
#include "nurture/costs.h"

#include "nurture/audit.h"
#include "nurture/error.h"
#include "nurture/text.h"
#include "rows.h"

#include <errno.h>
#include <string.h>

enum { SOURCE, MONTH, AMOUNT, CURRENCY, COLUMNS };
static const char *const names[COLUMNS + 1] = {"source", "month", "amount",
                                               "currency", NULL};

typedef struct {
    Store *store;
    const char *path;
    RowReader *reader;
    int column[COLUMNS]; /* of the file */
    char *stored;        /* the currency of what is there already */
    GHashTable *lines;   /* "SOURCE\x1fMONTH" -> its line */
    CostsResult *out;
} Reading;

void
costs_result_clear(CostsResult *result)
{
    g_clear_pointer(&result->currency, g_free);
}

/* Behind a comma of thousands; "1,50" is not 150. */
static bool
three_digits(const char *text)
{
    return strspn(text, "0123456789") == 3;
}

bool
amount_parse(const char *text, int64_t *out)
{
    int64_t whole = 0, decimals = 0;
    int places = -1, digits = 0;

    for (; *text; text++) {
        if (*text == ',' && places < 0 && digits > 0 && three_digits(text + 1))
            continue;
        if (*text == '.' && places < 0) {
            places = 0;
        } else if (!g_ascii_isdigit(*text) || ++digits > 15) {
            return false;
        } else if (places < 0) {
            whole = whole * 10 + (*text - '0');
        } else if (++places > 2) {
            return false;
        } else {
            decimals = decimals * 10 + (*text - '0');
        }
    }
    *out = whole * 100 + (places == 1 ? decimals * 10 : decimals);
    return digits > 0 && places != 0;
}

static bool fault(const Reading *r, const Row *row, int what, GError **error,
                  const char *format, ...) G_GNUC_PRINTF(5, 6);

static bool
fault(const Reading *r, const Row *row, int what, GError **error,
      const char *format, ...)
{
    g_autofree char *words = NULL;
    va_list args;

    va_start(args, format);
    words = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                "%s:%" G_GINT64_FORMAT ":%d: %s; nothing was imported", r->path,
                row->line,
                what < COLUMNS ? r->column[what] + 1 : MAX(what - COLUMNS, 1),
                words);
    return false;
}

static bool
find_columns(Reading *r, GError **error)
{
    const GPtrArray *columns = row_columns(r->reader);

    for (int n = 0; n < COLUMNS; n++) {
        r->column[n] = -1;
        for (guint c = 0; c < columns->len; c++) {
            const GString *name = g_ptr_array_index(columns, c);
            g_autofree char *word = g_strstrip(g_ascii_strdown(name->str, -1));
            if (strcmp(word, names[n]) != 0)
                continue;
            if (r->column[n] >= 0) {
                g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                            "%s:1:%u: a second column '%s'; leave one out",
                            r->path, c + 1, names[n]);
                return false;
            }
            r->column[n] = (int)c;
        }
        if (r->column[n] >= 0)
            continue;
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "%s:1:1: there is no column '%s'; a file of costs has "
                    "source,month,amount,currency",
                    r->path, names[n]);
        return false;
    }
    return true;
}

static const char *
cell(const Reading *r, const Row *row, int what)
{
    guint column = (guint)r->column[what];

    return column < row->cells->len
               ? g_strstrip(
                     ((GString *)g_ptr_array_index(row->cells, column))->str)
               : "";
}

/* "2026-03" */
static bool
is_month(const char *text)
{
    int month;

    if (strlen(text) != 7 || text[4] != '-' ||
        strspn(text, "0123456789-") != 7 || strchr(text, '-') != text + 4 ||
        strchr(text + 5, '-'))
        return false;
    month = (text[5] - '0') * 10 + text[6] - '0';
    return month >= 1 && month <= 12;
}

static bool
check_currency(Reading *r, const Row *row, const char *currency, GError **error)
{
    if (strlen(currency) != 3 || !g_ascii_isupper(currency[0]) ||
        !g_ascii_isupper(currency[1]) || !g_ascii_isupper(currency[2]))
        return fault(r, row, CURRENCY, error,
                     "'%s' is not a currency; write it like EUR", currency);
    if (!r->out->currency)
        r->out->currency = g_strdup(r->stored ? r->stored : currency);
    if (strcmp(r->out->currency, currency) != 0)
        return fault(r, row, CURRENCY, error,
                     "costs are added up, so all are in one currency, and "
                     "those before are in %s, not %s",
                     r->out->currency, currency);
    return true;
}

/* Of two amounts for one month, one would be lost. */
static bool
check_once(Reading *r, const Row *row, const char *source, const char *month,
           GError **error)
{
    char *key = g_strconcat(source, "\x1f", month, NULL);
    int64_t line = GPOINTER_TO_INT(g_hash_table_lookup(r->lines, key));

    g_hash_table_replace(r->lines, key, GINT_TO_POINTER((int)row->line));
    return line == 0 ||
           fault(r, row, MONTH, error,
                 "'%s' has an amount for %s in line %" G_GINT64_FORMAT
                 "; write their sum once",
                 source, month, line);
}

static bool
read_amount(Store *store, const char *source, const char *month, int64_t *out,
            GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(store,
                      "SELECT amount FROM cost"
                      " WHERE source = :source AND month = :month",
                      error);

    *out = -1;
    if (!st)
        return false;
    statement_bind_text(st, ":source", source);
    statement_bind_text(st, ":month", month);
    if (statement_step(st))
        *out = statement_int(st, 0);
    return statement_end(st, error);
}

static bool
write_cost(Reading *r, const char *source, const char *month, int64_t amount,
           GError **error)
{
    int64_t before;
    g_autoptr(Statement) st = NULL;

    if (!read_amount(r->store, source, month, &before, error))
        return false;
    r->out->added += before < 0;
    r->out->changed += before >= 0 && before != amount;
    r->out->unchanged += before == amount;
    r->out->total += amount;
    st = store_prepare(r->store,
                       "INSERT INTO cost (source, month, amount, currency)"
                       " VALUES (:source, :month, :amount, :currency)"
                       " ON CONFLICT (source, month, currency)"
                       " DO UPDATE SET amount = excluded.amount",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":source", source);
    statement_bind_text(st, ":month", month);
    statement_bind_int(st, ":amount", amount);
    statement_bind_text(st, ":currency", r->out->currency);
    return statement_run(st, error);
}

static bool
take_row(Reading *r, const Row *row, GError **error)
{
    const char *source = cell(r, row, SOURCE), *month = cell(r, row, MONTH);
    const char *amount = cell(r, row, AMOUNT);
    int64_t hundredths;

    if (row->fault)
        return fault(r, row, COLUMNS + row->fault_column, error, "%s",
                     row->fault);
    if (text_is_blank(source) || strlen(source) > 200)
        return fault(r, row, SOURCE, error, "a source is 1 to 200 bytes");
    if (!is_month(month))
        return fault(r, row, MONTH, error,
                     "'%s' is not a month; write it like 2026-03", month);
    if (!amount_parse(amount, &hundredths))
        return fault(r, row, AMOUNT, error,
                     "'%s' is not an amount; write it like 1234.50", amount);
    return check_currency(r, row, cell(r, row, CURRENCY), error) &&
           check_once(r, row, source, month, error) &&
           write_cost(r, source, month, hundredths, error);
}

static bool
take_rows(Reading *r, GError **error)
{
    g_autoptr(GError) failed = NULL;
    const Row *row;

    while ((row = row_next(r->reader, &failed)))
        if (!take_row(r, row, error))
            return false;
    if (!failed)
        return true;
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}

static bool
read_stored(Reading *r, GError **error)
{
    g_autoptr(Statement) st =
        store_prepare(r->store, "SELECT currency FROM cost LIMIT 1", error);

    if (!st)
        return false;
    if (statement_step(st))
        r->stored = g_strdup(statement_text(st, 0));
    return statement_end(st, error);
}

static bool
import(Reading *r, bool dry_run, int64_t now, GError **error)
{
    g_auto(Transaction) tx = store_begin(r->store, error);

    if (!tx.store || !read_stored(r, error) || !find_columns(r, error) ||
        !take_rows(r, error))
        return false;
    return dry_run || (audit_add(r->store, g_get_user_name(), "costs import",
                                 r->path, NULL, now, error) &&
                       transaction_commit(&tx, error));
}

bool
costs_import(Store *store, const char *path, bool dry_run, int64_t now,
             CostsResult *out, GError **error)
{
    Reading r = {.store = store, .path = path, .out = out};
    FILE *file = fopen(path, "rbe");
    bool done;

    *out = (CostsResult){.currency = NULL};
    if (!file) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT, "%s: %s", path,
                    g_strerror(errno));
        return false;
    }
    r.lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    r.reader = csv_reader_new(file, path, error);
    done = r.reader && import(&r, dry_run, now, error);
    row_reader_free(r.reader);
    fclose(file);
    g_free(r.stored);
    g_hash_table_unref(r.lines);
    return done;
}

bool
costs_remove(Store *store, const char *source, const char *month, int64_t now,
             GError **error)
{
    g_auto(Transaction) tx = store_begin(store, error);
    g_autoptr(Statement) st = NULL;

    if (!tx.store)
        return false;
    st = store_prepare(store,
                       "DELETE FROM cost"
                       " WHERE source = :source AND month = :month",
                       error);
    if (!st)
        return false;
    statement_bind_text(st, ":source", source);
    statement_bind_text(st, ":month", month);
    if (!statement_run(st, error))
        return false;
    if (store_changes(store) == 0) {
        g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                    "'%s' has no cost in %s", source, month);
        return false;
    }
    return audit_add(store, g_get_user_name(), "cost removed", source, month,
                     now, error) &&
           transaction_commit(&tx, error);
}

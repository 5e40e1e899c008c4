/* SPDX-License-Identifier: Apache-2.0 */
/* sheets -- a report as tables of typed cells, written in four ways.
 *
 * Whoever makes a report fills sheets; how they look on a terminal, in a
 * spreadsheet, to a program and on a page is decided here, once. Nothing in it
 * depends on when or where it is written: the same sheets are the same bytes.
 * A cell that is not known is empty (CSV), null (JSON) or a dash. */
#ifndef NURTURE_SHEETS_H
#define NURTURE_SHEETS_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
    CELL_TEXT,
    CELL_COUNT,  /* people, mails */
    CELL_SHARE,  /* of 1; shown in percent */
    CELL_POINTS, /* a difference of two shares; shown in percentage points */
    CELL_NUMBER, /* shown with one decimal */
    CELL_MONEY,  /* in hundredths of the report's currency */
} CellType;

typedef struct {
    const char *name;  /* "cost_per_hire", for programs */
    const char *title; /* "Cost per hire" */
    CellType type;
} SheetColumn;

typedef enum {
    SHEET_NO_CHART,
    SHEET_BARS,    /* a bar per row, across */
    SHEET_FUNNEL,  /* the same, as shares of the first row */
    SHEET_COLUMNS, /* a column per row, upright: time */
} SheetChart;

typedef struct {
    const char *id, *title, *note; /* literals; note may be NULL */
    const SheetColumn *columns;
    guint width;
    GArray *cells; /* row by row, the first of a row is its name */
    SheetChart chart;
    int charted[4]; /* columns that are stacked, ended by 0 */
} Sheet;

typedef struct {
    char *name, *title; /* "sources", "Source of hire" */
    char *company, *period;
    char *currency;   /* "EUR"; NULL: no money in it */
    GPtrArray *facts; /* label, value, label, value: what to see first */
    GPtrArray *rules; /* how the figures were made, a sentence each */
    GPtrArray *sheets;
} Sheets;

Sheets *sheets_new(const char *name, const char *title, const char *company,
                   const char *period);
void sheets_free(Sheets *sheets);
/* Borrowed; texts are literals. */
Sheet *sheets_add(Sheets *sheets, const char *id, const char *title,
                  const char *note, const SheetColumn *columns, guint width);
void sheets_rule(Sheets *sheets, const char *format, ...) G_GNUC_PRINTF(2, 3);
void sheets_fact(Sheets *sheets, const char *label, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Cells are appended in the order of columns and rows. */
void sheet_text(Sheet *sheet, const char *text);
void sheet_number(Sheet *sheet, double number);
void sheet_unknown(Sheet *sheet);
/* part/whole, or unknown when there is no whole. */
void sheet_share(Sheet *sheet, double part, double whole);
guint sheet_rows(const Sheet *sheet);
/* Its number, 0 when it is not known; the text of the row's first cell. */
double sheet_value(const Sheet *sheet, guint row, guint column);
const char *sheet_row_name(const Sheet *sheet, guint row);
/* The column's title, with the currency of money. Owned. */
char *sheet_title(const Sheets *sheets, const Sheet *sheet, guint column);
/* A cell as people read it, money without its currency. Owned. */
char *sheet_words(const Sheet *sheet, guint row, guint column);

/* For a terminal. */
void sheets_table(const Sheets *sheets, GString *out);
/* RFC 4180; of one sheet, or (NULL) of all, an empty line between two. False
 * when there is no such sheet. */
bool sheets_csv(const Sheets *sheets, const char *id, GString *out);
void sheets_json(const Sheets *sheets, GString *out);
/* One page without anything outside of it; it has charts, knows dark screens,
 * and prints. */
void sheets_html(const Sheets *sheets, GString *out);
/* What is on that page below its title, for a page with a frame of its own. */
void sheets_body(const Sheets *sheets, GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sheets, sheets_free)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* tag_scan.c - where the merge tags of a text are */
#include "document.h"
#include "foreign.h"

#include "nurture/text.h"

#include <string.h>

gsize
tag_place(const TagText *in, gsize at)
{
    return in->places ? in->places[MIN(at, in->length)] : in->offset + at;
}

#define TAG_BYTES_MAX 8192 /* as long as a condition may be */
#define PROBLEMS_MAX  200  /* then the rest of a text is not looked at */

typedef struct {
    const TagText *in;
    const char *const *fields;
    Diagnostics *problems;
    GArray *pieces;
    gsize text; /* start of the text that is not yet a piece */
} Scan;

static bool
looking_at(const TagText *in, gsize at, const char *word)
{
    gsize length = strlen(word);

    return at + length <= in->length && !memcmp(in->text + at, word, length);
}

static void
add_piece(Scan *scan, PieceKind kind, gsize start, gsize end)
{
    Piece piece = {kind, start, end, start, end};
    const char *text = scan->in->text;

    if (kind != PIECE_TEXT) {
        piece.inner += 2;
        piece.inner_end = MAX(piece.inner_end - 2, piece.inner);
        while (piece.inner < piece.inner_end &&
               g_ascii_isspace(text[piece.inner]))
            piece.inner++;
        while (piece.inner < piece.inner_end &&
               g_ascii_isspace(text[piece.inner_end - 1]))
            piece.inner_end--;
    }
    g_array_append_val(scan->pieces, piece);
}

static void
flush_text(Scan *scan, gsize end)
{
    if (end > scan->text)
        add_piece(scan, PIECE_TEXT, scan->text, end);
}

/* The offset behind the closing mark on the same line, 0 if there is none.
 * A closing mark inside straight quotes does not count, unless there is no
 * other. */
static gsize
find_close(const TagText *in, gsize at, const char *open, const char *close)
{
    for (int heed_quotes = 1; heed_quotes >= 0; heed_quotes--) {
        bool quoted = false;
        for (gsize i = at + 2;
             i < MIN(in->length, at + TAG_BYTES_MAX) && in->text[i] != '\n';
             i++) {
            if (in->text[i] == '"' && heed_quotes)
                quoted = !quoted;
            else if (!quoted && looking_at(in, i, close))
                return i + 2;
            else if (!quoted && looking_at(in, i, open))
                break;
        }
    }
    return 0;
}

static gsize
find_comment_end(const TagText *in, gsize at)
{
    for (gsize i = at + 2; i + 1 < MIN(in->length, at + TAG_BYTES_MAX); i++)
        if (in->text[i] == '#' && in->text[i + 1] == '}')
            return i + 2;
    return 0;
}

static void
report_unclosed(Scan *scan, gsize at)
{
    const char *open = looking_at(scan->in, at, "{{")   ? "{{"
                       : looking_at(scan->in, at, "{%") ? "{%"
                                                        : "{#";
    const char *close = open[1] == '{' ? "}}" : open[1] == '%' ? "%}" : "#}";
    Diagnostic *d = diagnostics_add(scan->problems, "E201", scan->in->source,
                                    tag_place(scan->in, at), 2,
                                    "this '%s' is never closed", open);

    diagnostic_note(d, "add '%s' on the same line", close);
    diagnostic_help(d, "to print the two characters themselves write \\%s",
                    open);
}

/* A tag that opens at `at`. Returns where the scan goes on. */
static gsize
scan_tag(Scan *scan, gsize at)
{
    const TagText *in = scan->in;
    char second = in->text[at + 1];
    PieceKind kind = second == '{'   ? PIECE_SLOT
                     : second == '%' ? PIECE_BLOCK
                                     : PIECE_COMMENT;
    gsize end = kind == PIECE_SLOT    ? find_close(in, at, "{{", "}}")
                : kind == PIECE_BLOCK ? find_close(in, at, "{%", "%}")
                                      : find_comment_end(in, at);
    Piece *piece;

    flush_text(scan, at);
    if (end == 0) {
        report_unclosed(scan, at);
        scan->text = at + 2;
        return at + 2;
    }
    add_piece(scan, kind, at, end);
    scan->text = end;
    piece = &g_array_index(scan->pieces, Piece, scan->pieces->len - 1);
    if (kind != PIECE_COMMENT && piece->inner == piece->inner_end) {
        Diagnostic *d =
            diagnostics_add(scan->problems, "E202", in->source,
                            tag_place(in, at), end - at, "empty merge tag");
        diagnostic_note(d, kind == PIECE_SLOT ? "a field name belongs here"
                                              : "a block name belongs here");
        piece->kind = PIECE_COMMENT;
    } else if (kind == PIECE_SLOT &&
               foreign_in_slot(in->text + piece->inner,
                               piece->inner_end - piece->inner)) {
        foreign_report(scan->problems, in->source, tag_place(in, at),
                       in->text + at, end - at, "Go template");
        piece->kind = PIECE_COMMENT;
    }
    return end;
}

static void
report_single_braces(Scan *scan, gsize at, gsize length)
{
    g_autofree char *name = g_strndup(scan->in->text + at + 1, length - 2);
    const char *near = scan->fields ? text_nearest(name, scan->fields) : NULL;
    Diagnostic *d;

    if (!near)
        return;
    d = diagnostics_add(scan->problems, "W213", scan->in->source,
                        tag_place(scan->in, at), length,
                        "'{%s}' will be sent as it stands", name);
    diagnostic_note(d, "did you mean {{ %s }}?", near);
}

/* Other products' tags and single braces are text, but worth a word. */
static gsize
scan_foreign(Scan *scan, gsize at)
{
    const TagText *in = scan->in;
    const char *product = NULL;
    gsize length = foreign_at(in->text, in->length, at, &product);

    if (length > 0) {
        foreign_report(scan->problems, in->source, tag_place(in, at),
                       in->text + at, length, product);
        return at + length;
    }
    length = foreign_single_braces(in->text, in->length, at);
    if (length > 0) {
        report_single_braces(scan, at, length);
        return at + length;
    }
    return at + 1;
}

GArray *
tag_scan(const TagText *in, const char *const *fields, Diagnostics *problems)
{
    Scan scan = {in, fields, problems, g_array_new(FALSE, FALSE, sizeof(Piece)),
                 0};
    guint before = diagnostics_length(problems);
    gsize at = 0;

    while (at < in->length &&
           diagnostics_length(problems) - before < PROBLEMS_MAX) {
        char c = in->text[at];
        if (c == '\\' &&
            (looking_at(in, at + 1, "{{") || looking_at(in, at + 1, "{%") ||
             looking_at(in, at + 1, "{#")))
            at += 3;
        else if (looking_at(in, at, "{{") || looking_at(in, at, "{%") ||
                 looking_at(in, at, "{#"))
            at = scan_tag(&scan, at);
        else
            at = scan_foreign(&scan, at);
    }
    if (at < in->length) /* what was not looked at must not be sent */
        diagnostics_add(problems, "E006", in->source, tag_place(in, at), 1,
                        "this text has more than %d problems before this place",
                        PROBLEMS_MAX);
    flush_text(&scan, in->length);
    return scan.pieces;
}

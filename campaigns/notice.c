/* SPDX-License-Identifier: Apache-2.0 */
/* notice.c - the Article 14 notice as a part of a first campaign mail */
#include "notice.h"

#include "letter-words.h"

#include "nurture/retention-clock.h"
#include "nurture/text.h"

/* *out_clock is 0 when they need none. */
static bool
find_source(Store *store, int64_t candidate, int64_t *out_clock,
            GString *source, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT " RETENTION_CLOCK ", c.source_detail FROM candidate c"
        " WHERE c.candidate_id = :candidate AND " LACKS_NOTICE,
        error);

    *out_clock = 0;
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    if (statement_step(st)) {
        *out_clock = statement_int(st, 0);
        if (!text_is_blank(statement_text(st, 1)))
            plain_append_text(source, statement_text(st, 1));
    }
    return statement_end(st, error);
}

bool
notice_text(Store *store, const Workspace *w, int64_t candidate,
            const char *language, char **out, GError **error)
{
    g_autoptr(GString) source = g_string_new(NULL);
    g_autofree char *unknown = NULL, *until = NULL, *keep = NULL;
    g_auto(Pen) pen = {0};
    int64_t clock = 0;

    *out = NULL;
    if (!w->legal.notice_in_mail || w->legal.basis != BASIS_LEGITIMATE_INTEREST)
        return true;
    if (!find_source(store, candidate, &clock, source, error))
        return false;
    if (clock == 0)
        return true;
    if (!pen_open(w, language, &pen, error))
        return false;
    if (w->legal.retention.count > 0)
        until = pen_date(&pen, w,
                         span_move(&w->legal.retention, w->zone, clock, 1));
    unknown = pen_write(&pen, "source.unknown");
    pen_set(&pen, "company", w->company);
    pen_set(&pen, "source", source->len > 0 ? source->str : unknown);
    pen_set(&pen, "until", until);
    keep = until ? pen_write(&pen, "notice.keep") : NULL;
    pen_set(&pen, "keep", keep);
    *out = pen_write(&pen, "notice.mail");
    return true;
}

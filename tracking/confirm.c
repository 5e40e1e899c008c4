/* SPDX-License-Identifier: Apache-2.0 */
/* confirm.c - the page behind the link that proves whose mailbox it is
 *
 * The button writes down the yes, and stops mail at once where somebody wants
 * to be erased; the rest is requests_run()'s. */
#include "hit-job.h"
#include "nurture/optout.h"
#include "nurture/text.h"

#include <string.h>

typedef struct {
    char kind[8];
    int64_t candidate;
    char *hmac, *wording;
    bool confirmed, dead;
} Asked;

static void
asked_clear(Asked *asked)
{
    g_free(asked->hmac);
    g_free(asked->wording);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Asked, asked_clear)

static bool
read_asked(HitJob *job, Store *store, Asked *out, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT kind, candidate_id, address_hmac, confirmed_at IS NOT NULL,"
        "  expires_at <= :now, language, wording"
        " FROM request WHERE request_id = :id",
        error);

    out->dead = true;
    if (!st)
        return false;
    statement_bind_text(st, ":id", job->message_id);
    statement_bind_int(st, ":now", job->now);
    if (statement_step(st)) {
        g_strlcpy(out->kind, statement_text(st, 0), sizeof out->kind);
        out->candidate = statement_int(st, 1);
        out->hmac = g_strdup(statement_text(st, 2));
        out->confirmed = statement_int(st, 3) != 0;
        out->dead = statement_int(st, 4) != 0 && !out->confirmed;
        g_free(job->message.language);
        job->message.language = g_strdup(statement_text(st, 5));
        out->wording = g_strdup(statement_text(st, 6));
    }
    return statement_end(st, error);
}

/* "yes.join" + ".title" */
static char *
key_of(const Asked *asked, const char *part)
{
    return g_strconcat("yes.", asked->kind, part, NULL);
}

static void
done_page(HitJob *job, const Asked *asked)
{
    g_autofree char *title = key_of(asked, ".done.title");
    g_autofree char *text = key_of(asked, ".done.text");

    hit_job_plain_page(job, 200, title, text);
}

static void
question_page(HitJob *job, const Asked *asked)
{
    g_autofree char *title = key_of(asked, ".title");
    g_autofree char *text = key_of(asked, ".text");
    g_autofree char *button = key_of(asked, ".button");
    GString *html = hit_job_page_begin(job, title);

    hit_job_say(job, html, "<section><h1>", title, "</h1>");
    hit_job_say(job, html, "<p>", text, "</p>");
    if (asked->wording) {
        g_string_append(html, "<p class=\"quote\">");
        html_append_text(html, asked->wording);
        g_string_append(html, "</p>");
    }
    hit_job_say(job, html,
                "<form method=\"post\"><button class=\"big\" name=\"action\" "
                "value=\"yes\">",
                button, "</button></form></section>");
    hit_job_page(job, 200, html);
}

static bool
answer(HitJob *job, Store *store, Asked *asked, GError **error)
{
    if (!read_asked(job, store, asked, error))
        return false;
    if (asked->dead)
        hit_job_plain_page(job, 410, "yes.dead.title", "yes.dead.text");
    else if (asked->confirmed)
        done_page(job, asked);
    else
        question_page(job, asked);
    return true;
}

static bool
read_confirm(HitJob *job, Store *store, GError **error)
{
    g_auto(Asked) asked = {{0}};

    return answer(job, store, &asked, error);
}

static bool
mark_confirmed(HitJob *job, Store *store, GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "UPDATE request SET confirmed_at = :now WHERE request_id = :id"
        " AND confirmed_at IS NULL AND expires_at > :now",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":now", job->now);
    statement_bind_text(st, ":id", job->message_id);
    return statement_run(st, error);
}

static bool
write_confirm(HitJob *job, Store *store, GError **error)
{
    g_auto(Asked) asked = {{0}};

    if (!mark_confirmed(job, store, error))
        return false;
    if (store_changes(store) == 0)
        return true;
    return read_asked(job, store, &asked, error) &&
           (strcmp(asked.kind, "erase") != 0 ||
            optout_apply(store, job->site->workspace, asked.candidate,
                         asked.hmac, job->message_id, "opted_out", job->now,
                         error));
}

static bool
read_confirm_post(HitJob *job, Store *store, GError **error)
{
    g_auto(Asked) asked = {{0}};

    if (!answer(job, store, &asked, error))
        return false;
    if (asked.dead || asked.confirmed || g_strcmp0(job->action, "yes") != 0)
        return true;
    http_response_clear(&job->response);
    done_page(job, &asked);
    job->write = write_confirm;
    return true;
}

void
handle_confirm_get(const HttpRequest *request, HttpResponse *response,
                   gpointer data)
{
    hit_job_run(request, response, data, WEB_TOKEN_CONFIRM, read_confirm, NULL);
}

void
handle_confirm_post(const HttpRequest *request, HttpResponse *response,
                    gpointer data)
{
    hit_job_run(request, response, data, WEB_TOKEN_CONFIRM, read_confirm_post,
                "action");
}

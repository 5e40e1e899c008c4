/* SPDX-License-Identifier: Apache-2.0 */
/* preference_topics.c - leaving one topic, and coming back to it */
#include "preference-topics.h"

#include "nurture/text.h"

static void
topic_free(gpointer p)
{
    g_free(((Topic *)p)->name);
    g_free(p);
}

GPtrArray *
topics_read(HitJob *job, Store *store, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(topic_free);
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT DISTINCT g.topic, EXISTS (SELECT 1 FROM suppression s"
        "  JOIN candidate c ON c.address_hmac = s.address_hmac"
        "  WHERE c.candidate_id = :candidate AND s.scope = 'topic:' || g.topic)"
        " FROM campaign g WHERE g.topic IS NOT NULL AND g.state <> 'stopped'"
        " ORDER BY g.topic LIMIT 30",
        error);

    if (!st)
        return NULL;
    statement_bind_int(st, ":candidate", job->message.candidate);
    while (statement_step(st)) {
        Topic *topic = g_new(Topic, 1);
        *topic =
            (Topic){g_strdup(statement_text(st, 0)), statement_int(st, 1) != 0};
        g_ptr_array_add(list, topic);
    }
    return statement_end(st, error) ? g_steal_pointer(&list) : NULL;
}

void
topics_append(HitJob *job, GString *html, const GPtrArray *topics)
{
    if (topics->len == 0)
        return;
    hit_job_say(job, html, "<section><h2>", "prefs.topics", "</h2>");
    hit_job_say(job, html, "<p class=\"soft\">", "prefs.topics.text", "</p>");
    for (guint i = 0; i < topics->len; i++) {
        const Topic *topic = g_ptr_array_index(topics, i);
        g_string_append(html, "<form method=\"post\" class=\"item\"><strong>");
        html_append_text(html, topic->name);
        g_string_append(html, "</strong> <input type=\"hidden\" "
                              "name=\"action\" value=\"");
        g_string_append(html, topic->left ? "topic_return" : "topic_leave");
        g_string_append(html,
                        "\"><button class=\"quiet\" name=\"value\" value=\"");
        html_append_text(html, topic->name);
        hit_job_say(job, html, "\">",
                    topic->left ? "prefs.topic.return" : "prefs.topic.leave",
                    "</button></form>");
    }
    g_string_append(html, "</section>");
}

static bool
run(HitJob *job, Statement *st, GError **error)
{
    if (!st)
        return false;
    statement_bind_int(st, ":candidate", job->message.candidate);
    statement_bind_text(st, ":topic", job->value);
    return statement_run(st, error);
}

bool
topics_set(HitJob *job, Store *store, bool left, GError **error)
{
    g_autoptr(Statement) st = NULL;

    if (!left) {
        st = store_prepare(store,
                           "DELETE FROM suppression"
                           " WHERE scope = 'topic:' || :topic"
                           "  AND address_hmac = (SELECT c.address_hmac"
                           "   FROM candidate c"
                           "   WHERE c.candidate_id = :candidate)",
                           error);
        return run(job, st, error);
    }
    st = store_prepare(
        store,
        "INSERT INTO suppression (address_hmac, scope, reason, at, message_id)"
        " SELECT c.address_hmac, 'topic:' || :topic, 'opted_out', :now,"
        "  :message FROM candidate c WHERE c.candidate_id = :candidate"
        "  AND EXISTS (SELECT 1 FROM campaign g WHERE g.topic = :topic)"
        " ON CONFLICT (address_hmac, scope) DO NOTHING",
        error);
    if (!st)
        return false;
    statement_bind_int(st, ":now", job->now);
    statement_bind_text(st, ":message", job->message_id);
    return run(job, st, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* plan_json.c - a plan as one object */
#include "plan-print.h"

#include "nurture/json.h"

#include <string.h>

static void
append_text(GString *out, const char *key, const char *text)
{
    g_string_append_printf(out, ",\"%s\":", key);
    json_append_string(out, text);
}

static void
append_number(GString *out, const char *key, int64_t number)
{
    g_string_append_printf(out, ",\"%s\":%" G_GINT64_FORMAT, key, number);
}

static void
append_reasons(GString *out, const Plan *plan)
{
    const char *comma = "";

    g_string_append(out, ",\"left_out\":{");
    for (int r = 1; r < ELIGIBILITY_REASONS; r++)
        if (plan->left_out[r]) {
            g_string_append_printf(out, "%s\"%s\":%" G_GINT64_FORMAT, comma,
                                   eligibility_word((Eligibility)r),
                                   plan->left_out[r]);
            comma = ",";
        }
    g_string_append_c(out, '}');
}

static void
append_segment(GString *out, gconstpointer item)
{
    const PlanSegment *s = item;

    g_string_append(out, "{\"segment\":");
    json_append_string(out, s->segment);
    append_number(out, "people", s->people);
    g_string_append(out, ",\"variants\":[");
    for (guint i = 0; i < s->variants->len; i++) {
        const PlanVariant *v = g_ptr_array_index(s->variants, i);
        g_string_append(out, i ? ",{\"variant\":" : "{\"variant\":");
        json_append_string(out, v->id);
        append_number(out, "people", v->people);
        g_string_append_c(out, '}');
    }
    g_string_append(out, "]}");
}

static void
append_step(GString *out, gconstpointer item)
{
    const CampaignStep *step = item;
    g_autofree char *wait = campaign_step_wait(step);
    g_autofree char *only =
        step->only_if ? expression_format(step->only_if) : NULL;

    g_string_append(out, "{\"mail\":");
    json_append_string(out, step->mail->id);
    append_text(out, "wait", wait);
    append_text(out, "only_if", only);
    g_string_append_c(out, '}');
}

static void
append_change(GString *out, gconstpointer item)
{
    const FileChange *c = item;
    static const char *const kinds[] = {"added", "removed", "changed"};

    g_string_append(out, "{\"file\":");
    json_append_string(out, c->path);
    append_text(out, "change", kinds[c->kind]);
    append_number(out, "lines_added", c->added);
    append_number(out, "lines_removed", c->removed);
    g_string_append_c(out, '}');
}

static void
append_move(GString *out, gconstpointer item)
{
    const LaunchMove *m = item;

    g_string_append(out, "{\"waiting_for\":");
    json_append_string(out, m->step);
    append_text(out, "go_on_with", m->to);
    append_number(out, "people", m->people);
    g_string_append_c(out, '}');
}

static void
append_day(GString *out, gconstpointer item)
{
    const PlanDay *day = item;

    g_string_append(out, "{\"date\":");
    json_append_string(out, day->date);
    append_number(out, "people", day->people);
    if (day->others > 0)
        append_number(out, "others", day->others);
    g_string_append_c(out, '}');
}

static void
append_sample(GString *out, gconstpointer sample)
{
    g_auto(GStrv) part = g_strsplit(sample, "\t", 2);

    g_string_append(out, "{\"subject\":");
    json_append_string(out, part[0]);
    append_text(out, "email", part[1]);
    g_string_append_c(out, '}');
}

static void
append_list(GString *out, const char *key, const GPtrArray *list,
            void (*append)(GString *, gconstpointer))
{
    g_string_append_printf(out, ",\"%s\":[", key);
    for (guint i = 0; list && i < list->len; i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        append(out, g_ptr_array_index(list, i));
    }
    g_string_append_c(out, ']');
}

static void
append_problems(GString *out, const Diagnostics *problems)
{
    g_string_append(out, ",\"problems\":[");
    for (guint i = 0; i < diagnostics_length(problems); i++) {
        g_autoptr(GString) one = g_string_new(NULL);
        diagnostic_format(diagnostics_get(problems, i), FORMAT_JSON, false,
                          one);
        g_strchomp(one->str);
        g_string_append_printf(out, "%s%s", i ? "," : "", one->str);
    }
    g_string_append_c(out, ']');
}

/* Addresses only where they were asked for. */
static bool
append_people(GString *out, const PlanView *view, GError **error)
{
    g_autoptr(Statement) st = NULL;
    const char *comma = "";

    if (!view->store)
        return true;
    st = store_prepare(view->store,
                       "SELECT email FROM candidate"
                       " WHERE candidate_id = :candidate",
                       error);
    if (!st)
        return false;
    g_string_append(out, ",\"held_back\":[");
    for (guint i = 0; i < view->plan->examples->len; i++) {
        const PlanLeftOut *e = g_ptr_array_index(view->plan->examples, i);
        statement_bind_int(st, ":candidate", e->candidate);
        if (statement_step(st)) {
            g_string_append_printf(out, "%s{\"email\":", comma);
            json_append_string(out, statement_text(st, 0));
            append_text(out, "reason", eligibility_word(e->reason));
            append_text(out, "detail", e->detail);
            g_string_append_c(out, '}');
            comma = ",";
        }
        if (!statement_end(st, error))
            return false;
    }
    g_string_append_c(out, ']');
    return true;
}

bool
plan_print_json(const PlanView *view, GError **error)
{
    const Plan *plan = view->plan;
    g_autoptr(GString) out = g_string_new("{\"schema\":1");

    append_text(out, "plan", plan->id);
    append_text(out, "campaign", plan->campaign);
    append_text(out, "name", plan->name);
    append_text(out, "snapshot", plan->snapshot);
    append_number(out, "matched", plan->matched);
    append_number(out, "people", plan->people);
    append_number(out, "already", plan->already);
    append_number(out, "later", plan->later);
    append_reasons(out, plan);
    append_list(out, "segments", plan->segments, append_segment);
    append_list(out, "steps", view->campaign->steps, append_step);
    append_list(out, "days", plan->days, append_day);
    append_list(out, "samples", plan->samples, append_sample);
    append_list(out, "changes", view->changes, append_change);
    append_list(out, "moves", view->moves, append_move);
    append_problems(out, view->problems);
    if (!append_people(out, view, error))
        return false;
    puts(g_string_append_c(out, '}')->str);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_match.c - who of the pool fits an open role, and who is told about it */
#include "cli.h"

#include "nurture/candidates.h"
#include "nurture/error.h"
#include "nurture/json.h"
#include "nurture/ranking.h"
#include "nurture/text.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Ranks everybody who shares an interest with roles/ROLE.md, or has one of\n"
    "its words in a job title, a set or a note, and says why. People who may\n"
    "not be mailed are left out and counted by reason; --left-out names them.\n"
    "\n"
    "Nothing is sent. Look at the list, keep it with --save, take people off\n"
    "with --drop, and plan a campaign with 'needs: role' for those who are "
    "left:\n"
    "  nurture match ROLE --save\n"
    "  nurture match ROLE --drop ADDRESS\n"
    "  nurture plan CAMPAIGN --role ROLE\n"
    "Weights are ranking.* in nurture.yaml.";

typedef struct {
    CliContext *cli;
    const Role *role;
    const Ranking *ranking;
} Showing;

static bool
address_of(Store *store, int64_t candidate, char **out_email, char **out_name,
           bool *out_listed, bool *out_dropped, const char *role,
           GError **error)
{
    g_autoptr(Statement) st = store_prepare(
        store,
        "SELECT c.email, trim(coalesce(c.first_name, '') || ' ' ||"
        "  coalesce(c.last_name, '')), s.role IS NOT NULL,"
        "  s.dropped_at IS NOT NULL"
        " FROM candidate c LEFT JOIN shortlist s"
        "  ON s.candidate_id = c.candidate_id AND s.role = :role"
        " WHERE c.candidate_id = :candidate",
        error);

    if (!st)
        return false;
    statement_bind_int(st, ":candidate", candidate);
    statement_bind_text(st, ":role", role);
    if (statement_step(st)) {
        *out_email = g_strdup(statement_text(st, 0));
        *out_name = g_strdup(statement_text(st, 1));
        *out_listed = statement_int(st, 2) != 0;
        *out_dropped = statement_int(st, 3) != 0;
    }
    return statement_end(st, error);
}

static void
print_parts(const Showing *s, const Ranked *r, char **why)
{
    GString *line = g_string_new("     ");

    for (int p = 0; p < RANK_PARTS; p++) {
        if (s->ranking->most[p] <= 0 || !*why[p])
            continue;
        g_string_append_printf(
            line, "%s%s %.0f/%.0f (", line->len > 5 ? " · " : "",
            rank_part_word((RankPart)p), r->parts[p], s->ranking->most[p]);
        plain_append_text(line, why[p]);
        g_string_append_c(line, ')');
    }
    g_string_append(line, "\n     consent: ");
    plain_append_text(line, why[RANK_PARTS]);
    puts(line->str);
    g_string_free(line, TRUE);
}

static bool
print_person(const Showing *s, guint place, const Ranked *r, bool left_out,
             GError **error)
{
    g_autofree char *email = NULL, *name = NULL;
    bool listed = false, dropped = false;
    g_auto(GStrv) why = ranking_explain(s->cli->store, s->cli->workspace,
                                        s->role, r, s->cli->now, error);

    if (!why || !address_of(s->cli->store, r->candidate, &email, &name, &listed,
                            &dropped, s->role->id, error))
        return false;
    if (left_out)
        printf("   - %3.0f  %s  %s: %s%s%s\n", r->points, email, name,
               eligibility_sentence(r->answer.reason),
               *r->answer.detail ? ", " : "", r->answer.detail);
    else
        printf("%4u %3.0f  %s  %s%s%s\n", place, r->points, email, name,
               dropped  ? "  [dropped]"
               : listed ? "  [on the list]"
                        : "",
               r->answer.reason == ELIGIBLE   ? ""
               : r->answer.reason == NOT_HELD ? "  [on hold]"
                                              : "  [not at once]");
    print_parts(s, r, why);
    return true;
}

static void
print_head(const Showing *s)
{
    const Ranking *r = s->ranking;
    g_auto(GStrv) words = ranking_words(s->role);
    g_autofree char *joined = g_strjoinv(", ", words);

    printf("%s, %s: %s people share an interest or a word (%s)\n",
           s->role->title, s->role->city, number_format(r->looked_at), joined);
    for (int i = 1; i < ELIGIBILITY_REASONS; i++)
        if (r->left_out[i])
            printf("%10s of them would be in this list and may not be mailed: "
                   "%s\n",
                   number_format(r->left_out[i]),
                   eligibility_sentence((Eligibility)i));
    putchar('\n');
}

static bool
print_ranking(const Showing *s, bool left_out, GError **error)
{
    const Ranking *r = s->ranking;

    print_head(s);
    for (guint i = 0; i < r->people->len; i++)
        if (!print_person(s, i + 1, &g_array_index(r->people, Ranked, i), false,
                          error))
            return false;
    if (left_out && r->left->len > 0) {
        puts("\nLeft out:");
        for (guint i = 0; i < r->left->len; i++)
            if (!print_person(s, 0, &g_array_index(r->left, Ranked, i), true,
                              error))
                return false;
    }
    return true;
}

/* -- JSON ------------------------------------------------------------------ */

static bool
append_person(const Showing *s, GString *out, const Ranked *r, GError **error)
{
    g_autofree char *email = NULL, *name = NULL;
    bool listed = false, dropped = false;
    g_auto(GStrv) why = ranking_explain(s->cli->store, s->cli->workspace,
                                        s->role, r, s->cli->now, error);

    if (!why || !address_of(s->cli->store, r->candidate, &email, &name, &listed,
                            &dropped, s->role->id, error))
        return false;
    g_string_append_printf(
        out, "{\"candidate\":%" G_GINT64_FORMAT ",\"email\":", r->candidate);
    json_append_string(out, email);
    g_string_append(out, ",\"name\":");
    json_append_string(out, name);
    g_string_append_printf(out,
                           ",\"points\":%.2f,\"eligibility\":\"%s\","
                           "\"listed\":%s,\"dropped\":%s,\"parts\":{",
                           r->points, eligibility_word(r->answer.reason),
                           listed ? "true" : "false",
                           dropped ? "true" : "false");
    for (int p = 0; p < RANK_PARTS; p++) {
        g_string_append_printf(out,
                               "%s\"%s\":{\"points\":%.2f,\"most\":%.2f,"
                               "\"why\":",
                               p ? "," : "", rank_part_word((RankPart)p),
                               r->parts[p], s->ranking->most[p]);
        json_append_string(out, why[p]);
        g_string_append_c(out, '}');
    }
    g_string_append(out, "},\"consent\":");
    json_append_string(out, why[RANK_PARTS]);
    g_string_append_c(out, '}');
    return true;
}

static bool
append_people(const Showing *s, GString *out, const GArray *people,
              GError **error)
{
    for (guint i = 0; i < people->len; i++) {
        g_string_append(out, i ? "," : "");
        if (!append_person(s, out, &g_array_index(people, Ranked, i), error))
            return false;
    }
    return true;
}

static bool
print_json(const Showing *s, GError **error)
{
    g_autoptr(GString) out = g_string_new("{\"schema\":1,\"role\":");
    const char *comma = "";

    json_append_string(out, s->role->id);
    g_string_append_printf(out,
                           ",\"looked_at\":%" G_GINT64_FORMAT ",\"left_out\":{",
                           s->ranking->looked_at);
    for (int i = 1; i < ELIGIBILITY_REASONS; i++)
        if (s->ranking->left_out[i]) {
            g_string_append_printf(out, "%s\"%s\":%" G_GINT64_FORMAT, comma,
                                   eligibility_word((Eligibility)i),
                                   s->ranking->left_out[i]);
            comma = ",";
        }
    g_string_append(out, "},\"people\":[");
    if (!append_people(s, out, s->ranking->people, error))
        return false;
    g_string_append(out, "],\"people_left_out\":[");
    if (!append_people(s, out, s->ranking->left, error))
        return false;
    puts(g_string_append(out, "]}")->str);
    return true;
}

/* -- the list -------------------------------------------------------------- */

static bool
save(CliContext *cli, const Role *role, const Ranking *ranking, GError **error)
{
    g_autoptr(GArray) people =
        g_array_new(FALSE, FALSE, sizeof(ShortlistEntry));
    int64_t added, count;

    for (guint i = 0; i < ranking->people->len; i++) {
        const Ranked *r = &g_array_index(ranking->people, Ranked, i);
        ShortlistEntry e = {r->candidate, r->points};
        g_array_append_val(people, e);
    }
    if (!shortlist_add(cli->store, role->id, people, cli->now, &added, error) ||
        !shortlist_count(cli->store, role->id, &count, error))
        return false;
    if (!cli->quiet)
        fprintf(stderr,
                "%s people added to the list for '%s', %s are on it. Take off "
                "with --drop ADDRESS, then: nurture plan CAMPAIGN --role %s\n",
                number_format(added), role->id, number_format(count), role->id);
    return true;
}

static int
drop_all(CliContext *cli, const Role *role, char **who, bool back)
{
    GError *error = NULL;

    for (; who && *who; who++) {
        int64_t candidate;
        if (!candidate_find(cli->store, *who, &candidate, &error) ||
            !shortlist_drop(cli->store, role->id, candidate, back, cli->now,
                            &error))
            return cli_error(error);
        if (!cli->quiet)
            printf("%s is %s the list for '%s'.\n", *who,
                   back ? "back on" : "off", role->id);
    }
    return 0;
}

static int
clear(CliContext *cli, const Role *role)
{
    GError *error = NULL;
    int64_t removed;

    if (!shortlist_clear(cli->store, role->id, cli->now, &removed, &error))
        return cli_error(error);
    printf("The list for '%s' is empty; %s people were on it.\n", role->id,
           number_format(removed));
    return 0;
}

static int
rank(CliContext *cli, const Role *role, gint64 limit, bool left_out, bool keep)
{
    GError *error = NULL;
    g_autoptr(Ranking) ranking = ranking_make(cli->store, cli->workspace, role,
                                              (guint)limit, cli->now, &error);
    const Showing s = {cli, role, ranking};

    if (!ranking || (keep && !save(cli, role, ranking, &error)) ||
        !(cli->json ? print_json(&s, &error)
                    : print_ranking(&s, left_out, &error)))
        return cli_error(error);
    return 0;
}

int
cmd_match(int argc, char **argv, CliContext *cli)
{
    g_auto(GStrv) drop = NULL, back = NULL;
    gint64 limit = 25;
    gboolean left_out = FALSE, keep = FALSE, forget = FALSE;
    const GOptionEntry entries[] = {
        {"limit", 0, 0, G_OPTION_ARG_INT64, &limit,
         "So many people (25 if not said)", "N"},
        {"left-out", 0, 0, G_OPTION_ARG_NONE, &left_out,
         "Also show who may not be mailed, and why", NULL},
        {"save", 0, 0, G_OPTION_ARG_NONE, &keep,
         "Put these people on the role's list", NULL},
        {"drop", 0, 0, G_OPTION_ARG_STRING_ARRAY, &drop,
         "Take somebody off the list", "WHO"},
        {"keep", 0, 0, G_OPTION_ARG_STRING_ARRAY, &back,
         "Put somebody who was dropped on it again", "WHO"},
        {"clear", 0, 0, G_OPTION_ARG_NONE, &forget, "Forget the list", NULL},
        G_OPTION_ENTRY_NULL};
    g_autoptr(Diagnostics) problems = diagnostics_new();
    g_autoptr(Catalogue) catalogue = NULL;
    g_autoptr(Role) role = NULL;
    GError *error = NULL;
    int status =
        cli_options(entries, "ROLE - who of the pool fits an open role", help,
                    &argc, &argv);

    if (status >= 0)
        return status;
    if (argc != 2)
        return cli_usage("match", "name one role: a file in roles/");
    if (limit < 1 || limit > RANKING_MOST)
        return cli_usage("match", "--limit is 1 to %d", RANKING_MOST);
    catalogue = catalogue_of_workspace(cli->workspace, problems);
    role = role_read(catalogue, argv[1], problems, &error);
    if (!role) {
        cli_problems(cli, problems);
        return cli_error(error);
    }
    if (drop || back) {
        status = drop_all(cli, role, drop, false);
        return status ? status : drop_all(cli, role, back, true);
    }
    return forget ? clear(cli, role) : rank(cli, role, limit, left_out, keep);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* hit_class.c - was it a person, or a machine that presses every link? */
#include "hit-class.h"

#include "nurture/clock.h"
#include "nurture/datafile.h"

#include <string.h>

#define EARLY_MS   (10 * SECOND_MS)
#define SUSPECT_MS (60 * SECOND_MS)

struct HitAgents {
    DataFile *file;
    int match, agent, class;
};

HitAgents *
hit_agents_load(GError **error)
{
    g_autoptr(DataFile) file =
        datafile_load("tracking/data/machine-agents.tsv", error);

    if (!file)
        return NULL;
    HitAgents *agents = g_new0(HitAgents, 1);
    agents->match = datafile_column(file, "match");
    agents->agent = datafile_column(file, "agent");
    agents->class = datafile_column(file, "class");
    agents->file = g_steal_pointer(&file);
    return agents;
}

void
hit_agents_free(HitAgents *agents)
{
    if (!agents)
        return;
    datafile_free(agents->file);
    g_free(agents);
}

void
hit_class_set(HitClass *class, HitKind kind, const char *rule)
{
    class->kind = kind;
    g_strlcpy(class->rule, rule, sizeof class->rule);
}

const char *
hit_kind_word(HitKind kind)
{
    static const char *const words[] = {"human", "suspect", "proxy", "machine"};

    return words[kind];
}

/* Words only: "Cubot" is a telephone, not a bot. */
static bool
has_word(const char *text, const char *word)
{
    gsize length = strlen(word);

    for (const char *p = text; (p = strcasestr(p, word)); p++)
        if ((p == text || !g_ascii_isalnum(p[-1])) &&
            !g_ascii_isalnum(p[length]))
            return true;
    return false;
}

HitClass
hit_class_of_agent(const HitAgents *agents, const char *user_agent)
{
    HitClass class = {HIT_HUMAN, ""};

    if (!user_agent || !*user_agent)
        hit_class_set(&class, HIT_MACHINE, "agent");
    for (guint i = 0;
         class.kind == HIT_HUMAN && i < datafile_rows(agents->file); i++) {
        char **cell = datafile_row(agents->file, i)->cell;
        const char *agent = cell[agents->agent];
        bool matches = strcmp(cell[agents->match], "exact") == 0
                           ? strcmp(user_agent, agent) == 0
                           : has_word(user_agent, agent);
        if (matches) {
            g_autofree char *rule = g_strdup_printf("agent:%s", agent);
            hit_class_set(&class,
                          strcmp(cell[agents->class], "proxy") == 0
                              ? HIT_PROXY
                              : HIT_MACHINE,
                          rule);
        }
    }
    return class;
}

static bool
is_prefetch(const HttpRequest *request)
{
    static const char *const names[] = {"Sec-Purpose", "Purpose", "X-Moz",
                                        "X-Purpose"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = http_header(request, names[i]);
        if (value &&
            (strcasestr(value, "prefetch") || strcasestr(value, "preview")))
            return true;
    }
    return false;
}

HitClass
hit_class_of_request(const HitAgents *agents, const HttpRequest *request,
                     bool click)
{
    HitClass class =
        hit_class_of_agent(agents, http_header(request, "User-Agent"));

    if (strcmp(request->method, "GET") != 0)
        hit_class_set(&class, HIT_MACHINE, "method");
    else if (is_prefetch(request))
        hit_class_set(&class, HIT_MACHINE, "prefetch");
    else if (class.kind == HIT_HUMAN && click &&
             !http_header(request, "Accept-Language") &&
             !http_header(request, "Sec-Fetch-Mode"))
        hit_class_set(&class, HIT_MACHINE, "headers");
    return class;
}

void
hit_class_add_delay(HitClass *class, int64_t sent_at, int64_t now)
{
    if (class->kind != HIT_HUMAN || sent_at <= 0)
        return;
    if (now - sent_at < EARLY_MS)
        hit_class_set(class, HIT_MACHINE, "early");
    else if (now - sent_at < SUSPECT_MS)
        hit_class_set(class, HIT_SUSPECT, "early");
}

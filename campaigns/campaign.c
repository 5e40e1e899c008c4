/* SPDX-License-Identifier: Apache-2.0 */
/* campaign.c - reading a campaign's files into one checked structure */
#include "campaign-private.h"

#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/settings.h"
#include "nurture/text.h"

#include <string.h>

static void
mail_file_free(gpointer p)
{
    MailFile *f = p;

    g_free(f->language);
    g_free(f->subject);
    g_free(f->preheader);
    g_free(f);
}

static void
variant_free(gpointer p)
{
    MailVariant *v = p;

    g_free(v->id);
    g_free(v->subject);
    g_free(v->preheader);
    g_free(v->from);
    g_free(v->mail);
    if (v->file)
        mail_file_free(v->file);
    g_free(v);
}

static void
mail_free(gpointer p)
{
    CampaignMail *m = p;

    g_free(m->id);
    g_ptr_array_unref(m->files);
    g_ptr_array_unref(m->variants);
    g_strfreev(m->attach);
    g_free(m->from);
    g_free(m->reply_to);
    g_free(m->layout);
    mail_event_free(m->event);
    g_free(m);
}

static void
step_free(gpointer p)
{
    CampaignStep *s = p;

    expression_free(s->only_if);
    g_free(s->was);
    g_free(s->drop);
    g_free(s);
}

static void
part_free(gpointer p)
{
    AudiencePart *a = p;

    g_free(a->segment);
    expression_free(a->who);
    g_free(a);
}

void
campaign_free(Campaign *c)
{
    if (!c)
        return;
    g_ptr_array_unref(c->audience);
    g_ptr_array_unref(c->steps);
    g_ptr_array_unref(c->mails);
    if (c->statics)
        g_ptr_array_unref(c->statics);
    expression_free(c->exclude);
    expression_free(c->stop_when);
    expression_free(c->goal);
    g_free(c->id);
    g_free(c->path);
    g_free(c->name);
    g_free(c->from);
    g_free(c->reply_to);
    g_free(c->owner);
    g_free(c->language);
    g_free(c->role);
    g_free(c->topic);
    g_free(c->purpose);
    g_free(c);
}

static Campaign *
campaign_new(const char *id, const char *path, bool is_sequence)
{
    Campaign *c = g_new0(Campaign, 1);

    c->id = g_strdup(id);
    c->path = g_strdup(path);
    c->is_sequence = is_sequence;
    c->audience = g_ptr_array_new_with_free_func(part_free);
    c->steps = g_ptr_array_new_with_free_func(step_free);
    c->mails = g_ptr_array_new_with_free_func(mail_free);
    return c;
}

/* ---- values ------------------------------------------------------------ */

/* The place of a node's text: without its quotes. */
void
node_span(const YamlNode *node, gsize *out_offset, gsize *out_length)
{
    gsize quote = node->quoted ? 1 : 0;

    *out_offset = node->offset + quote;
    *out_length = node->length - MIN(node->length, 2 * quote);
}

static const char *
setting(const Reading *r, const char *key)
{
    return settings_value(r->map, r->place, key);
}

static char *
setting_copy(const Reading *r, const char *key)
{
    return g_strdup(setting(r, key));
}

/* With what the campaign's role says in the place of role.* */
Expression *
read_expression(const Reading *r, const YamlNode *node)
{
    g_autoptr(Expression) written = NULL;
    g_autoptr(GArray) statics = NULL;
    const GPtrArray *role = r->campaign ? r->campaign->statics : NULL;
    gsize offset, length;

    if (!node || node->kind != YAML_SCALAR)
        return NULL;
    node_span(node, &offset, &length);
    written =
        expression_parse(&r->scope, r->source, offset, length, r->problems);
    if (!written || !role)
        return g_steal_pointer(&written);
    statics = g_array_new(TRUE, TRUE, sizeof(StaticValue));
    for (guint i = 0; i < role->len; i++)
        g_array_append_val(statics, *(StaticValue *)g_ptr_array_index(role, i));
    return expression_reduce(written,
                             (const StaticValue *)(void *)statics->data);
}

static int
percent(const char *text)
{
    int basis_points = 0;

    if (text)
        percent_parse(text, &basis_points, NULL);
    return basis_points;
}

/* ---- the mail ---------------------------------------------------------- */

static MailVariant *
read_variant(const Reading *r, const YamlNode *map)
{
    MailVariant *v = g_new0(MailVariant, 1);
    const YamlNode *subject = yaml_get(map, "subject");
    const YamlNode *preheader = yaml_get(map, "preheader");

    (void)r;
    v->id = g_strdup(settings_value(map, IN_VARIANT, "id"));
    v->share = percent(settings_value(map, IN_VARIANT, "share"));
    v->from = g_strdup(settings_value(map, IN_VARIANT, "from"));
    v->mail = g_strdup(settings_value(map, IN_VARIANT, "mail"));
    if (v->mail)
        node_span(yaml_get(map, "mail"), &v->mail_offset, &v->mail_length);
    if (subject) {
        v->subject = g_strdup(subject->value);
        node_span(subject, &v->subject_offset, &v->subject_length);
    }
    if (preheader) {
        v->preheader = g_strdup(preheader->value);
        node_span(preheader, &v->preheader_offset, &v->preheader_length);
    }
    return v;
}

static void
read_variants(const Reading *r, CampaignMail *mail)
{
    const YamlNode *list = yaml_get(r->map, "variants");
    int sum = 0;
    bool all_read = true;

    if (!list || list->kind != YAML_LIST)
        return;
    for (guint i = 0; i < list->items->len; i++) {
        const YamlNode *map = g_ptr_array_index(list->items, i);
        MailVariant *v = NULL;
        if (map->kind != YAML_MAP)
            continue;
        v = read_variant(r, map);
        sum += v->share;
        all_read &= v->share > 0;
        g_ptr_array_add(mail->variants, v);
    }
    if (sum != 10000 && all_read)
        diagnostics_add(
            r->problems, "E611", r->source, list->key_offset, list->key_length,
            "the shares of the variants add up to %d%%, not 100%%", sum / 100);
}

char **
read_list(const YamlNode *node)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new();

    if (!node || node->kind == YAML_MAP)
        return NULL;
    if (node->kind == YAML_SCALAR)
        g_ptr_array_add(values, g_strdup(node->value));
    else
        for (guint i = 0; i < node->items->len; i++) {
            const YamlNode *item = g_ptr_array_index(node->items, i);
            if (item->kind == YAML_SCALAR)
                g_ptr_array_add(values, g_strdup(item->value));
        }
    g_ptr_array_add(values, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&values), FALSE);
}

static MailFile *
read_mail_file(const Reading *r, gsize body, const char *language)
{
    MailFile *f = g_new0(MailFile, 1);
    const YamlNode *subject = yaml_get(r->map, "subject");
    const YamlNode *preheader = yaml_get(r->map, "preheader");

    f->source = r->source;
    f->language = g_strdup(language);
    f->body_offset = body;
    if (subject && subject->kind == YAML_SCALAR) {
        f->subject = g_strdup(subject->value);
        node_span(subject, &f->subject_offset, &f->subject_length);
    }
    if (preheader && preheader->kind == YAML_SCALAR) {
        f->preheader = g_strdup(preheader->value);
        node_span(preheader, &f->preheader_offset, &f->preheader_length);
    }
    return f;
}

static CampaignMail *
mail_new(const char *id)
{
    CampaignMail *mail = g_new0(CampaignMail, 1);

    mail->id = g_strdup(id);
    mail->files = g_ptr_array_new_with_free_func(mail_file_free);
    mail->variants = g_ptr_array_new_with_free_func(variant_free);
    return mail;
}

static void
read_mail_settings(const Reading *r, CampaignMail *mail)
{
    read_variants(r, mail);
    mail->attach = read_list(yaml_get(r->map, "attach"));
    mail->from = setting_copy(r, "from");
    mail->reply_to = setting_copy(r, "reply_to");
    mail->layout = setting_copy(r, "layout");
    mail->event = mail_event_read(r, yaml_get(r->map, "event"));
    check_variants_differ(r, mail);
    check_event(r);
    check_answers(r);
}

/* Open a file, check its bytes and its settings. r->map is owned by the
 * caller. False when nothing can be read. */
bool
reading_open(Reading *r, const char *path, SettingPlace place, gsize *out_body)
{
    TemplateFiles files = catalogue_files(r->catalogue);
    gsize start, end;

    r->source = files.source(path, files.data);
    r->place = place;
    r->map = NULL;
    if (!r->source || !source_check(r->source, r->problems) ||
        !front_matter_split(r->source, &start, &end, out_body, r->problems))
        return false;
    r->map = yaml_read(r->source, start, end, settings_text_keys(place),
                       r->problems);
    if (r->map) {
        settings_check(r->map, place, r->source, r->problems);
        catalogue_allow(r->catalogue, r->source, yaml_get(r->map, "allow"));
    }
    return r->map != NULL;
}

/* The text of a variant that has a file of its own, such as welcome.b.md. */
static void
load_variant_file(const Reading *campaign, const CampaignMail *mail,
                  MailVariant *v)
{
    Reading r = *campaign;
    g_autoptr(YamlNode) map = NULL;
    g_autofree char *path = NULL;
    gsize body;
    bool read;

    if (!v->mail)
        return;
    path =
        g_strdup_printf("campaigns/%s/%s.md", campaign->campaign->id, v->mail);
    read = reading_open(&r, path, IN_MAIL, &body);
    map = (YamlNode *)r.map;
    if (read)
        v->file = read_mail_file(&r, body, NULL);
    else if (!r.source && mail->files->len > 0) {
        const MailFile *own = g_ptr_array_index(mail->files, 0);
        Diagnostic *d = diagnostics_add(
            campaign->problems, "E608", own->source, v->mail_offset,
            v->mail_length, "there is no mail '%s' for variant '%s'", v->mail,
            v->id);
        diagnostic_help(d, "write its text to %s, or take this line out", path);
    }
}

/* campaigns/C/MAIL.md and its translations MAIL.LANG.md. */
CampaignMail *
mail_load(const Reading *campaign, const char *id)
{
    CampaignMail *mail = mail_new(id);
    const Workspace *w = catalogue_workspace(campaign->catalogue);
    Reading r = *campaign;
    gsize body;

    for (int i = -1; i < 0 || w->languages[i]; i++) {
        const char *language = i < 0 ? NULL : w->languages[i];
        g_autofree char *path =
            language ? g_strdup_printf("campaigns/%s/%s.%s.md",
                                       campaign->campaign->id, id, language)
                     : g_strdup_printf("campaigns/%s/%s.md",
                                       campaign->campaign->id, id);
        g_autoptr(YamlNode) map = NULL;
        bool read = reading_open(&r, path, IN_MAIL, &body);

        map = (YamlNode *)r.map;
        if (!read)
            continue;
        g_ptr_array_add(mail->files, read_mail_file(&r, body, language));
        if (!language)
            read_mail_settings(&r, mail);
    }
    for (guint i = 0; i < mail->variants->len; i++)
        load_variant_file(campaign, mail, g_ptr_array_index(mail->variants, i));
    return mail;
}

/* ---- the campaign ------------------------------------------------------ */

/* E601: the audience names a segment that there is not. */
static bool
is_unknown_segment(const Reading *r, const YamlNode *node)
{
    const char *name = node->value, *nearest;
    Diagnostic *d;

    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name) ||
        strcmp(name, "everyone") == 0 || field_find(r->scope.fields, name) ||
        g_strv_contains(r->scope.segments, name))
        return false;
    for (int v = VERB_SENT; v <= (int)VERB_OPTED_OUT; v++)
        if (strcmp(name, verb_name((ExprVerb)v)) == 0)
            return false;
    d = diagnostics_add(r->problems, "E601", r->source, node->offset,
                        node->length, "there is no segment '%s'", name);
    nearest = text_nearest(name, r->scope.segments);
    if (nearest) {
        diagnostic_note(d, "did you mean '%s'?", nearest);
        diagnostic_fix_all(d, nearest);
    }
    return true;
}

static void
add_part(const Reading *r, const YamlNode *node)
{
    AudiencePart *part;
    Expression *who;

    if (node->kind != YAML_SCALAR || is_unknown_segment(r, node))
        return;
    who = read_expression(r, node);
    if (!who)
        return;
    part = g_new0(AudiencePart, 1);
    part->who = who;
    if (who->kind == EXPR_SEGMENT)
        part->segment = g_strdup(who->name);
    g_ptr_array_add(r->campaign->audience, part);
}

static void
read_audience(const Reading *r)
{
    const YamlNode *node = yaml_get(r->map, "audience");

    if (!node)
        return; /* E107 and E620 are settings_check's */
    if (node->kind == YAML_SCALAR)
        add_part(r, node);
    for (guint i = 0; node->kind == YAML_LIST && i < node->items->len; i++)
        add_part(r, g_ptr_array_index(node->items, i));
}

static CampaignStatus
read_status(const char *text)
{
    static const char *const names[] = {"draft", "ready", "paused", "archived"};

    for (int i = 0; i < 4; i++)
        if (g_strcmp0(text, names[i]) == 0)
            return (CampaignStatus)i;
    return STATUS_DRAFT;
}

/* What is wrong in it has been said. */
static bool
sender_has_file(const Workspace *w, const char *id)
{
    g_autofree char *path = g_strdup_printf("%s/senders/%s.md", w->root, id);

    return !strchr(id, '/') && g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static void
check_sender(const Reading *r)
{
    const Workspace *w = catalogue_workspace(r->catalogue);
    const YamlNode *node = yaml_get(r->map, "from");
    const char *from = r->campaign->from;
    g_autofree const char **ids = NULL;
    Diagnostic *d;

    if (!node || !from || strcmp(from, "recruiter") == 0 ||
        strcmp(from, "role.recruiter") == 0 || workspace_sender(w, from) ||
        strchr("*&!|>", from[0]) || /* E117 has been said */
        sender_has_file(w, from))
        return;
    d = diagnostics_add(r->problems, "E510", r->source, node->offset,
                        node->length, "there is no senders/%s.md", from);
    ids = g_new0(const char *, w->senders->len + 1);
    for (guint i = 0; i < w->senders->len; i++)
        ids[i] = ((const Sender *)g_ptr_array_index(w->senders, i))->id;
    if (text_nearest(from, ids))
        diagnostic_note(d, "did you mean '%s'?", text_nearest(from, ids));
}

static void
read_schedule(const Reading *r)
{
    Campaign *c = r->campaign;
    const Workspace *w = catalogue_workspace(r->catalogue);
    const char *start = setting(r, "send_at"),
               *window = setting(r, "send_window");
    const char *text;

    if (!start)
        start = setting(r, "start");
    if (start)
        date_parse(start, w->zone, &c->start, NULL); /* checked already */
    c->window = w->sending.window;
    if (window)
        send_window_parse(window, &c->window, NULL);
    c->ignore_holidays = g_strcmp0(setting(r, "holidays"), "ignore") == 0;
    text = setting(r, "spread");
    if (text)
        span_parse(text, &c->spread, NULL);
    text = setting(r, "rate");
    if (text)
        rate_parse(text, &c->rate.count, &c->rate.per_ms, NULL);
    c->topic = setting_copy(r, "topic");
    c->purpose = setting_copy(r, "purpose");
    text = setting(r, "cap");
    if (text)
        rate_parse(text, &c->cap.count, &c->cap.per_ms, NULL);
    c->holdout = percent(setting(r, "holdout"));
    text = setting(r, "priority");
    c->priority = text ? (int)g_ascii_strtoll(text, NULL, 10) : 50;
    c->resend_on_doubt = g_strcmp0(setting(r, "on_doubt"), "resend") == 0;
    text = setting(r, "expires");
    if (text)
        span_parse(text, &c->expires, NULL);
    text = setting(r, "re_enter");
    if (text && g_str_has_prefix(text, "after "))
        span_parse(text + 6, &c->re_enter, NULL);
}

static void
read_campaign(const Reading *r)
{
    Campaign *c = r->campaign;

    c->source = r->source;
    c->name = setting_copy(r, "name");
    if (!c->name)
        c->name = g_strdup(c->id);
    c->status = read_status(setting(r, "status"));
    c->from = setting_copy(r, "from");
    if (!c->from)
        c->from = g_strdup("recruiter");
    c->reply_to = setting_copy(r, "reply_to");
    c->owner = setting_copy(r, "owner");
    c->language = setting_copy(r, "language");
    c->tracked = g_strcmp0(setting(r, "track"), "no") != 0;
    read_schedule(r);
    read_audience(r);
    c->exclude = read_expression(r, yaml_get(r->map, "exclude"));
    c->stop_when = read_expression(r, yaml_get(r->map, "stop_when"));
    if (c->stop_when)
        expression_since_enrolment(c->stop_when, c->id);
    c->goal = read_expression(r, yaml_get(r->map, "goal"));
    check_sender(r);
}

static void
read_sequence(const Reading *r)
{
    steps_read(r);
    steps_check_unused(r);
    if (r->campaign->steps->len > 1 && !r->campaign->stop_when) {
        Diagnostic *d = diagnostics_add(
            r->problems, "W619", r->source, 0, 3,
            "nothing stops this sequence when a person answers");
        diagnostic_help(d, "stop_when: replied in %s", r->campaign->id);
    }
}

/* A newsletter's file is campaign and mail in one. */
static void
read_newsletter(const Reading *r, gsize body)
{
    CampaignStep *step = g_new0(CampaignStep, 1);

    step->mail = mail_new(r->campaign->id);
    step->on_weekday = step->at_minute = -1;
    g_ptr_array_add(step->mail->files, read_mail_file(r, body, NULL));
    step->mail->event = mail_event_read(r, yaml_get(r->map, "event"));
    read_variants(r, step->mail);
    step->mail->attach = read_list(yaml_get(r->map, "attach"));
    step->mail->layout = setting_copy(r, "layout");
    check_variants_differ(r, step->mail);
    check_event(r);
    g_ptr_array_add(r->campaign->mails, step->mail);
    g_ptr_array_add(r->campaign->steps, step);
}

static void
report_no_campaign(Catalogue *catalogue, const char *id, GError **error)
{
    const char *nearest = text_nearest(id, catalogue_campaigns(catalogue));

    g_set_error(error, NURTURE_ERROR, ERROR_NOT_FOUND,
                "there is no campaign '%s'%s%s%s", id,
                nearest ? "; did you mean '" : "", nearest ? nearest : "",
                nearest ? "'?" : "");
}

Campaign *
campaign_load(Catalogue *catalogue, const char *id, const char *role,
              Diagnostics *problems, GError **error)
{
    TemplateFiles files = catalogue_files(catalogue);
    g_autofree char *single = g_strdup_printf("campaigns/%s.md", id);
    g_autofree char *folder = g_strdup_printf("campaigns/%s/campaign.md", id);
    bool is_sequence = files.exists(folder, NULL, files.data);
    const char *path = is_sequence ? folder : single;
    g_autoptr(Campaign) c = NULL;
    g_autoptr(YamlNode) map = NULL;
    Reading r = {.catalogue = catalogue, .problems = problems};
    gsize body = 0;
    bool read;

    if (!files.exists(path, NULL, files.data)) {
        report_no_campaign(catalogue, id, error);
        return NULL;
    }
    c = campaign_new(id, path, is_sequence);
    r.campaign = c;
    r.scope = catalogue_scope(catalogue);
    read = reading_open(&r, path, is_sequence ? IN_CAMPAIGN : IN_NEWSLETTER,
                        &body);
    map = (YamlNode *)r.map;
    if (!read) {
        g_set_error(error, NURTURE_ERROR, ERROR_INPUT,
                    "%s cannot be read; run: nurture check", path);
        return NULL;
    }
    c->needs_role = g_strcmp0(setting(&r, "needs"), "role") == 0;
    r.scope.needs_role = c->needs_role;
    if (c->needs_role && !role_load(&r, role, error))
        return NULL;
    read_campaign(&r);
    if (is_sequence)
        read_sequence(&r);
    else
        read_newsletter(&r, body);
    if (!catalogue_is_frozen(catalogue))
        campaign_check_rules(&r);
    return g_steal_pointer(&c);
}

const CampaignStep *
campaign_step(const Campaign *campaign, const char *id)
{
    int index = campaign_step_index(campaign, id);

    return index < 0 ? NULL : g_ptr_array_index(campaign->steps, (guint)index);
}

int
campaign_step_index(const Campaign *campaign, const char *id)
{
    for (guint i = 0; i < campaign->steps->len; i++) {
        const CampaignStep *s = g_ptr_array_index(campaign->steps, i);
        if (g_strcmp0(s->mail->id, id) == 0)
            return (int)i;
    }
    return -1;
}

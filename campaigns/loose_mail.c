/* SPDX-License-Identifier: Apache-2.0 */
/* loose_mail.c - a mail or a role that belongs to no campaign, for its problems
 */
#include "campaign-private.h"

#include <string.h>

static void
place_of(const YamlNode *node, const char **out_text, gsize *out_offset,
         gsize *out_length)
{
    if (!node || node->kind != YAML_SCALAR)
        return;
    *out_text = node->value;
    node_span(node, out_offset, out_length);
}

static void
compile_loose(const Reading *r, gsize body)
{
    const char *nothing[] = {"", NULL};
    const StaticValue statics[] = {{"audience", nothing}, {"variant", nothing},
                                   {"language", nothing}, {"mail", nothing},
                                   {"role", nothing},     {NULL, NULL}};
    g_auto(GStrv) attach = read_list(yaml_get(r->map, "attach"));
    MailText text = {.source = r->source,
                     .body_offset = body,
                     .attach = (const char *const *)attach};
    TemplateContext context = {
        .workspace = catalogue_workspace(r->catalogue),
        .files = catalogue_files(r->catalogue),
        .scope = catalogue_scope(r->catalogue),
        .statics = statics,
        .campaign_name = "",
        .untracked = true,
    };

    place_of(yaml_get(r->map, "subject"), &text.subject, &text.subject_offset,
             &text.subject_length);
    place_of(yaml_get(r->map, "preheader"), &text.preheader,
             &text.preheader_offset, &text.preheader_length);
    context.scope.statics = true;
    if (context.files.exists("templates/layout.html", NULL, context.files.data))
        context.layout = "templates/layout.html";
    mail_program_free(mail_compile(&text, &context, r->problems));
}

bool
loose_file_check(Catalogue *catalogue, const char *path, Diagnostics *problems)
{
    Reading r = {.catalogue = catalogue, .problems = problems};
    bool is_role = g_str_has_prefix(path, "roles/");
    g_autoptr(YamlNode) map = NULL;
    gsize body = 0;
    bool read;

    r.scope = catalogue_scope(catalogue);
    read = reading_open(&r, path, is_role ? IN_ROLE : IN_MAIL, &body);
    map = (YamlNode *)r.map;
    if (!r.source)
        return false;
    if (read && !is_role)
        compile_loose(&r, body);
    return true;
}

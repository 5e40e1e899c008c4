/* SPDX-License-Identifier: Apache-2.0 */
/* workspace_smtp.c - smtp: settings that are wrong only together */
#include "workspace-smtp.h"

#include "nurture/workspace.h"

#include <string.h>

bool
host_is_loopback(const char *host)
{
    return !host || strcmp(host, "localhost") == 0 ||
           strcmp(host, "::1") == 0 || g_str_has_prefix(host, "127.");
}

static const YamlNode *
node_of(const YamlNode *map, const char *key)
{
    const YamlNode *smtp = yaml_get(map, "smtp");

    return smtp && smtp->kind == YAML_MAP ? yaml_get(smtp, key) : NULL;
}

static const char *
value_of(const YamlNode *map, const char *key)
{
    g_autofree char *whole = g_strconcat("smtp.", key, NULL);

    return settings_value(map, IN_WORKSPACE, whole);
}

static Diagnostic *
report(Diagnostics *problems, const char *code, const Source *source,
       const YamlNode *node, const char *message)
{
    return diagnostics_add(problems, code, source, node->offset, node->length,
                           "%s", message);
}

void
workspace_check_smtp(const YamlNode *map, const Source *source,
                     Diagnostics *problems)
{
    const YamlNode *port = node_of(map, "port"), *user = node_of(map, "user");
    const char *tls = value_of(map, "tls");
    bool token = g_strcmp0(value_of(map, "auth"), "xoauth2") == 0;

    if (port && g_strcmp0(port->value, "465") == 0) {
        Diagnostic *d =
            report(problems, "E815", source, port,
                   "port 465 speaks TLS from the first byte; nurture starts it "
                   "with STARTTLS");
        diagnostic_note(d, "use 587");
        diagnostic_help(d, "where a server has 465 only, let stunnel or a mail "
                           "server on this computer stand between");
        diagnostic_fix_all(d, "587");
    }
    if (!user || (tls && strcmp(tls, "opportunistic") != 0 &&
                  strcmp(tls, "off") != 0)) /* required, or E111 was said */
        return;
    if (token || !host_is_loopback(value_of(map, "host")))
        diagnostic_help(
            report(problems, "E803", source, user,
                   token ? "'auth: xoauth2' needs 'tls: required'"
                         : "a login to another computer needs 'tls: required'"),
            "a password or token must not cross the network in the clear: "
            "write  tls: required");
}
